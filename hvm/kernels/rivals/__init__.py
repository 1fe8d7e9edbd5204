"""Kernels of rivals.

Here live Lempel-Ziv parses and context-tree weighting. Comes in: codes or bytes. Goes out: phrases,
or bits, one a byte.
"""
