"""How many bits does real text cost, and what are chunks and variables worth as contexts?"""
