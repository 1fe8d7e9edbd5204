"""Does HVM beat PPMd on the sequences of the paper?"""
