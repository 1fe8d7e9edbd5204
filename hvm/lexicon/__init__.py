"""The lexicon: atoms, chunks and variables, and everything that follows from them alone.

Here live the lexicon and its editable form, the grammar; parses, counts, measures, likelihoods and
the graph. Comes in: entries and codes of symbols. Goes out: parses and bits; nothing here learns.
"""
