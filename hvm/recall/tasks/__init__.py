"""Tasks beyond recall: tables of times that others published, read as they are published.

Here live a loader for each task, their registry, and what loaders share. Comes in: a file or folder
of published files. Goes out: a table of keys, one row an event, and the table of trials made of it.
"""
