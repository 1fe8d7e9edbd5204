"""Prediction with context: the bits of a symbol given symbols, chunks and variables before it.

Here lives the context model, which learns while it goes. Comes in: a lexicon with its alphabet, and
`Symbols`. Goes out: bits, one a symbol.
"""
