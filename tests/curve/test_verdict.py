from __future__ import annotations

import pandas as pd

from hvm.curve.verdict import verdict


def table(training, held_out, unseen=None, bounds=None):
    rows = pd.DataFrame(
        {
            "abstraction": "grains",
            "iteration": 3,
            "level": range(len(training)),
            "bits_per_symbol": training,
            "held_out_bits_per_symbol": held_out,
        }
    )
    if unseen:
        rows["unseen_bits_per_symbol"] = unseen
    if bounds:
        rows["unseen_over_level_0_low"], rows["unseen_over_level_0_high"] = zip(*bounds)
    earlier = rows.iloc[:1].assign(iteration=0, bits_per_symbol=0.1)
    return pd.concat([earlier, rows, rows.assign(abstraction="learned", bits_per_symbol=0.0)])


def test_levels_that_are_best_at_different_things_are_named():
    said = verdict(table([3, 2, 4], [5, 6, 7], [9, 8, 7], [(0, 0), (-2, -1), (-3, -1)]))
    assert said.splitlines() == [
        "Training text: the fewest bits at level 1 (2.000 a symbol).",
        "Held-out text: the fewest at level 0 (5.000 a symbol).",
        "Unseen combinations: the fewest at level 2 (7.000 a symbol), level 0 takes 9.000; "
        "difference -3.000 to -1.000 (95%).",
        "Compression is best at level 1, generalization elsewhere: held-out text at level 0; "
        "unseen combinations at level 2.",
    ]


def test_what_may_be_chance_is_said_to_be():
    said = verdict(table([1, 2], [1, 2], [9.0, 8.9], [(0, 0), (-0.3, 0.1)]))
    assert "-0.300 to +0.100 (95%), which may be chance." in said
    assert said.splitlines()[-1].endswith("unseen combinations at level 1, which may be chance.")


def test_one_level_may_be_best_at_all():
    said = verdict(table([1, 2], [1, 2]))
    assert said.splitlines()[-1] == "Compression and generalization are best at one level, 0."
    assert verdict(table([1], [1])) == "There is one level by grains: nothing to compare.\n"


def test_texts_without_bits_are_left_out():
    said = verdict(table([1, 2], [1, 2], [None, None]))
    assert "unseen" not in said.lower()
