"""The human recall task: people's times beside models' surprisal.

Its folders, in the order of a study: `task` (trials), `models` (what gives bits to trials),
`statistics` (bits beside people), `study` (all of it, written to a folder). Comes in: a table of
trials. Goes out: tables, figures and a report.
"""
