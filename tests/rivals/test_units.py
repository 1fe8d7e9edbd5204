from __future__ import annotations

import random

import numpy as np
import pytest

from hvm.rivals import bpe, hcm, morfessor, unigram, units
from hvm.rivals.kn import kn_bits
from hvm.rivals.registry import METHODS

TEXT = b"".join(b"the %d cats sat on the %d mats\n" % (i % 7, i * i % 11) for i in range(200))
AWKWARD = [b"", b"a", bytes(500), np.random.default_rng(0).bytes(600), "é☃\n".encode() * 50]
NAMES = ["kn", "bpe", "unigram", "morfessor", "hcm"]


@pytest.mark.parametrize("learn", [bpe.pieces, unigram.pieces, morfessor.morphs, hcm.chunks])
def test_units_are_parts_of_the_text(learn):
    pieces = [piece for piece in learn(TEXT) if len(piece) > 1]
    assert pieces
    flat = b" " + TEXT.replace(b"\n", b" ")
    assert sum(piece.replace(b"\n", b" ") in flat for piece in pieces) >= len(pieces) - 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", AWKWARD, ids=range(len(AWKWARD)))
def test_any_bytes_have_bits(name, data):
    bits = METHODS[name].measure(data, TEXT)
    assert np.isfinite(bits)
    assert bits >= 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", [*AWKWARD, ("二三" * 3000).encode()], ids=range(len(AWKWARD) + 1))
def test_units_are_learned_from_any_bytes(name, data):
    assert 0 <= METHODS[name].measure(data) < np.inf


@pytest.mark.parametrize("learn", [bpe.pieces, unigram.pieces, morfessor.morphs])
def test_more_letters_than_units_are_no_error(learn):
    data = "".join(chr(0x4E00 + i) for i in range(600)) * 3
    assert all(len(piece) > 0 for piece in learn(data.encode(), 250))


@pytest.mark.parametrize("learn", [bpe.pieces, unigram.pieces, morfessor.morphs])
def test_long_lines_are_learned_from(learn):
    data = TEXT + ("二三" * 2000).encode()
    assert any("二三".encode() in piece for piece in learn(data))


@pytest.mark.parametrize("name", NAMES)
def test_what_stands_before_saves_bits(name):
    rival = METHODS[name]
    assert rival.measure(TEXT[:500], TEXT) < 0.7 * rival.measure(TEXT[:500])


def test_units_are_paid_where_they_are_learned_from_the_same_bytes():
    free = units.unit_bits(lambda *_: [b"the "], TEXT, b"the ")
    paid = units.unit_bits(lambda *_: [b"the "], TEXT, b"")
    none = units.unit_bits(lambda *_: [], TEXT, b"")
    assert free < paid <= none
    assert units.pieces_bits([b"the "]) > 30


def test_without_units_only_the_chains_differ():
    none = units.unit_bits(lambda *_: [], TEXT, TEXT)
    assert none == pytest.approx(kn_bits(TEXT, TEXT), rel=0.1)


def test_morphs_are_the_same_every_time():
    random.seed(1)
    first = morfessor.morphs(TEXT)
    assert random.random() == random.Random(1).random()
    assert first == morfessor.morphs(TEXT)
