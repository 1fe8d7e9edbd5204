"""Symbols: text, bytes, words and integers as codes of an alphabet.

Here live the alphabet, the sequences of codes and the readers of files. Comes in: whatever a user
has. Goes out: `Symbols`, int32 codes with the first index of every sequence, which is all that the
rest of the package ever sees of a text.
"""
