"""A study: models run over a table of trials, and everything written that a paper needs.

Here live the runs, which are kept, series and grids in several processes, the tables, the figures
and the report. Comes in: a plan and a table of trials. Goes out: one folder.
"""
