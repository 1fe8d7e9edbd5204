"""Kernels of prediction: chains of contexts that learn while they go.

In the order of reading: `store` (counts), `cursor` (chunks), `estimates`, `chains`, `context`.
Comes in: codes and the trie of a lexicon. Goes out: the chances of every symbol.
"""
