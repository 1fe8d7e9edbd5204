"""Language models on the same trials: the bits of every key by any causal model.

Here live the models, the only place that loads torch and transformers, and the transcripts that
they read. Comes in: trials and the name of a model. Goes out: bits, one row a key.
"""
