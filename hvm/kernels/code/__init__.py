"""Kernels of the codec: the range coder, what is coded with it, and the mixer of bytes.

Here `coder` knows intervals alone; `symbols`, `mixed` and `twopart` choose what goes into them.
Comes in: symbols and a model, or a code. Goes out: a code, or the symbols that it holds.
"""
