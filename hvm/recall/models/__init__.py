"""Models of trials: each reads a participant's trials in order and gives bits before it learns.

Here live the registry, what the models share, and one file a model. Comes in: codes of one trial
after another. Goes out: bits, one a symbol.
"""
