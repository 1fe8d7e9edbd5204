"""Kernels of the code "unit after unit": counts, bits, and what merging or splitting units changes.

Comes in: units of a corpus, 0 before every sequence and at the end. Goes out: gains and new units.
"""
