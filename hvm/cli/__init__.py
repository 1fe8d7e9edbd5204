"""The command line: one file a group of commands.

Here live the commands, their options and the demonstration. Comes in: arguments. Goes out: results
on stdout, everything else on stderr, and an exit status.
"""
