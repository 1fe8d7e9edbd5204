"""Rivals of the learner, measured in the same bits: one module each."""
