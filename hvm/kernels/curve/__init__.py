"""Kernels of abstraction: distances between units and what is left of them.

Comes in: spelled units. Goes out: Levenshtein distances.
"""
