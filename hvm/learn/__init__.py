"""Learning: from symbols to a lexicon, offline, online and as published.

Here live `HVM` and `PaperHVM`, their settings, the search and its proposals, online memory and the
model file. Comes in: `Symbols`. Goes out: a fitted model, and its file.
"""
