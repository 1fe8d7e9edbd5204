"""Plain predictors: by hand, and against a slow twin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hvm.recall.statistics import plain
from hvm.recall.statistics.baselines import GROUP_X_PRACTICE
from hvm.recall.statistics.checked import PLAIN, checked_trials


def table_of(*people):
    parts = [
        pd.DataFrame(
            {
                "participant": number,
                "group": "one",
                "block": "train",
                "trial": np.arange(1, len(sequences) + 1),
                "sequence": sequences,
                "recall_time_ms": 1000.0,
                "accuracy": 1.0,
            }
        )
        for number, sequences in enumerate(people, 1)
    ]
    return pd.concat(parts, ignore_index=True)


def predictors_of(*people):
    found = plain.plain_predictors(checked_trials(table_of(*people))).table
    return {
        name: part["surprisal_bits"].to_numpy() for name, part in found.groupby("model", sort=False)
    }


def naive_edit_distance(left, right):
    """Twin: the recursion written out."""
    if not left or not right:
        return len(left) + len(right)
    return min(
        naive_edit_distance(left[1:], right) + 1,
        naive_edit_distance(left, right[1:]) + 1,
        naive_edit_distance(left[1:], right[1:]) + (left[0] != right[0]),
    )


def test_by_hand():
    found = predictors_of(["1121", "2212", "1121", "3123", "2212"])
    assert found["repeat_count"].tolist() == [0, 0, 1, 0, 1]
    assert found["pattern_count"].tolist() == [0, 1, 2, 0, 3]
    lags = np.exp(found["log_lag_since_same_sequence"])
    assert lags.tolist() == pytest.approx([6, 6, 2, 6, 3])  # 6: never, of 5 trials
    lags = np.exp(found["log_lag_since_same_pattern"])
    assert lags.tolist() == pytest.approx([6, 1, 1, 6, 2])
    assert found["edit_distance_to_previous"][1:].tolist() == [3, 3, 2, 3]
    assert found["least_edit_distance"][1:].tolist() == [3, 0, 2, 0]
    assert found["n_distinct_keys"].tolist() == [2, 2, 2, 3, 2]
    assert found["n_runs"].tolist() == [3, 3, 3, 4, 3]


def test_their_names_are_those_of_the_tables_in_the_same_order():
    assert [*predictors_of(["12"]), GROUP_X_PRACTICE] == list(PLAIN)


def test_a_first_trial_has_no_distance_and_people_do_not_meet():
    found = predictors_of(["12", "12"], ["12", "21"])
    for name in ("edit_distance_to_previous", "least_edit_distance"):
        np.testing.assert_array_equal(found[name], [np.nan, 0, np.nan, 2])
    assert found["repeat_count"].tolist() == found["pattern_count"].tolist()[:2] + [0, 0]


def test_a_missing_sequence_has_neither_distance_nor_number_of_keys():
    found = predictors_of(["12", None, "112", "12"])
    np.testing.assert_array_equal(found["edit_distance_to_previous"], [np.nan] * 3 + [1])
    np.testing.assert_array_equal(found["least_edit_distance"], [np.nan, np.nan, 1, 0])
    np.testing.assert_array_equal(found["n_distinct_keys"], [2, np.nan, 2, 2])
    np.testing.assert_array_equal(found["n_runs"], [2, np.nan, 2, 2])


def test_keys_of_several_characters_are_compared_as_wholes():
    found = predictors_of(["left right left", "right left right", "left up"])
    assert found["pattern_count"].tolist() == [0, 1, 0]
    assert found["edit_distance_to_previous"][1:].tolist() == [2, 2]
    assert found["n_distinct_keys"].tolist() == [2, 2, 2]


def test_edit_distances_are_those_of_the_twin():
    rng = np.random.default_rng(3)
    lengths = rng.integers(0, 6, (2, 200))
    left, right = (rng.integers(0, 3, (200, 5)) for _ in range(2))
    found = plain.edit_distances(left, right, *lengths)
    expected = [
        naive_edit_distance(a[:m].tolist(), b[:n].tolist())
        for a, b, m, n in zip(left, right, *lengths)
    ]
    assert found.tolist() == expected


def test_the_nearest_is_that_of_the_twin_in_pieces_of_any_size(monkeypatch):
    rng = np.random.default_rng(4)
    texts = ["".join(map(str, rng.integers(1, 4, rng.integers(1, 6)))) for _ in range(30)]
    expected = [
        min(naive_edit_distance(text, earlier) for earlier in texts[:place])
        for place, text in enumerate(texts)
        if place
    ]
    for size in (7, 1 << 15):
        monkeypatch.setattr(plain, "PAIRS_AT_ONCE", size)
        assert predictors_of(texts)["least_edit_distance"][1:].tolist() == expected
