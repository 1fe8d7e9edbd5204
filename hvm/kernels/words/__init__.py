"""Kernels of words in text without spaces: their counts, their bits, and the best or a drawn cut.

Comes in: symbol codes, and where words begin. Goes out: where they begin instead, and counts.
"""
