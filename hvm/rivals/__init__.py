"""Rivals of the learner, measured in the same bits: one file each.

Here live the registry of rivals, the rivals, and the comparison that runs them side by side. Comes
in: bytes. Goes out: bits, seconds and memory, one row a method.
"""
