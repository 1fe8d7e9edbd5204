"""Compression against generalization: one point per iteration and level of abstraction.

Here live the curve, rate and distortion, and controls that abstract something else. Comes in: an
unfitted learner and texts. Goes out: one tidy table and its figures.
"""
