"""Kernels of the codec: the range coder, the two-part code and the mixer of bytes.

Comes in: chances as integers, or a code. Goes out: a code, or the symbols that it holds.
"""
