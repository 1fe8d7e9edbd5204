"""Compiled kernels: numba only; arrays in, arrays out; nothing is checked here.

Here live the loops, in one folder for each of the package that calls them, over one table of whole
numbers (`table`) and one form of a lexicon's entries (`entries`). Comes in: integer codes and
offsets that a caller has checked. Goes out: arrays; each kernel has a plain twin in `tests/naive`.
"""
