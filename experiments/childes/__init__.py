"""What do variables do for child-directed speech?"""
