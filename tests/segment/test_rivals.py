from __future__ import annotations

import numpy as np
import pytest

import hvm
from hvm.errors import InputError
from hvm.segment.reading import spaced, unspaced
from hvm.segment.rivals import SEGMENTERS, by_transitions

LINES = ["the dog", "", "a dog sees the cat", "the cat", "a cat", "dog", "see"] * 6


@pytest.mark.parametrize("name", list(SEGMENTERS))
def test_every_rival_cuts_every_line(name):
    if name in ("morfessor", "sentencepiece"):
        pytest.importorskip(name)
    symbols = unspaced(LINES)
    cuts, again = (SEGMENTERS[name](symbols) for _ in range(2))
    assert cuts.dtype == np.bool_ and cuts.tolist() == again.tolist()
    lines = spaced(symbols, cuts)
    assert ["".join(line.split()) for line in lines] == ["".join(line.split()) for line in LINES]


def test_transitions_by_hand():
    # # a b c d # a b e f # c d a b #, P(b | a) = 1, P(c | b) = 1/3, P(d | c) = 1.
    symbols = hvm.as_symbols(["abcd", "abef", "cdab"])
    assert spaced(symbols, by_transitions(symbols)) == ["ab cd", "ab ef", "cd ab"]
    # P(b | a) = 1/2 is no less than P(a | #) = 1/2: nothing is cut.
    even = hvm.as_symbols(["abc", "xa"])
    assert spaced(even, by_transitions(even)) == ["abc", "xa"]


def test_transitions_of_little():
    for data in ("a", ["a", "", "b"], "aaaa"):
        cuts = by_transitions(hvm.as_symbols(data))
        assert cuts[0]
    with pytest.raises(InputError, match="nothing to learn"):
        by_transitions(hvm.as_symbols(""))
