"""Kernels of the predictor that mixes experts over symbols and their variables.

In the order of reading: `pairs` and `exchange` (variables), `counting` (what stood where before),
`followers` (what came then), `chances`, `gates` (weights). Comes in: codes of symbols and of the
variables that hold them. Goes out: the chance of every symbol, and the weights that were learned
on the way.
"""
