from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvm.errors import InputError
from hvm.kernels.rivals.ctw import ctw_bits
from hvm.rivals.ctw import CTW
from naive import rivals as naive_rivals

BYTES = st.one_of(
    st.binary(max_size=25),
    st.lists(st.sampled_from([0, 1, 255]), max_size=40).map(bytes),
    st.text("ab", max_size=60).map(str.encode),
)

AWKWARD = [
    b"",
    b"\0",
    bytes(100),
    b"\xff" * 60,
    bytes(range(40)),
    b"ab" * 40,
    b"aab" * 10 + b"aac" * 10,
    b"ababababbabababababbbbaaab",
    bytes(6) + b"a" + bytes(7) + b"a",
]


def codes_of(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8)


def random_bytes(size: int, highest: int, seed: int = 0) -> bytes:
    return np.random.default_rng(seed).integers(0, highest + 1, size).astype(np.uint8).tobytes()


def same_bits(data: bytes, depth: int, alpha: float) -> bool:
    fast = ctw_bits(codes_of(data), depth, alpha)
    slow = naive_rivals.ctw_bits(data, depth, alpha)
    return np.allclose(fast, slow, rtol=1e-9, atol=1e-9)


@given(BYTES, st.integers(0, 6), st.sampled_from([1 / 16, 0.5, 2.0]))
def test_kernel_and_twin_agree(data, depth, alpha):
    assert same_bits(data, depth, alpha)


@pytest.mark.parametrize("depth", range(7))
@pytest.mark.parametrize("data", AWKWARD)
def test_kernel_and_twin_agree_on_awkward_input(data, depth):
    assert same_bits(data, depth, 1 / 16)


@pytest.mark.parametrize("highest", [1, 3, 255])
def test_kernel_and_twin_agree_when_the_table_grows(highest):
    assert same_bits(random_bytes(120, highest), 6, 1 / 16)


@pytest.mark.parametrize("before", [b"", b"\0", b"banana ban", random_bytes(500, 255)])
def test_the_next_byte_has_probability_one(before):
    model = CTW(before=before)
    total = math.fsum(2.0 ** -model.surprisal(bytes([byte]))[0] for byte in range(256))
    assert total == pytest.approx(1, abs=1e-12)


def test_continuations_of_two_bytes_have_probability_one():
    model = CTW(depth=2, before=b"abab")
    pairs = itertools.product(range(256), repeat=2)
    total = math.fsum(2.0 ** -model.surprisal(bytes(pair)).sum() for pair in pairs)
    assert total == pytest.approx(1, abs=1e-11)


@given(BYTES, BYTES)
def test_no_byte_depends_on_later_ones(data, rest):
    model = CTW()
    assert np.array_equal(model.surprisal(data + rest)[: len(data)], model.surprisal(data))
    assert np.array_equal(
        model.surprisal(data + rest)[len(data) :], CTW(before=data).surprisal(rest)
    )


def test_by_hand():
    # The first byte is free to be anything; then each of eight bits is 17/18 sure in the root and
    # in the context "a", but even odds in the deeper ones that saw only bytes 0 until now.
    sure, even = (1 + 1 / 16) / (1 + 1 / 8), 1 / 2
    bits = CTW(depth=0).surprisal(b"aa")
    assert bits.tolist() == pytest.approx([8, -8 * math.log2(sure)])
    bits = CTW(depth=1).surprisal(b"aa")
    assert bits.tolist() == pytest.approx([8, -8 * math.log2((sure + even) / 2)])


def test_long_input_is_stable():
    # ln ratios go far beyond what exp takes.
    certain = CTW().surprisal(b"ab" * 50_000)
    assert certain[-1000:].max() < 1e-3
    noise = CTW().surprisal(random_bytes(50_000, 255))
    assert np.isfinite(noise).all()
    assert noise.mean() == pytest.approx(8, abs=0.15)


def test_finds_the_order_of_a_source():
    # Each byte is the one three before, in 9 of 10 cases.
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, 20_000)
    for i in range(3, len(codes)):
        if rng.random() < 0.9:
            codes[i] = codes[i - 3]
    data = codes.astype(np.uint8).tobytes()
    scores = [CTW(depth).bits_per_symbol(data) for depth in range(7)]
    assert scores[2] > scores[3] + 0.5
    assert max(scores[3:]) < scores[3] + 0.1


def test_score_is_the_mean():
    assert CTW().bits_per_symbol(b"banana") == CTW().surprisal(b"banana").mean()


def test_scoring_is_deterministic_and_changes_nothing():
    model = CTW(before=b"a rose is ")
    assert np.array_equal(model.surprisal(b"a rose"), model.surprisal(b"a rose"))


@pytest.mark.parametrize("given", [{"depth": 7}, {"depth": -1}, {"depth": 1.5}, {"alpha": 0}])
def test_parameters_are_checked(given):
    with pytest.raises(InputError, match=next(iter(given))):
        CTW(**given)


def test_input_is_checked():
    with pytest.raises(InputError, match="bytes, not str"):
        CTW().surprisal("text")
    with pytest.raises(InputError, match="no byte"):
        CTW().bits_per_symbol(b"")
