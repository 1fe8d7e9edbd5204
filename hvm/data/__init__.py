"""Data on disk: what can be downloaded, and how files are written.

Here live the registry of data sets, the downloader, the reader of archives, and atomic writes.
Comes in: the name of a data set, or bytes and a path. Goes out: checked files, whole or not at all.
"""
