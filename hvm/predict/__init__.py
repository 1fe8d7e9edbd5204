"""Prediction with context: the bits of a symbol given symbols, chunks and variables before it.

Here live the context model, which learns while it goes, and the predictors and cursors of its
kernels. Comes in: a lexicon with its alphabet, and `Symbols`. Goes out: bits, one a symbol.
"""
