from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict
from itertools import chain

import numpy as np
import pytest

from hvm import HVM
from hvm.errors import InputError
from hvm.kernels.entries import Entries
from hvm.kernels.learn import published_proposals as kernels
from hvm.kernels.learn.published_entries import extend_entries
from hvm.kernels.lexicon.count import count_triples
from hvm.kernels.lexicon.descent import descent
from hvm.learn.published import chi2_threshold, fit_paper
from hvm.learn.settings import PaperSettings
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
from hvm.lexicon.measures import PUBLISHED_MEASURES, data_bits, lexicon_bits, published_measures
from hvm.lexicon.parsing import as_parse
from naive import lexicon as naive

ONE_SEQUENCE = np.zeros(1, np.int64)
PUBLISHED = HVM.paper().get_params()
EAGER = PUBLISHED | {
    "pair_count_min": 1,
    "frame_count_min": 1,
    "fillers_max": 3,
    "p_value": 0.5,
    "chi2_df": 1,
    "cumulative_p": 2.0**-12,
    "prune_count_max": 0,
}


def random_text(rng, n_atoms, n_symbols, n_unknown=0):
    """Symbols with structure: random words of one to four symbols."""
    words = [rng.integers(n_atoms, size=rng.integers(1, 5)) for _ in range(6)]
    text = np.concatenate([words[i] for i in rng.integers(6, size=n_symbols)])[:n_symbols]
    text[rng.integers(n_symbols, size=n_unknown)] = -1
    return text.astype(np.int32)


def random_starts(rng, n_symbols):
    """Sequence starts with empty sequences among them."""
    inner = np.sort(rng.integers(n_symbols + 1, size=4))
    return np.concatenate([ONE_SEQUENCE, inner, inner[-1:]]).astype(np.int64)


def as_definitions(entries):
    return [
        (int(entries.kinds[entry]), tuple(naive.parts_of(entries, entry)))
        for entry in range(entries.n_atoms, len(entries.kinds))
    ]


# -- descent parsing ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_descent_and_twin_agree(seed):
    rng = np.random.default_rng(seed)
    lexicon = naive.random_lexicon(rng, 3, int(rng.integers(0, 25)))
    codes = random_text(rng, 3, 80, n_unknown=3)
    starts = random_starts(rng, len(codes))
    fast = descent(lexicon.entries, codes, starts)
    slow = naive.descent(lexicon.entries, codes, starts)
    for one, two in zip(fast[:3], slow[:3], strict=True):
        assert one.tolist() == [int(x) for x in two]
    assert [tuple(row) for row in fast[3].tolist()] == slow[3]


@pytest.mark.parametrize("seed", range(5))
def test_descent_tells_atoms_apart_in_large_alphabets(seed):
    # Atoms 64 apart look alike to the test that spares most matches.
    rng = np.random.default_rng(seed)
    small = naive.random_lexicon(rng, 3, 20)
    spread = np.array([0, 64, 128, *range(130, 150)], np.int32)
    kinds = np.concatenate([np.zeros(127, np.uint8), small.kinds])
    offsets = np.concatenate([np.zeros(127, np.int64), small.offsets])
    lexicon = Lexicon(130, kinds, offsets, spread[small.parts], kinds * 0, small.parts * 0)
    codes = spread[random_text(rng, 3, 80)]
    fast = descent(lexicon.entries, codes, ONE_SEQUENCE)
    units, *_, slots = naive.descent(lexicon.entries, codes, ONE_SEQUENCE)
    assert fast[0].tolist() == units
    assert [tuple(row) for row in fast[3].tolist()] == slots
    assert len(units) < 80


def test_descent_makes_a_parse_that_spells_its_input():
    # atoms a b c d; V = {b, c}; a V; W = {aV, d}; d W d, whose slot holds a slot
    definitions = [
        Definition(VARIABLE, (1, 2)),
        Definition(CHUNK, (0, 4)),
        Definition(VARIABLE, (3, 5)),
        Definition(CHUNK, (3, 6, 3)),
    ]
    lexicon = Lexicon.from_definitions(4, definitions)
    codes = np.array([3, 0, 2, 3, 0, 1, -1, 3, 3, 3], np.int32)
    parse = as_parse(lexicon, *descent(lexicon.entries, codes, np.array([0, 7])))
    assert parse.units.tolist() == [7, 5, -1, 7]
    assert parse.unit_starts.tolist() == [0, 4, 6, 7, 10]
    assert parse.sequence_starts.tolist() == [0, 3]
    assert parse.slot_units.tolist() == [0, 0, 1, 3]
    assert parse.slot_variables.tolist() == [6, 4, 4, 6]
    assert parse.slot_fillers.tolist() == [5, 2, 1, 3]
    spans = list(zip(parse.slot_starts.tolist(), parse.slot_ends.tolist(), strict=True))
    assert spans == [(1, 3), (2, 3), (5, 6), (8, 9)]
    assert parse.slot_depths.tolist() == [0, 1, 0, 0]


def test_descent_does_not_backtrack():
    # The longest filler of V = {a, aa} swallows what the unit x V a b needs.
    definitions = [
        Definition(CHUNK, (0, 0)),
        Definition(VARIABLE, (0, 3)),
        Definition(CHUNK, (2, 4, 0, 1)),
    ]
    lexicon = Lexicon.from_definitions(3, definitions)
    taken = descent(lexicon.entries, np.array([2, 0, 0, 0, 1], np.int32), ONE_SEQUENCE)
    missed = descent(lexicon.entries, np.array([2, 0, 0, 1], np.int32), ONE_SEQUENCE)
    assert taken[0].tolist() == [5]
    assert missed[0].tolist() == [2, 3, 1]


def test_descent_through_a_deep_lexicon_needs_no_recursion():
    # Each chunk is an atom before the last chunk: depth 12,000.
    size = 12_000
    definitions = [Definition(CHUNK, (0, 1))]
    definitions += [Definition(CHUNK, (0, 1 + number)) for number in range(1, size)]
    kinds = np.array([0, 0] + [CHUNK] * size, np.uint8)
    offsets = np.concatenate([[0, 0], 2 * np.arange(size + 1)])
    parts = np.array([part for definition in definitions for part in definition.parts], np.int32)
    codes = np.array([0] * size + [1], np.int32)
    units, *_ = descent(Entries(kinds, offsets, parts, 2), codes, ONE_SEQUENCE)
    assert units.tolist() == [size + 1]


# -- counting and proposing ---------------------------------------------------------------


def random_units(rng, n_entries, n_units):
    units = rng.integers(-1, n_entries, size=n_units).astype(np.int32)
    units[: n_units // 2] = np.resize(rng.integers(n_entries, size=5), n_units // 2)
    return units


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("n_units", [0, 1, 2, 3, 400])
def test_counts_and_twins_agree(seed, n_units):
    rng = np.random.default_rng(seed)
    units, starts = random_units(rng, 6, n_units), random_starts(rng, n_units)
    keys, counts, lefts, rights, n_pairs = kernels.count_neighbours(units, starts, 6)
    slow = naive.count_neighbours(units, starts, 6)
    found = {(k >> 32, k & 0xFFFFFFFF): c for k, c in zip(keys, counts, strict=True)}
    assert (found, lefts.tolist(), rights.tolist(), n_pairs) == slow

    rows, counts = count_triples(units, starts, 1)
    slow_frames = naive.count_frames(units, starts)
    bounds = kernels.propose_frames(rows, counts, 0, 1, len(units))
    frames = [(int(rows[first, 0]), int(rows[first, 2])) for first, _ in bounds]
    assert frames == sorted(slow_frames)
    for frame, (first, last) in zip(frames, bounds, strict=True):
        expected = slow_frames[frame]
        assert counts[first:last].sum() == sum(expected.values())
        assert last - first == len(expected)
        assert rows[first:last, 1].tolist() == sorted(expected)

    bounds = kernels.propose_frames(rows, counts, 2, 2, 3)
    proposed = [(rows[first, 0], rows[first, 2]) for first, _ in bounds]
    assert proposed == naive.propose_frames(slow_frames, 2, 2, 3)


@pytest.mark.parametrize("seed", range(20))
def test_proposed_pairs_and_twin_agree(seed):
    rng = np.random.default_rng(seed)
    units, starts = random_units(rng, 6, 300), random_starts(rng, 300)
    # Whole lengths make scores tie, so the order of ids is tested too.
    lengths = rng.integers(1, 3, size=6).astype(float)
    limits = (1, 0.5, float(rng.integers(1, 30)))
    counts = kernels.count_neighbours(units, starts, 6)
    slow = naive.count_neighbours(units, starts, 6)
    fast_pairs = kernels.propose_pairs(counts, lengths, len(units), *limits)
    slow_pairs = naive.propose_pairs(*slow, len(units), lengths, *limits)
    assert [tuple(pair) for pair in fast_pairs.tolist()] == slow_pairs


def test_the_pair_that_passes_the_limit_is_the_last():
    # ab and cd each make a quarter of 400 units: 2 bits each.
    units = np.array([0, 1, 2, 3] * 100, np.int32)
    counts = kernels.count_neighbours(units, ONE_SEQUENCE, 4)
    ones = np.ones(4)
    for limit, n_accepted in ((0.0, 1), (1.9, 1), (2.1, 2), (4.1, 3), (100.0, 4)):
        accepted = kernels.propose_pairs(counts, ones, 400, 6, 5.99, limit)
        assert len(accepted) == n_accepted


@pytest.mark.parametrize("seed", range(20))
def test_prune_and_twin_agree(seed):
    rng = np.random.default_rng(seed)
    lexicon = naive.random_lexicon(rng, 3, 20)
    unit_counts = rng.integers(0, 4, size=len(lexicon))
    *arrays, ids = kernels.prune_chunks(lexicon.entries, unit_counts, 1)
    slow, slow_ids = naive.prune_chunks(lexicon.entries, unit_counts, 1)
    assert as_definitions(Entries(*arrays, lexicon.n_atoms)) == slow
    assert ids.tolist() == slow_ids


@pytest.mark.parametrize("seed", range(20))
def test_extend_and_twin_agree(seed):
    rng = np.random.default_rng(seed)
    lexicon = naive.random_lexicon(rng, 3, 12)
    units = np.flatnonzero(lexicon.kinds != VARIABLE)
    pairs = rng.choice(units, (8, 2)).astype(np.int32)
    rows, bounds, listed = [], [], []
    for size in rng.integers(2, 4, size=8):
        left, right = rng.choice(units, 2).tolist()
        fillers = rng.choice(units, 4, replace=False)[:size].tolist()
        bounds.append((len(rows), len(rows) + size))
        rows += [(left, filler, right) for filler in sorted(fillers)]
        listed.append((left, right, fillers))
    arrays = extend_entries(lexicon.entries, pairs, np.array(rows), np.array(bounds))
    expected = naive.extend_entries(as_definitions(lexicon.entries), 3, pairs.tolist(), listed)
    expected = [(kind, tuple(parts)) for kind, parts in expected]
    assert as_definitions(Entries(*arrays, lexicon.n_atoms)) == expected


# -- the passes ---------------------------------------------------------------------------


def fit(codes, n_atoms, starts=ONE_SEQUENCE, **constants):
    """The lexicon, and the history by column."""
    codes = np.asarray(codes, np.int32)
    lexicon, rows = fit_paper(codes, starts, n_atoms, PaperSettings(**(PUBLISHED | constants)))
    return lexicon, {name: np.array([row[name] for row in rows]) for name in rows[0]}


@pytest.mark.parametrize("variables", [True, False])
@pytest.mark.parametrize("constants", [PUBLISHED, EAGER])
@pytest.mark.parametrize("seed", range(4))
def test_fit_and_twin_agree(seed, constants, variables):
    rng = np.random.default_rng(seed)
    codes = random_text(rng, 5, 400, n_unknown=4 * (seed % 2))
    starts = random_starts(rng, len(codes)) if seed > 1 else ONE_SEQUENCE
    constants = constants | {"variables": variables, "iterations": 8}
    lexicon, history = fit(codes, 5, starts, **constants)
    slow, slow_units, slow_fillers, slow_history = naive.fit_passes(
        codes,
        starts,
        5,
        **{
            name: value
            for name, value in constants.items()
            if name not in ("chi2_df", "p_value", "cumulative_p", "smoothing")
        },
        chi2_min=chi2_threshold(constants["p_value"], constants["chi2_df"]),
        bits_limit=-math.log2(constants["cumulative_p"]),
    )
    assert as_definitions(lexicon.entries) == [(kind, tuple(parts)) for kind, parts in slow]
    assert lexicon.unit_counts.tolist() == slow_units
    assert lexicon.filler_counts.tolist() == slow_fillers
    published = np.transpose([history[name] for name in PUBLISHED_MEASURES])
    np.testing.assert_allclose(published, slow_history, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n_unknown", [0, 7])
@pytest.mark.parametrize("iterations", [1, 2, 5])
def test_history_ends_with_the_measures_of_the_lexicon(iterations, n_unknown):
    codes = random_text(np.random.default_rng(9), 6, 1500, n_unknown)
    lexicon, history = fit(codes, 6, iterations=iterations)
    lexicon.validate()
    parse = as_parse(lexicon, *descent(lexicon.entries, codes, ONE_SEQUENCE))
    for name, value in published_measures(lexicon, parse, len(codes)).items():
        assert len(history[name]) == iterations
        assert history[name][-1] == value
    assert history["lexicon_bits"][-1] == lexicon_bits(lexicon)
    assert history["data_bits"][-1] == pytest.approx(data_bits(lexicon, parse), rel=1e-12)
    assert lexicon.unit_counts.sum() == len(parse.units) - n_unknown


def test_history_holds_the_honest_bits_and_the_time():
    model = HVM.paper().fit("the cat sat on the mat and the dog sat on the cat . " * 20)
    last = model.history_.iloc[-1]
    assert last.lexicon_bits == model.lexicon_bits_
    assert last.data_bits == model.data_bits_
    assert last.bits_per_symbol == model.bits_per_symbol_
    assert model.history_.seconds.is_monotonic_increasing
    # Chunks made it shorter, the lexicon included, and the data parsed best are no longer.
    assert model.bits_per_symbol_ < model.history_.bits_per_symbol[0]
    assert model.bits_per_symbol("the cat sat on the mat and the dog sat on the cat . " * 20) <= (
        (1 + 1e-12) * model.data_bits_ / model.n_symbols_
    )


def test_learns_a_frame_and_its_fillers():
    # x . y with three fillers in turn, between symbols that never repeat a frame
    rng = np.random.default_rng(3)
    codes = []
    for filler in rng.permutation([2, 3, 4] * 20):
        codes += [0, int(filler), 1, *rng.integers(5, 30, size=3).tolist()]
    lexicon, _ = fit(codes, 30, iterations=2)
    frames = [e for e in lexicon.chunks if len(lexicon.parts_of(e)) == 3]
    assert len(frames) == 1
    left, variable, right = lexicon.parts_of(frames[0]).tolist()
    assert (left, right) == (0, 1)
    assert lexicon.parts_of(variable).tolist() == [2, 3, 4]
    assert lexicon.filler_counts_of(variable).tolist() == [20, 20, 20]
    assert lexicon.unit_counts[frames[0]] == 60


def test_without_variables_there_are_none():
    codes = random_text(np.random.default_rng(1), 5, 2000)
    lexicon, history = fit(codes, 5, variables=False)
    assert not len(lexicon.variables)
    assert history["n_variables"].tolist() == [0.0] * 25
    assert history["n_chunks"][-1] > 5


@pytest.mark.parametrize("codes", [[], [0], [0, 1], [1] * 500, [-1] * 20, list(range(60))])
def test_awkward_input_is_learned_without_fuss(codes):
    lexicon, history = fit(codes, 60)
    lexicon.validate()
    assert np.isfinite(list(history.values())).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iterations", 0),
        ("fillers_min", 1),
        ("fillers_max", 1),
        ("chi2_df", 0),
        ("p_value", 0.0),
        ("cumulative_p", 1.0),
    ],
)
def test_a_constant_out_of_range_is_named(name, value):
    with pytest.raises(InputError, match=name):
        HVM.paper(**{name: value}).fit("aaaaa")


@pytest.mark.parametrize(
    ("p_value", "df", "expected"),
    [(0.05, 1, 3.841), (0.05, 2, 5.991), (0.05, 3, 7.815), (0.01, 4, 13.277), (0.001, 1, 10.828)],
)
def test_chi2_threshold_is_that_of_the_tables(p_value, df, expected):
    assert chi2_threshold(p_value, df) == pytest.approx(expected, abs=5e-4)


# -- the published worlds -----------------------------------------------------------------


def published_rows(folder, dataset, model):
    rows = defaultdict(list)
    with open(folder / "reference" / "published_learning_curves.csv", newline="") as lines:
        for row in csv.DictReader(lines):
            if (row["dataset"], row["model"]) == (dataset, model):
                rows[int(row["run"])].append(row)
    return {run: sorted(its, key=lambda row: int(row["iteration"])) for run, its in rows.items()}


def published_snippet(folder, depth, run):
    values = np.load(folder / "reference" / f"synthetic_depth_{depth}.npy")
    alphabet, codes = np.unique(values[1000 * run : 1000 * (run + 1)], return_inverse=True)
    return codes.astype(np.int32), len(alphabet)


@pytest.mark.parametrize("depth", [10, 30, 40])
@pytest.mark.parametrize("model", ["HCM", "HVM"])
def test_iteration_0_is_the_published_one(data_folder, depth, model):
    runs = published_rows(data_folder, f"synthetic/depth_{depth}", model)
    assert len(runs) == 5
    for run, rows in runs.items():
        codes, n_atoms = published_snippet(data_folder, depth, run)
        _, history = fit(codes, n_atoms, variables=model == "HVM", iterations=1)
        for name in PUBLISHED_MEASURES:
            assert history[name][0] == pytest.approx(float(rows[0][name]), abs=1e-3)


def test_first_chunks_are_the_published_ones(data_folder):
    """At depth 10 HCM's first two learning passes agree too: same pairs, same parse."""
    runs = published_rows(data_folder, "synthetic/depth_10", "HCM")
    for run in (0, 1, 2, 3):
        codes, n_atoms = published_snippet(data_folder, 10, run)
        _, history = fit(codes, n_atoms, variables=False, iterations=3)
        for name in ("explanatory_volume", "sequence_complexity_bits", "n_chunks"):
            published = [float(row[name]) for row in runs[run][:3]]
            assert history[name] == pytest.approx(published, rel=1e-3)


def test_all_atoms_of_the_parse_are_counted():
    codes = random_text(np.random.default_rng(5), 4, 300)
    lexicon, _ = fit(codes, 4, iterations=1)
    assert Counter(codes.tolist()) == Counter(
        chain.from_iterable([e] * int(n) for e, n in enumerate(lexicon.unit_counts))
    )
