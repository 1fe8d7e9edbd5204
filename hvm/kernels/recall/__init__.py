"""Kernels of the models of trials.

Comes in: codes of trials. Goes out: bits, one a symbol.
"""
