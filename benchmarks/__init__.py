"""How fast hvm is, and whether damaged files are found: what takes too long for the tests.

Each part runs in a process of its own and gives rows; ``baseline.csv`` holds those of an earlier
version. Comes in: generated text, and the folder of data where there is one. Goes out: one table.
"""
