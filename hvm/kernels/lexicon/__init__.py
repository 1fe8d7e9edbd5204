"""Kernels of the lexicon: matching, parsing, exact likelihood, counting and measures.

Comes in: the entries of a lexicon as arrays, and codes. Goes out: units, slots, counts and bits.
"""
