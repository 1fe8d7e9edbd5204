from __future__ import annotations

import csv
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvm.errors import InputError
from hvm.kernels.rivals.lz78 import lz78_parse
from hvm.rivals.lz78 import decode, encode, lz78, lz78_bits
from hvm.symbols.alphabet import Alphabet, elias_delta_bits
from hvm.symbols.convert import as_symbols
from naive import rivals as naive

CODES = st.one_of(
    st.lists(st.integers(0, size - 1), min_size=1, max_size=120) for size in (1, 2, 3, 1000)
)


def random_symbols(n_symbols: int, size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, size, n_symbols)


# -- the parse ----------------------------------------------------------------------------------


def same_parse(codes: np.ndarray) -> bool:
    pairs = zip(lz78_parse(codes), naive.lz78_parse(codes), strict=True)
    return all(fast.tolist() == list(slow) for fast, slow in pairs)


@given(CODES)
def test_kernel_and_twin_agree(codes):
    assert same_parse(np.array(codes, np.int32))


@pytest.mark.parametrize("size", [1, 2, 50, 2**31 - 1])
def test_kernel_and_twin_agree_when_the_table_grows(size):
    assert same_parse(random_symbols(20_000, size).astype(np.int32))


def test_kernel_of_nothing():
    pointers, starts = lz78_parse(np.zeros(0, np.int32))
    assert pointers.tolist() == []
    assert starts.tolist() == [0]


def test_parse_by_hand():
    parsed = lz78("aababab")  # a | ab | aba | b
    assert parsed.pointers.tolist() == [0, 1, 2, 0]
    assert parsed.starts.tolist() == [0, 1, 3, 6]
    assert parsed.lengths.tolist() == [1, 2, 3, 1]
    assert not parsed.is_partial
    parsed = lz78("aababaa")  # a | ab | aba | a
    assert parsed.pointers.tolist() == [0, 1, 2, 1]
    assert parsed.is_partial


@given(CODES)
def test_phrases_are_the_longest_earlier_one_and_a_symbol(codes):
    parsed = lz78(codes)
    phrases = [
        tuple(codes[start : start + length])
        for start, length in zip(parsed.starts.tolist(), parsed.lengths.tolist(), strict=True)
    ]
    assert sum(phrases, ()) == tuple(codes)
    whole = phrases[:-1] if parsed.is_partial else phrases
    assert len(set(whole)) == len(whole)
    assert parsed.is_partial == (phrases[-1] in phrases[:-1])
    for index, phrase in enumerate(whole):
        assert phrase[:-1] in [(), *whole[:index]]


def test_a_partial_phrase_may_repeat_any_other():
    assert lz78("aba").is_partial
    assert not lz78("abaa").is_partial
    assert not lz78("a").is_partial
    assert lz78("aa").is_partial


# -- honest bits --------------------------------------------------------------------------------


def to_integer(pairs: list[tuple[int, int]], n_codes: int) -> tuple[int, int]:
    """One integer below the returned limit, in a mixed radix: t, then the alphabet's size."""
    digits = []
    for known, (pointer, symbol) in enumerate(pairs, start=1):
        digits.append((pointer, known))
        if symbol >= 0:
            digits.append((symbol, n_codes))
    number, limit = 0, 1
    for digit, radix in reversed(digits):
        assert 0 <= digit < radix
        number, limit = number * radix + digit, limit * radix
    return number, limit


def from_integer(number: int, n_codes: int, n_symbols: int) -> list[int]:
    """Read what ``to_integer`` wrote, knowing the header alone: A and n."""
    phrases: list[list[int]] = [[]]
    decoded: list[int] = []
    while len(decoded) < n_symbols:
        number, pointer = divmod(number, len(phrases))
        phrase = list(phrases[pointer])
        if len(decoded) + len(phrase) < n_symbols:
            number, symbol = divmod(number, n_codes)
            phrase.append(symbol)
        decoded += phrase
        phrases.append(phrase)
    return decoded


@given(CODES)
def test_round_trip(codes):
    parsed = lz78(codes)
    assert decode(encode(parsed)) == parsed.symbols.codes.tolist()


@given(CODES)
def test_bits_are_the_length_of_what_decodes(codes):
    parsed = lz78(codes)
    coded, n_codes = parsed.symbols.codes.tolist(), len(parsed.symbols.alphabet)
    number, limit = to_integer(encode(parsed), n_codes)
    assert from_integer(number, n_codes, len(codes)) == coded
    assert math.log2(limit) == pytest.approx(parsed.phrase_bits, abs=1e-9)
    header = parsed.symbols.alphabet.definition_bits() + elias_delta_bits(len(codes))
    assert parsed.bits == pytest.approx(math.log2(limit) + header)


def test_bits_by_hand():
    parsed = lz78(b"abababa")  # a b ab aba, all whole
    assert encode(parsed) == [(0, 0), (0, 1), (1, 1), (3, 0)]
    phrase_bits = math.log2(1 * 2 * 3 * 4) + 4 * 1
    alphabet_bits = elias_delta_bits(3) + 2 * 8
    assert parsed.phrase_bits == pytest.approx(phrase_bits)
    assert parsed.header_bits == alphabet_bits + elias_delta_bits(7)
    assert lz78_bits(b"abababa") == pytest.approx(phrase_bits + alphabet_bits + 5)
    assert parsed.bits_per_symbol == pytest.approx(parsed.bits / 7)
    partial = lz78(b"ababa")  # a b ab a
    assert encode(partial) == [(0, 0), (0, 1), (1, 1), (1, -1)]
    assert partial.phrase_bits == pytest.approx(math.log2(24) + 3)


def test_bits_approach_the_entropy_of_coin_flips_from_above():
    rates = [lz78(random_symbols(n, 2)).bits_per_symbol for n in (1_000, 30_000, 1_000_000)]
    assert rates[0] > rates[1] > rates[2] > 1.0
    assert rates[2] < 1.2


def test_one_symbol_costs_few_bits():
    assert lz78("a" * 100_000).bits_per_symbol < 0.05
    assert lz78("a").phrase_bits == 0.0


# -- published measures -------------------------------------------------------------------------


@given(CODES)
def test_published_measures_from_their_definition(codes):
    parsed = lz78(codes)
    ends = (parsed.starts + parsed.lengths).tolist()
    phrases = [tuple(codes[s:e]) for s, e in zip(parsed.starts.tolist(), ends, strict=True)]
    times, n_phrases = Counter(phrases), len(phrases)
    cost = {phrase: -math.log2(f / n_phrases) for phrase, f in times.items()}
    assert parsed.n_phrases == n_phrases
    assert parsed.sequence_complexity_bits == pytest.approx(sum(cost[p] for p in phrases))
    assert parsed.storage_cost_bits == pytest.approx(sum(cost.values()))
    assert parsed.explanatory_volume == len(codes) / n_phrases
    if n_phrases > 1:
        assert parsed.coding_efficiency == n_phrases / (len(codes) - len(phrases[-1]))
    else:
        assert math.isnan(parsed.coding_efficiency)


def published_rows(folder):
    with open(folder / "reference" / "published_learning_curves.csv") as file:
        return [row for row in csv.DictReader(file) if row["model"] == "LZ78"]


def ending_after(codes: np.ndarray, n_phrases: int, partial: bool):
    """LZ78 of the codes, cut so that there are so many phrases, the last one partial or not."""
    parsed = lz78(codes)
    last = n_phrases - 1
    while partial and parsed.lengths[last] < 2:
        codes = np.delete(codes, parsed.starts[last])
        parsed = lz78(codes)
    end = parsed.starts[last] + parsed.lengths[last] - partial
    return lz78(codes[:end])


def test_published_rows_follow_from_their_number_of_phrases(data_folder):
    # The snippets are not published, but complexity and storage depend on W and the end alone.
    codes = random_symbols(5_000, 8)
    rows = published_rows(data_folder)
    assert len(rows) == 40
    for row in rows:
        n_phrases = int(float(row["n_chunks"]))
        complexity, storage = (
            float(row[name]) for name in ("sequence_complexity_bits", "storage_cost_nats")
        )
        assert float(row["explanatory_volume"]) == pytest.approx(1000 / n_phrases, abs=1e-4)
        ours = [ending_after(codes, n_phrases, partial) for partial in (False, True)]
        assert [x.n_phrases for x in ours] == [n_phrases] * 2
        assert [x.is_partial for x in ours] == [False, True]
        differences = [
            max(abs(x.sequence_complexity_bits - complexity), abs(x.storage_cost_bits - storage))
            for x in ours
        ]
        assert min(differences) < 1e-3, row


def test_text_like_the_published_snippets(data_folder):
    text = (data_folder / "text" / "childes.train.txt").read_text(encoding="utf-8")[:10_000]
    ours = [lz78(text[i : i + 1000]).n_phrases for i in range(0, 10_000, 1000)]
    theirs = [float(row["n_chunks"]) for row in published_rows(data_folder)
              if row["dataset"] == "babylm/childes"]  # fmt: skip
    assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=0.1)


# -- input --------------------------------------------------------------------------------------


def test_sequences_are_parsed_as_one():
    assert lz78(["ab", "", "ab"]).starts.tolist() == lz78("abab").starts.tolist()


def test_units():
    assert lz78("a cat, a cat", "word").n_phrases == 4  # a | cat | , | a cat
    assert lz78(np.array([7, 7, 7])).pointers.tolist() == [0, 1]


def test_input_that_cannot_be_coded():
    with pytest.raises(InputError, match="nothing to learn"):
        lz78("")
    with pytest.raises(InputError, match="outside their alphabet"):
        lz78(as_symbols("ab", alphabet=Alphabet("char", ("a",))))
