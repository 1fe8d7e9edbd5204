"""Kernels of abstraction: distances between units and the same units with other fillers.

Here lives the distortion of a lexicon that forgets. Comes in: codes, and spans of units and slots.
Goes out: Levenshtein distances.
"""
