"""Does HVM find the truth in worlds where it is known?"""
