"""Learning on many machines: parts of a text on the workers of a Dask cluster, the search here.

Comes in: the address of a cluster, and files or symbols. Goes out: a text that a search asks as it
asks one in memory, whose answers are the same, also where workers were lost on the way.
"""
