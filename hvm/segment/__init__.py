"""Segmentation: where words begin in text without spaces, and how well that was found.

Here live the reader of texts and of gold words, the scores, and the rivals. Comes in: lines, and a
fitted model or a rival's name. Goes out: cuts, lines with spaces, and scores.
"""
