"""Kernels of rivals: Lempel-Ziv parses and context-tree weighting.

Comes in: codes or bytes. Goes out: phrases or bits.
"""
