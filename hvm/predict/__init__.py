"""Prediction with context: the bits of a symbol given symbols, chunks and variables before it.

Here live the experts, which are frozen once they have learned, and the context model, which learns
while it goes. Comes in: `Symbols`, and for the context model a lexicon with its alphabet. Goes
out: bits, one a symbol.
"""
