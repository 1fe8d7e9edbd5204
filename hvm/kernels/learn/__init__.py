"""Kernels of learning: gains of proposals, alignments, online tallies, the published algorithm.

Comes in: counts of a parse. Goes out: gains and proposals in an order that depends on them alone.
"""
