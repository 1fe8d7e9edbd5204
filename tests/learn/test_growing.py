"""Chunks in arrays: grown, pruned, arranged; each against a slow twin."""

from __future__ import annotations

import numpy as np
import pytest

from hvm import HVM
from hvm.kernels.learn.growth import Rule
from hvm.kernels.learn.pruning import prune
from hvm.kernels.learn.rounds import INSIDE, close_up, places_of
from hvm.learn import crew, evaluation, growing, growing_text, shard
from hvm.learn.array_search import grown_from, pruned_by_counts
from hvm.learn.corpus import Corpus, first_equal, pieces_of, sample, sample_part, sample_step, taken
from hvm.learn.crew import Crew, LocalWorkers
from hvm.learn.evaluation import Evaluation
from hvm.learn.growing import grown
from hvm.learn.search import Search
from hvm.learn.settings import SearchSettings
from hvm.learn.text import HeldText
from hvm.lexicon.arranging import arranged
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Lexicon
from naive import growth as naive
from naive.lexicon import random_lexicon


def texts(seed, n_atoms=4, n_sequences=30):
    """Sequences that repeat parts of each other, some of them often."""
    rng = np.random.default_rng(seed)
    words = [rng.integers(n_atoms, size=rng.integers(1, 6)).tolist() for _ in range(6)]
    chosen = (rng.integers(6, size=rng.integers(1, 7)) for _ in range(n_sequences))
    text = [[symbol for k in which for symbol in words[k]] for which in chosen]
    return text, -np.sort(-rng.integers(1, 5, size=n_sequences))


def laid_out(text):
    units = np.array([unit for sequence in text for unit in sequence], np.int32)
    starts = np.cumsum([0, *map(len, text)])[:-1]
    return units, starts


def grown_in(text, weights, n_atoms, rule, n_jobs=1):
    """What grows from the atoms, by shards."""
    codes, starts = laid_out(text)
    corpus = Corpus(codes, starts, np.asarray(weights), int(np.dot(weights, [*map(len, text)])))
    atoms = Lexicon.of_atoms(n_atoms)
    parse = Crew(LocalWorkers(corpus, n_jobs)).parse(atoms)
    return grown(atoms.with_counts(*parse.counts), parse, rule)


AWKWARD = {
    "one run": [[0] * 40],
    "runs": [[0] * 7, [1, 0, 0, 0, 1], [0, 0], [0]],
    "by turns": [[0, 1] * 30],
    "a square": [[0, 1, 0, 0, 1, 0, 1, 0, 0, 1] * 6],
    "nothing twice": [[0, 1, 2, 3]],
    "empty ones": [[], [0, 1, 2] * 5, [], [0, 1]],
}


@pytest.fixture(
    params=[(0.0, 32), (0.2, 32), (1e9, 1), (1e9, 10**9), (1e9, 4)],
    ids=["read", "as is", "placed", "no places", "some places"],
)
def rare_share(request, monkeypatch):
    """Whether the text is read in each round, or looked at by places from some round on."""
    share, parts = request.param
    monkeypatch.setattr(growing, "RARE_SHARE", share)
    monkeypatch.setattr(growing_text, "FREQUENT_PARTS", parts)
    monkeypatch.setattr(crew, "COUNTED_AT_ONCE", 2 * parts)


@pytest.mark.parametrize("exponent", [0.0, 0.25, 1.0, 1.5])
@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_texts_grow_as_the_twin_says(name, exponent, rare_share):
    text = AWKWARD[name]
    weights = np.ones(len(text), np.int64)
    check_growth(text, weights, 4, Rule(exponent, -30.0, 2, 50, 40, 0, 0.7, 3))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    "rule",
    [
        Rule(0.25, -20.0, 2, 400, 1000, 0, 0.7, 0),
        Rule(1.5, 0.0, 2, 400, 1000, 0, 0.3, 9),
        Rule(0.0, -1e9, 3, 5, 20, 0, 1.0, 0),
    ],
)
def test_texts_grow_as_the_twin_says(seed, rule, rare_share):
    check_growth(*texts(seed), 4, rule)


def check_growth(text, weights, n_atoms, rule):
    halves, counts = naive.grow(text, weights.tolist(), [(a,) for a in range(n_atoms)], rule)
    for n_jobs in (1, 3):
        made = grown_in(text, weights, n_atoms, rule, n_jobs)
        made.validate()
        assert made.parts.reshape(-1, 2).tolist() == [list(pair) for pair in halves]
        assert made.unit_counts.tolist() == counts


@pytest.mark.parametrize("seed", range(3))
def test_room_that_is_short_changes_nothing(seed, monkeypatch):
    text, weights = texts(seed, 6)
    rule = Rule(0.25, -1e9, 2, 400, 200, 0, 0.7, 0)
    wide = grown_in(text, weights, 6, rule)
    monkeypatch.setattr(growing, "ROOM", 1)
    narrow = grown_in(text, weights, 6, rule)
    assert wide.parts.tolist() == narrow.parts.tolist()
    assert wide.unit_counts.tolist() == narrow.unit_counts.tolist()


def test_a_sequence_that_stands_often_counts_often():
    text, weights = texts(1)
    each = [sequence for sequence, n in zip(text, weights.tolist(), strict=True) for _ in range(n)]
    ones, rule = np.ones(len(each), np.int64), Rule(0.25, -20.0, 2, 400, 1000, 0, 0.7, 0)
    once, often = grown_in(text, weights, 4, rule), grown_in(each, ones, 4, rule)
    assert once.parts.tolist() == often.parts.tolist()
    assert once.unit_counts.tolist() == often.unit_counts.tolist()


@pytest.mark.parametrize("most", [8, 14, 100])
@pytest.mark.parametrize("seed", range(8))
def test_pruning_drops_what_the_twin_drops(seed, most):
    rng = np.random.default_rng(seed)
    lexicon = random_lexicon(rng, 4, 25)
    counts = rng.integers(0, 40, size=len(lexicon)) * (lexicon.kinds != VARIABLE)
    fixed, bits = rng.random(len(lexicon)) < 0.2, rng.random(len(lexicon)) * 9
    expected = naive.prune(lexicon.entries, counts, fixed, bits, most)
    is_kept = prune(lexicon.entries, counts, fixed, bits, most)
    assert (is_kept.tolist(), counts.tolist()) == expected


@pytest.mark.parametrize("seed", range(8))
def test_what_is_arranged_stands_for_the_same(seed):
    rng = np.random.default_rng(seed)
    lexicon = random_lexicon(rng, 3, 20)
    counts = rng.integers(0, 9, size=len(lexicon)) * (lexicon.kinds != VARIABLE)
    owners = np.repeat(lexicon.kinds, np.diff(lexicon.offsets))
    fillers = rng.integers(0, 9, size=len(lexicon.parts)) * (owners == VARIABLE)
    lexicon = lexicon.with_counts(counts, fillers)
    is_kept = np.ones(len(lexicon), bool)
    used = set(lexicon.parts.tolist()) | {x for p in lexicon.patterns for x in p}
    for chunk in lexicon.chunks.tolist():
        is_kept[chunk] = chunk in used or rng.random() < 0.5
    made = arranged(lexicon, is_kept)
    made.validate()
    everything = np.ones(len(made), bool)
    expected = naive.arranged_patterns(lexicon.entries, is_kept)
    assert naive.arranged_patterns(made.entries, everything) == expected
    assert made.unit_counts.sum() == counts[is_kept].sum()
    assert made.filler_counts.sum() == fillers.sum()


@pytest.mark.parametrize("seed", range(5))
def test_distinct_sequences_are_all_sequences(seed):
    text, _ = texts(seed, 2)
    text += text[:10] + [[], []]
    codes, starts = laid_out(text)
    firsts = first_equal(codes, starts)
    assert firsts.tolist() == [text.index(sequence) for sequence in text]
    which = np.random.default_rng(seed).permutation(len(text))
    assert [x.tolist() for x in np.split(*_split(*taken(codes, starts, which)))] == [
        text[k] for k in which
    ]
    corpus = Corpus.distinct(codes, starts)
    assert corpus.n_symbols == len(codes)
    lengths = np.diff(np.append(corpus.starts, len(corpus.codes)))
    assert (corpus.weights * lengths).sum() == len(codes)
    assert (np.diff(corpus.weights) <= 0).all()


def _split(codes, starts):
    return codes, starts[1:]


def test_a_sample_is_of_the_size_that_was_asked_for():
    codes = np.arange(10_000, dtype=np.int32)
    made, starts = sample(codes, np.array([0, 5, 6_000]), 2_000, 100)
    assert 1_800 <= len(made) <= 2_200
    assert np.diff(starts).max() <= 100
    assert set(made.tolist()) <= set(codes.tolist())


def search_of(text, **settings):
    codes, starts = laid_out(text)
    return Search(HeldText(codes, starts, 4), SearchSettings(batch=0.2, **settings))


def test_counts_by_distinct_sequences_are_those_of_the_text():
    text, weights = texts(3)
    each = [sequence for sequence, n in zip(text, weights.tolist(), strict=True) for _ in range(n)]
    search, (codes, starts) = search_of(each), laid_out(each)
    assert Corpus.distinct(codes, starts).weights[0] > 1
    plain = Evaluation(HeldText(codes, starts, 4), SearchSettings(batch=0.2))
    plain.crew = Crew(LocalWorkers(Corpus.of(codes, starts)))
    state = search.atoms()
    for lexicon in (state.lexicon, pruned_by_counts(search, grown_from(search, state))):
        few, all_ = search.counted(lexicon), plain.counted(lexicon)
        assert few.lexicon.unit_counts.tolist() == all_.lexicon.unit_counts.tolist()
        assert few.description_bits == all_.description_bits
        assert few.parse.n_units == all_.parse.n_units == len(all_.parse.runs().units)


@pytest.mark.parametrize("n_jobs", [2, 3, 7])
def test_any_number_of_jobs_finds_the_same(n_jobs, monkeypatch):
    monkeypatch.setattr(shard, "PIECE_SYMBOLS", 100)
    monkeypatch.setattr(crew, "COUNTED_AT_ONCE", 1000 * n_jobs)
    monkeypatch.setattr(evaluation, "TRIPLES_HELD", 10 * n_jobs**6)
    frames = ["where is the {} now", "I see the {} there", "a {} barks at a {}"]
    names = ["dog", "cat", "bird", "old man", "neighbour", "little horse"]
    rng = np.random.default_rng(3)
    lines = [rng.choice(frames).format(*rng.choice(names, 2)) for _ in range(400)]
    one, many = (HVM(batch=0.2, context="unigram", n_jobs=n) for n in (1, n_jobs))
    assert one.fit(lines).file_bytes() == many.fit(lines).file_bytes()
    assert len(one.lexicon_.variables) > 0
    rows = [model.history_.drop(columns="seconds") for model in (one, many)]
    assert rows[0].equals(rows[1])


@pytest.mark.parametrize("criterion", ["gain", "count"])
def test_no_more_entries_are_left_than_may_be(criterion):
    text, _ = texts(2, n_sequences=30)
    for most in (5, 9, 30):
        state = search_of(text * 3, max_entries=most, criterion=criterion).run()
        assert len(state.lexicon) <= most
        state.lexicon.validate()


def test_a_search_in_arrays_leaves_its_best():
    text, _ = texts(4)
    search = search_of(text * 5)
    state = search.run()
    bits = [row["bits_per_symbol"] for row in search.rows]
    assert bits == sorted(bits, reverse=True)
    assert state.description_bits == pytest.approx(bits[-1] * search.text.n_symbols)
    assert (state.lexicon.kinds == CHUNK).any()


@pytest.mark.parametrize("n_parts", [1, 2, 5, 30])
def test_samples_of_parts_make_that_of_the_text(n_parts):
    rng = np.random.default_rng(n_parts)
    lengths = rng.choice([0, 1, 7, 30], 60)
    starts = np.cumsum([0, *lengths[:-1]])
    codes = rng.integers(0, 9, lengths.sum()).astype(np.int32)
    whole, n_before, taken = sample(codes, starts, 50, 8), 0, []
    for part in Corpus.of(codes, starts).in_parts(n_parts):
        step = sample_step(len(codes), 50)
        taken.append(sample_part(part.codes, part.starts, n_before, step, 8)[0])
        n_before += len(pieces_of(part.codes, part.starts, 8))
    assert np.concatenate(taken).tolist() == whole[0].tolist()


@pytest.mark.parametrize("seed", range(5))
def test_units_are_closed_up_and_placed_as_a_twin_says(seed):
    rng = np.random.default_rng(seed)
    widths = np.append(np.ones(4, np.int64), rng.integers(2, 5, 4))
    units = rng.integers(-3, 8, 60)
    cells = [
        cell
        for unit in units.tolist()
        for cell in ([unit] if unit < 4 else [unit, *[INSIDE] * (widths[unit] - 2), unit])
    ]
    laid_out = np.array(cells, np.int32)
    n = close_up(laid_out, widths)
    assert laid_out[:n].tolist() == units.tolist()
    firsts, lasts, places = places_of(laid_out[:n].copy(), 8, 6)
    for unit in range(8):
        where = np.flatnonzero(units == unit).tolist()
        found = places[firsts[unit] : lasts[unit]].tolist() if firsts[unit] >= 0 else None
        assert found == (where if len(where) <= 6 else None)
    assert len(places) >= lasts.max() + (units >= 0).sum()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32])
def test_codes_of_every_type_are_learned_alike(dtype, monkeypatch):
    monkeypatch.setattr(shard, "PIECE_SYMBOLS", 50)
    text, _ = texts(5, n_sequences=60)
    codes, starts = laid_out([[symbol for sequence in text for symbol in sequence], [], *text])
    settings = SearchSettings(batch=0.2)
    plain = Search(HeldText(codes, starts, 4), settings).run()
    narrow = Search(HeldText(codes.astype(dtype), starts, 4), settings).run()
    assert narrow.lexicon.parts.tolist() == plain.lexicon.parts.tolist()
    assert narrow.description_bits == plain.description_bits
    monkeypatch.undo()
    whole = Search(HeldText(codes, starts, 4), settings).run()
    assert whole.description_bits == plain.description_bits
