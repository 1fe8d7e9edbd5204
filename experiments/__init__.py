"""Claims about the model turned into numbers that someone else can make again, a folder a question.

Each folder holds its settings, its run and what came out. Comes in: hvm, and data published
elsewhere. Goes out: ``results/``, tidy tables with the settings and the version that made them.
"""
