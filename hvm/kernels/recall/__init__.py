"""Kernels of the models of trials.

Here live transition counts, the LZ78 tree and PPM with memory decay. Comes in: codes of trials, and
what was counted before. Goes out: bits, one a symbol.
"""
