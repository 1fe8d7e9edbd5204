"""The maker of larger texts: what it keeps of the text, and what it exchanges."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from benchmarks.larger import WORD, crossed, larger


@pytest.mark.parametrize("seed", range(5))
def test_crossing_keeps_pieces_and_pairs_of_them(seed):
    rng = np.random.default_rng(seed)
    codes = rng.integers(4, size=300).astype(np.int32)
    is_cut = rng.random(300) < 0.3
    is_cut[-1] = True
    made = crossed(codes, is_cut, rng)
    before, after = (
        Counter(zip(x[:-1].tolist(), x[1:].tolist(), strict=True)) for x in (codes, made)
    )
    assert sorted(made) == sorted(codes)
    assert made.tolist() != codes.tolist()
    # Where one cycle ends and another begins, and at both ends, pairs are others.
    assert (after - before).total() <= 20


def test_made_text_is_as_long_as_asked_and_has_other_words_and_lines():
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcdefgh"), 5)) for _ in range(2000)]
    lines = [" ".join(words[k % 2000] for k in rng.zipf(1.3, 8)) + "." for _ in range(300)]
    text = "\n".join(lines) + "\n"
    made = "".join(larger(text, 3 * len(text)))
    assert len(made.encode()) == 3 * len(text)
    first, second = made[: len(text)].splitlines(), made[len(text) : 2 * len(text)].splitlines()
    assert sorted(first) == sorted(lines) != first
    assert len(set(second) & set(lines)) < 20
    assert set(WORD.findall(made)) > set(WORD.findall(text))
    assert "".join(larger(text, 3 * len(text))) == made
