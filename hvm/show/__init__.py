"""What people look at: the lexicon as a picture, figures of tables, summaries to read.

Here live the drawings, the plots and the tables of what was learned. Comes in: a lexicon, a graph
or a pandas table. Goes out: matplotlib axes, image bytes and rows of text.
"""
