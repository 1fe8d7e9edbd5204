"""The task: tables of trials with one schema, read, checked and made up.

Here live the schema, its checks, the trials and simulated participants. Comes in: a file or a
pandas table. Goes out: `Trials`, which are the proof that every check has passed.
"""
