from __future__ import annotations

import itertools

import numpy as np
import pytest

from hvm.code.mixed import mixed_bits, untrained_mixer
from hvm.code.stages import learn_unit_variables
from hvm.kernels.code import logistic, mixed
from hvm.kernels.code.mixer import BUCKET
from hvm.kernels.code.mixing import LEAST, learn_bit, predict_bit
from hvm.kernels.code.units import pack_variables, units_of
from hvm.kernels.table import Table, value_of
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
from hvm.predict.context import cursor_of
from naive import mixed as naive

ONE = logistic.ONE


def noise(n_bytes: int, seed: int = 0, n_kinds: int = 256) -> bytes:
    return np.random.default_rng(seed).integers(0, n_kinds, n_bytes).astype(np.uint8).tobytes()


def words(n_bytes: int, seed: int = 0) -> bytes:
    """Words of few kinds, capitals, quotes, digits and letters beyond ASCII among them."""
    rng = np.random.default_rng(seed)
    kinds = ["the", "The", "cat", "dog", "sat", "don't", "señor", "42", "on the mat.\n", "a"]
    return " ".join(kinds[i] for i in rng.integers(0, len(kinds), n_bytes)).encode()[:n_bytes]


def columns(variables: dict[int, int]):
    """Units, and their variables at two grains, as the kernel takes them."""
    packed = np.array([*variables.values()], np.int64)
    units = np.array([*variables], np.int64)
    return units, (packed >> 32).astype(np.int32) - 1, (packed % 2**32).astype(np.int32) - 1


def learned_of(*chunks: bytes) -> tuple[Lexicon, dict[int, int]]:
    """All bytes, these chunks, a variable of the first two, and a chunk around the variable; and
    variables of units: six at the finer grain, three at the coarser."""
    size = 256 + len(chunks)
    definitions = [Definition(CHUNK, tuple(chunk)) for chunk in chunks]
    definitions.append(Definition(VARIABLE, (256, 257)))
    definitions.append(Definition(CHUNK, (*b"on ", size, *b"!")))
    fine = {unit: unit % 6 for chunk in chunks for unit in naive.units_of(b" " + chunk + b" .")}
    variables = {unit: variable + 1 << 32 | variable // 2 + 1 for unit, variable in fine.items()}
    return Lexicon.from_definitions(256, definitions), variables


FIRST = learned_of(b"cat ", b"dog ", b"the ", b"the cat sat", b"\0\0\0")
SECOND = learned_of(b"sat", b"cat", b" the ", b"aaaa", b"\xc3\xb1or")


def kernel_bits(data, lexicons=None, n_buckets=None):
    """Bits by the kernel, ``lexicons`` as in the twin."""
    codes, lexicons = np.frombuffer(data, np.uint8).copy(), lexicons or {}
    mixer = untrained_mixer(len(codes))
    if n_buckets:
        mixer = mixer._replace(slots=np.zeros(BUCKET * n_buckets, np.uint32))
    bits, ends = np.empty(len(codes)), sorted({0, len(codes), *lexicons})
    for first, last in itertools.pairwise(ends):
        if first in lexicons:
            lexicon, variables = lexicons[first]
            table = Table(*pack_variables(*columns(variables)))
            mixer = mixer._replace(cursor=cursor_of(lexicon, False), variables=table)
            mixed.learn_again(mixer, codes)
        mixed.mixed_bits(mixer, codes, first, last, bits)
    return bits


def kernel_chances(data):
    """The chance of each bit to be one, of ONE."""
    codes, chances = np.frombuffer(data, np.uint8).copy(), []
    mixer = untrained_mixer(len(codes))
    for byte in data:
        mixed.open_byte(mixer, codes)
        for bit in f"{byte:08b}":
            chances.append(int(predict_bit(mixer)))
            learn_bit(mixer, int(bit))
        mixed.close_byte(mixer, codes)
    return chances


def assert_same(data, lexicons=None, n_buckets=None):
    fast, (slow, _) = (f(data, lexicons, n_buckets) for f in (kernel_bits, naive.mixed_bits))
    np.testing.assert_allclose(fast, slow, rtol=0, atol=1e-9)


# -- the kernel and its twin --------------------------------------------------------------


def test_squash_and_stretch_are_what_they_are_called():
    assert [
        naive.squash(x) for x in range(-logistic.WIDEST, logistic.WIDEST + 1)
    ] == logistic.SQUASH.tolist()
    assert [naive.stretch(step, 4096) for step in range(4096)] == logistic.STRETCH.tolist()


LONG_MATCHES = (noise(90) + b"b" + noise(90) + b"c") * 3  # each found when the one before ends
AWKWARD = [b"", b"a", bytes(300), b"\xff" * 300, bytes(range(256)), b"ab" * 200, LONG_MATCHES]


@pytest.mark.parametrize("data", AWKWARD)
def test_kernel_and_twin_agree_on_awkward_input(data):
    assert_same(data)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("make", [noise, words])
def test_kernel_and_twin_agree(make, seed):
    assert_same(make(500, seed))


def test_kernel_and_twin_agree_on_a_longer_text():
    assert_same(words(2500, 7))


@pytest.mark.parametrize("n_buckets", [4, 64, 1024])
@pytest.mark.parametrize("make", [noise, words])
def test_kernel_and_twin_agree_where_buckets_give_way(make, n_buckets):
    assert_same(make(300), n_buckets=n_buckets)
    assert_same(make(200), {100: FIRST}, n_buckets)


@pytest.mark.parametrize("lexicons", [{0: FIRST}, {300: FIRST}, {200: FIRST, 400: SECOND}])
def test_kernel_and_twin_agree_with_chunks(lexicons):
    assert_same(words(600, 3), lexicons)
    assert_same(bytes(450) + noise(150, 3, 2), lexicons)


def test_chances_are_the_twins_and_within_their_bounds():
    data = words(400, 5) + bytes(400) + noise(100)
    chances = kernel_chances(data)
    assert chances == naive.mixed_bits(data)[1]
    assert min(chances) >= LEAST
    assert max(chances) <= ONE - LEAST
    assert LEAST in kernel_chances(bytes(2000))


@pytest.mark.parametrize("data", [*AWKWARD, noise(3000), words(3000), b"  a b\n\nC'c. ..d" * 3])
def test_units_are_the_twins(data):
    assert units_of(np.frombuffer(data, np.uint8).copy()).tolist() == naive.units_of(data)


def test_units_in_the_same_places_fill_one_variable():
    names = [a + b for a in "bcdfghjklmnprst" for b in "aeiou"]
    rng, said = np.random.default_rng(0), ["see", "the", "", "eat", "an", "", "."]
    sentences = []
    for _ in range(3000):
        said[2], said[5] = rng.choice(names[:40]), rng.choice(names[40:])
        sentences.append(" ".join(said))
    data = np.frombuffer(" ".join(sentences).encode(), np.uint8).copy()
    table = learn_unit_variables(data)
    of_names = [value_of(table, naive.number(name.encode()) % 2**62, 0) for name in names]
    first, second = set(of_names[:40]), set(of_names[40:])
    assert 0 not in first | second
    assert not first & second
    assert not {name & 0xFFFFFFFF for name in first} & {name & 0xFFFFFFFF for name in second}
    unknown = value_of(table, naive.number(b"xyz") % 2**62, 0)
    assert unknown == 0


@pytest.mark.parametrize("data", [b"", b"ab", b"a b", b"   ", bytes(300), noise(40)])
def test_variables_of_few_units_or_none(data):
    codes = np.frombuffer(data, np.uint8).copy()
    assert learn_unit_variables(codes).used[0] == len(set(naive.units_of(data)))


# -- a code, and a causal one -------------------------------------------------------------


@pytest.mark.parametrize("prefix", [b"", words(200), bytes(1500)])
def test_the_chances_of_all_bytes_sum_to_one(prefix):
    bits = [mixed_bits(prefix + bytes([byte]))[-1] for byte in range(256)]
    assert sum(2.0**-bits for bits in bits) == pytest.approx(1, abs=1e-12)


def test_the_chances_of_all_bytes_sum_to_one_with_chunks():
    prefix = words(200)
    bits = [kernel_bits(prefix + bytes([byte]), {100: FIRST})[-1] for byte in range(256)]
    assert sum(2.0**-bits for bits in bits) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("data", [noise(2000), words(2000), bytes(2000)])
def test_bits_do_not_depend_on_what_comes_after(data):
    whole = mixed_bits(data)  # all so short that tables have one size
    for length in (0, 1, 7, 999):
        assert whole[:length].tolist() == mixed_bits(data[:length]).tolist()


def test_no_chunk_is_learned_from_what_comes_after():
    data, other = words(5000), words(4500) + noise(500)
    assert mixed_bits(data)[:4500].tolist() == mixed_bits(other)[:4500].tolist()


def test_the_same_bytes_have_the_same_bits():
    data = words(6000)
    assert mixed_bits(data).tolist() == mixed_bits(data).tolist()
