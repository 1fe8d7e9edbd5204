"""What are variables worth on real text: in bits a word held out, and in grammatical pairs?"""
