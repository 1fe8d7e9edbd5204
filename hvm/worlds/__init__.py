"""Worlds with known truth: generated lexicons that emit symbols, and the recall task's sequences.

Here lives the paper's generative model with its entropies. Comes in: sizes and a seed. Goes out:
worlds, samples with their true parse, and trials for made-up participants.
"""
