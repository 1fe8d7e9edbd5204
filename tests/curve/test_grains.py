from __future__ import annotations

import numpy as np
import pytest

from hvm import HVM, as_symbols
from hvm.curve.curve import measure_curve
from hvm.curve.grains import fit_grain, grain_rows, variable_bits, whole_row
from hvm.curve.prequential import FIRST_BLOCK, block_bits, part
from hvm.curve.texts import CurveTexts, NamedText, gram_order, unseen_combinations
from hvm.errors import InputError
from hvm.predict.experts import Experts

HOW = {"unit": "word", "sequences": "line"}


def sentences(n, seed):
    """Names and verbs of two kinds, in frames; names have frequencies of their own."""
    rng = np.random.default_rng(seed)
    kinds = [("cat", "dog", "cow", "hen", "pig"), ("car", "bus", "van", "cab", "tram")]
    verbs = [("eats", "sleeps", "runs", "sits"), ("stops", "starts", "honks", "waits")]
    share = np.array([8, 4, 2, 1, 1]) / 16
    lines = []
    for _ in range(n):
        kind = rng.integers(2)
        lines.append(f"the {rng.choice(kinds[kind], p=share)} {rng.choice(verbs[kind])} .")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def texts():
    training = as_symbols(sentences(500, 0), **HOW)
    held_out = as_symbols(sentences(100, 1) + "\nthe zebra eats .", **HOW)
    return CurveTexts(training, held_out, [NamedText("cars", as_symbols("a car .", **HOW))])


@pytest.fixture(scope="module")
def rows(texts):
    return grain_rows(texts)


# -- combinations that training never showed ----------------------------------------------------


def naive_unseen(training, other, order):
    def lines(symbols):
        return [tuple(symbols.codes[begin:end].tolist()) for begin, end in symbols.bounds()]

    def grams(line, size):
        return {line[at : at + size] for at in range(len(line) - size + 1)}

    known = {size: set() for size in (1, order - 1, order)}
    for size, seen in known.items():
        for line in lines(training):
            seen |= grams(line, size)
    found = []
    for line in lines(other):
        for at, code in enumerate(line):
            gram = line[max(0, at - order + 1) : at + 1]
            parts = gram[:-1] in known[order - 1] and (code,) in known[1]
            found.append(len(gram) == order and parts and gram not in known[order])
    return found


@pytest.mark.parametrize("seed", range(8))
def test_unseen_combinations_agree_with_their_twin(seed):
    rng = np.random.default_rng(seed)
    n_types = int(rng.integers(2, 9))

    def some(n, most):
        lines = np.split(rng.integers(0, most, n), np.sort(rng.integers(0, n, 9)))
        return as_symbols([line.tolist() for line in lines], "int")

    training = some(80, n_types)
    other = some(80, n_types + 1).recoded(training.alphabet)
    order = gram_order(80, len(training.alphabet))
    assert unseen_combinations(training, other).tolist() == naive_unseen(training, other, order)


def test_a_repetition_may_be_new():
    symbols = as_symbols("a")
    fresh = unseen_combinations(symbols, as_symbols("aaab", alphabet=symbols.alphabet))
    assert fresh.tolist() == [False, True, True, False]


# -- the prequential code -----------------------------------------------------------------------


def test_every_symbol_is_paid_once_by_what_was_known_before(texts):
    seen = []

    class Uniform:
        def __init__(self, known):
            self.n_known = len(known)

        def surprisal(self, symbols):
            seen.append((self.n_known, len(symbols), symbols.starts[0]))
            return np.ones(len(symbols))

    n = len(texts.training)
    bits = block_bits(Uniform, texts.training)
    first = FIRST_BLOCK * np.log2(len(texts.training.alphabet))
    assert bits == pytest.approx(first + n - FIRST_BLOCK)
    assert [known for known, _, _ in seen] == [FIRST_BLOCK << step for step in range(len(seen))]
    assert sum(size for _, size, _ in seen) == n - FIRST_BLOCK


def test_a_part_keeps_its_sequences():
    symbols = as_symbols(["abc", "", "de", "f"])
    middle = part(symbols, 1, 5)
    assert middle.text() == "bcde" and middle.starts.tolist() == [0, 2, 2]


# -- levels -------------------------------------------------------------------------------------


def test_levels_differ_where_today_they_did_not(rows):
    for column in ("held_out_bits_per_symbol", "bits_per_symbol", "transfer_bits_per_symbol"):
        assert len({row[column] for row in rows}) == len(rows) >= 2
    assert [row["level"] for row in rows] == list(range(1, len(rows) + 1))


def test_coarse_levels_send_less_and_lose_more(rows):
    rates = [row["rate_bits_per_symbol"] for row in rows]
    lost = [row["distortion_most_probable"] for row in rows]
    assert rates == sorted(rates, reverse=True) and lost == sorted(lost)
    assert all(row["distortion_sampled"] >= row["distortion_most_probable"] for row in rows)


def test_a_level_is_the_experts_of_its_grain(texts, rows):
    for row in rows:
        experts = Experts(level=row["level"]).fit(texts.training)
        score = experts.bits_per_symbol(texts.held_out)
        assert row["held_out_bits_per_symbol"] == pytest.approx(score)


def test_level_0_is_the_whole_model(texts):
    model = HVM(restarts=1).fit(texts.training)
    row = whole_row(model.lexicon_, texts, model.experts_)
    assert row["held_out_bits_per_symbol"] == pytest.approx(model.bits_per_symbol(texts.held_out))
    assert row["bits_per_symbol"] * len(texts.training) == pytest.approx(
        row["rate_bits_per_symbol"] * len(texts.training) + row["lexicon_bits"]
    )


def test_chances_of_all_variables_sum_to_one(texts):
    grain = fit_grain(texts.training, 1)
    line = texts.training.text(0, 2).split()
    total = 0.0
    for variable in range(int(grain.variables.max()) + 1):
        code = int(np.flatnonzero(grain.variables == variable)[0])
        word = texts.training.alphabet.symbols[code]
        symbols = as_symbols([[*line, word]], "word", alphabet=texts.training.alphabet)
        total += 2 ** -variable_bits(grain, symbols)[-1]
    codes = np.append(texts.training.codes[:2], -1).astype(np.int32)
    total += grain.experts.escape_chances(codes, np.zeros(1, np.int64))[-1]
    assert total == pytest.approx(1)


def test_an_unknown_word_is_sent_whole(texts):
    grain = fit_grain(texts.training, 1)
    where = np.flatnonzero(texts.held_out.codes < 0)
    ours = variable_bits(grain, texts.held_out)[where]
    assert ours == pytest.approx(grain.experts.surprisal(texts.held_out)[where])


def test_what_is_lost_is_counted_by_hand():
    # One variable of a, a, b: b is read as a, so one symbol in four is lost.
    training = as_symbols("aab" * 200)
    texts = CurveTexts(training, as_symbols("aaab"))
    grain = fit_grain(training, 1)
    joined = grain._replace(
        variables=np.array([0, 0, -1], np.int32),
        filler_bits=np.array([-np.log2(2 / 3), -np.log2(1 / 3), 0.0]),
    )
    from hvm.curve.grains import _lost

    lost = _lost(joined, texts.held_out, np.random.default_rng(0))
    assert lost["distortion_most_probable"] == 0.25
    assert lost["exact_share_most_probable"] == 0.75
    assert lost["filler_bits_dropped"] == pytest.approx(3 * np.log2(3 / 2) + np.log2(3))


def test_drawn_symbols_are_right_as_often_as_chance_has_it(texts):
    from hvm.curve.grains import _lost

    grain = fit_grain(texts.training, len(grain_rows(texts)))
    codes = np.random.default_rng(1).choice(texts.training.codes, 20_000)
    symbols = as_symbols("the", **HOW, alphabet=texts.training.alphabet)
    symbols = type(symbols)(codes, symbols.starts, symbols.alphabet)
    lost = _lost(grain, symbols, np.random.default_rng(0))
    expected = np.exp2(-grain.filler_bits[codes]).mean()
    assert lost["exact_share_sampled"] == pytest.approx(expected, abs=0.01)


def test_a_table_has_the_same_columns_at_every_level(texts):
    table = measure_curve(HVM(restarts=1), texts.training, texts.held_out, texts.transfer)
    by_experts = table[table["context"] == "experts"]
    is_known = by_experts.drop(columns=[name for name in by_experts if "unseen_" in name]).notna()
    assert is_known.drop(columns=[name for name in is_known if "over_level_0" in name]).all().all()
    grains = by_experts[by_experts["level"] > 0]
    assert (grains["held_out_over_level_0_low"] < grains["held_out_over_level_0_high"]).all()
    whole = by_experts[(by_experts["model"] == "hvm") & (by_experts["level"] == 0)]
    assert len(whole) > 1 and whole["iteration"].is_monotonic_increasing


def test_intervals_are_those_of_resampled_sequences(texts):
    rng = np.random.default_rng(0)
    bits = rng.normal(0.5, 1.0, len(texts.held_out))
    row = texts.over(bits + 2.0, np.full(len(bits), 2.0))
    error = 1.96 / len(bits) ** 0.5
    assert row["held_out_over_level_0_low"] == pytest.approx(bits.mean() - error, abs=0.03)
    assert row["held_out_over_level_0_high"] == pytest.approx(bits.mean() + error, abs=0.03)
    one = CurveTexts(as_symbols("ab" * 50), as_symbols("ab" * 100))
    assert one.over(np.ones(200), np.zeros(200))["held_out_over_level_0_low"] == 1.0


def test_texts_of_another_unit_are_refused():
    with pytest.raises(InputError, match="unit"):
        CurveTexts(as_symbols("ab"), as_symbols("ab", "word"))
