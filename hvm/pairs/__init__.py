"""Grammatical minimal pairs: which of two sentences costs fewer bits.

Here live the readers of pairs and their judge. Comes in: files of pairs, and a fitted model, rival
or language model, which stays as it was. Goes out: tables of bits, wins and accuracies with
intervals.
"""
