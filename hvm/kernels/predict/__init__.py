"""Kernels of prediction: chains of contexts that learn while they go.

Comes in: codes and the trie of a lexicon. Goes out: the chances of every symbol.
"""
