"""What must hold for every lexicon, every text and every model, tried by hypothesis."""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

import hvm
from hvm import HVM
from hvm.errors import InputError
from hvm.kernels.learn.gain import frame_gains, pair_gains, triple_gains
from hvm.kernels.lexicon.count import count_pairs, merge_pairs
from hvm.learn.model import Model
from hvm.lexicon import measures
from hvm.lexicon.counts import count_fillers, count_units
from hvm.lexicon.lexicon import ATOM, CHUNK, VARIABLE, Definition, Lexicon
from hvm.lexicon.likelihood import best_parse_bits
from hvm.lexicon.measures import data_bits, lexicon_bits
from hvm.lexicon.parsing import METHODS, parse
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.convert import as_symbols
from naive import lexicon as naive

ONE_SEQUENCE = np.zeros(1, np.int64)


# -- lexicons and texts -------------------------------------------------------------------


@st.composite
def lexicons(draw, max_atoms=3, max_entries=7):
    """A small lexicon of any shape that is allowed, with small counts."""
    n_atoms = draw(st.integers(1, max_atoms))
    kinds, patterns, definitions = [ATOM] * n_atoms, [(atom,) for atom in range(n_atoms)], []
    for is_variable in draw(st.lists(st.booleans(), max_size=max_entries)):
        units = [entry for entry, kind in enumerate(kinds) if kind != VARIABLE]
        if is_variable and len(units) > 1:
            members = st.lists(st.sampled_from(units), min_size=2, max_size=3, unique=True)
            definition, pattern = Definition(VARIABLE, tuple(draw(members))), (len(kinds),)
        else:
            entries = st.sampled_from(range(len(kinds)))
            parts = tuple(draw(st.lists(entries, min_size=2, max_size=3)))
            definition = Definition(CHUNK, parts)
            pattern = tuple(x for part in parts for x in patterns[part])
            if pattern in patterns or len(pattern) > 12:
                continue
        definitions.append(definition)
        patterns.append(pattern)
        kinds.append(definition.kind)
    lexicon = Lexicon.from_definitions(n_atoms, definitions)
    seed = draw(st.integers(0, 999))
    rng, highest = np.random.default_rng(seed), draw(st.sampled_from([1, 2, 9]))
    in_variable = np.repeat(lexicon.kinds == VARIABLE, np.diff(lexicon.offsets))
    return lexicon.with_counts(
        rng.integers(highest, size=len(lexicon)) * (lexicon.kinds != VARIABLE),
        rng.integers(highest, size=len(lexicon.parts)) * in_variable,
    )


@st.composite
def lexicons_and_texts(draw, min_code=-1, max_symbols=30):
    """A lexicon, codes, and starts with empty sequences among them."""
    lexicon = draw(lexicons())
    symbols = st.integers(min_code, lexicon.n_atoms - 1)
    sequences = draw(st.lists(st.lists(symbols, max_size=max_symbols), min_size=1, max_size=4))
    starts = np.cumsum([0, *(len(sequence) for sequence in sequences[:-1])])
    return lexicon, np.array(list(itertools.chain(*sequences)), np.int32), starts


def spelled(lexicon, cut):
    """Codes that a parse spells; every slot must be where the pattern wants it, in order."""
    slots = zip(
        cut.slot_units.tolist(),
        cut.slot_variables.tolist(),
        cut.slot_fillers.tolist(),
        cut.slot_parts.tolist(),
        cut.slot_starts.tolist(),
        cut.slot_ends.tolist(),
        cut.slot_depths.tolist(),
    )
    codes = []

    def spell(entry, index, depth):
        for label in lexicon.pattern(entry):
            if label < lexicon.n_atoms:
                codes.append(label)
                continue
            unit, variable, filler, place, start, end, slot_depth = next(slots)
            assert (unit, variable, start, slot_depth) == (index, label, len(codes), depth)
            assert lexicon.offsets[variable] <= place < lexicon.offsets[variable + 1]
            assert lexicon.parts[place] == filler
            spell(filler, index, depth + 1)
            assert len(codes) == end

    for index, unit in enumerate(cut.units.tolist()):
        assert cut.unit_starts[index] == len(codes)
        if unit < 0:
            codes.append(-1)
        else:
            assert lexicon.kinds[unit] != VARIABLE
            spell(unit, index, 0)
    assert next(slots, None) is None
    return codes


# -- parses -------------------------------------------------------------------------------


@given(lexicons_and_texts(), st.sampled_from(METHODS))
def test_a_parse_covers_its_input_exactly(given_text, method):
    lexicon, codes, starts = given_text
    cut = parse(lexicon, codes, starts, method)
    assert spelled(lexicon, cut) == codes.tolist()
    assert cut.unit_starts[-1] == len(codes)
    # No unit crosses the end of a sequence.
    assert cut.unit_starts[cut.sequence_starts].tolist() == starts.tolist()
    assert len(cut.sequence_starts) == len(starts)


@given(lexicons_and_texts())
def test_no_parse_is_cheaper_than_viterbi(given_text):
    lexicon, codes, starts = given_text
    cheapest = data_bits(lexicon, parse(lexicon, codes, starts))
    rounding = (1 + len(codes)) * 2.0**-18  # costs are compared in whole quanta
    for method in ("greedy", "descent"):
        bits = data_bits(lexicon, parse(lexicon, codes, starts, method))
        assert cheapest <= bits + rounding


@given(lexicons_and_texts(max_symbols=12), st.data())
def test_counts_of_shards_add(given_text, data):
    lexicon, codes, starts = given_text
    whole = parse(lexicon, codes, starts)
    where = data.draw(st.integers(0, len(starts) - 1))
    middle = int(starts[where])
    first = parse(lexicon, codes[:middle], starts[:where] if where else ONE_SEQUENCE)
    second = parse(lexicon, codes[middle:], starts[where:] - middle)
    for counted in (count_units, count_fillers, pair_counts):
        expected = counted(lexicon, whole)
        assert (counted(lexicon, first) + counted(lexicon, second)).tolist() == expected.tolist()


def pair_counts(lexicon, cut):
    """How often two entries are adjacent units, int64[K * K]."""
    codes, counts = count_pairs(cut.units, cut.sequence_starts, 1)
    places = (codes >> 32) * len(lexicon) + (codes & 0xFFFFFFFF)
    return np.bincount(places, counts, len(lexicon) ** 2).astype(np.int64)


# -- bits are probabilities ---------------------------------------------------------------


def exact_bits(lexicon, codes):
    """-log2 of the sum over all parses, the last unit's overhang left open."""
    return -naive.forward_log2(lexicon.entries, -lexicon.unit_bits, -lexicon.filler_bits, codes)


def best_bits(lexicon, codes):
    return data_bits(lexicon, parse(lexicon, np.array(codes, np.int32), ONE_SEQUENCE))


@settings(max_examples=25)
@given(lexicons(max_entries=5))
def test_the_best_parse_never_beats_the_exact_bits(lexicon):
    assume(max(len(pattern) for pattern in lexicon.patterns) <= 8)
    for length in (1, 2, 4):
        for codes in itertools.islice(itertools.product(range(lexicon.n_atoms), repeat=length), 30):
            assert best_bits(lexicon, codes) >= exact_bits(lexicon, codes) - 1e-6


@settings(max_examples=25)
@given(lexicons(max_entries=6))
def test_the_best_parses_of_all_strings_share_one_probability(lexicon):
    # The escape stands for one more symbol, so -1 is one of the strings' symbols.
    for length in (1, 2, 3):
        symbols = range(-1, lexicon.n_atoms)
        every = itertools.product(symbols, repeat=length)
        assert math.fsum(2.0 ** -best_bits(lexicon, codes) for codes in every) <= 1 + 1e-9


@given(st.text("ab", min_size=1, max_size=30), st.text("abcé\U0001f600", min_size=1, max_size=20))
def test_unknown_symbols_pay_the_escape_and_their_code_space(training, text):
    lexicon = Lexicon.of_atoms(2).with_counts(
        np.array([training.count("a"), training.count("b")]), np.zeros(0, np.int64)
    )
    alphabet = Alphabet("char", ("a", "b"))
    bits = best_parse_bits(lexicon, alphabet, as_symbols(text, alphabet=alphabet))
    total = len(training) + 0.1 * 3
    expected = math.fsum(
        math.log2(total / (training.count(x) + 0.1))
        if x in "ab"
        else math.log2(total / 0.1) + math.log2(1_112_064)
        for x in text
    )
    assert bits == pytest.approx(expected)


# -- gains agree with a recount -----------------------------------------------------------


def recounted_bits(lexicon, units, fillers=()):
    """Lexicon bits with the counts of ``units``, and the bits of units and fillers by counts."""
    counts = Counter(units)
    unit_counts = np.array([counts[entry] for entry in range(len(lexicon))])
    coded = naive.coded_bits(unit_counts.tolist(), len(units))
    coded += naive.coded_bits(list(fillers), sum(fillers))
    return lexicon_bits(lexicon.with_counts(unit_counts, lexicon.filler_counts * 0)) + coded


@given(lexicons_and_texts(min_code=0))
def test_pair_gains_agree_with_a_recount(given_text):
    lexicon, codes, starts = given_text
    cut = parse(lexicon, codes, starts)
    units, unit_counts = cut.units, np.bincount(cut.units, minlength=len(lexicon))
    pairs, joints = count_pairs(units, cut.sequence_starts, 1)
    sides = (pairs >> 32, pairs & 0xFFFFFFFF)
    given_counts = (unit_counts, lexicon.n_atoms, len(lexicon.variables))
    gains, _ = pair_gains(*sides, joints, *given_counts)
    before = recounted_bits(lexicon, units.tolist())
    for left, right, pair, joint, gain in zip(*sides, pairs, joints, gains):
        extended = lexicon.extend([Definition(CHUNK, (int(left), int(right)))])
        whole = np.array([len(lexicon)], np.int32)
        merged, _ = merge_pairs(units, cut.sequence_starts, np.array([pair]), whole)
        assert merged.tolist().count(len(lexicon)) == joint
        after = recounted_bits(extended, merged.tolist())
        assert gain == pytest.approx(before - after, abs=1e-6)


@st.composite
def apart(draw):
    """A lexicon whose newest entry is a variable, and units: frames (l, f, r) apart, and others."""
    lexicon = draw(lexicons())
    units = np.flatnonzero(lexicon.kinds != VARIABLE).tolist()
    assume(len(units) > 1)
    fillers = draw(st.lists(st.sampled_from(units), min_size=2, max_size=4, unique=True))
    left, right = draw(st.sampled_from(units)), draw(st.sampled_from(units))
    counts = [draw(st.integers(1, 9)) for _ in fillers]
    others = draw(st.lists(st.sampled_from(units), max_size=30))
    return lexicon.extend([Definition(VARIABLE, tuple(fillers))]), left, right, counts, others


@given(apart())
def test_frame_gains_agree_with_a_recount(given_frames):
    lexicon, left, right, counts, others = given_frames
    variable = len(lexicon) - 1
    rows = sorted(zip(lexicon.parts_of(variable).tolist(), counts))
    frames = [unit for filler, n in rows for unit in (left, filler, right) * n]
    unit_counts = np.bincount(frames + others, minlength=len(lexicon))
    given_counts = (unit_counts, lexicon.n_atoms, len(lexicon.variables), 1)
    n_rows = len(rows)
    middles, joints = np.array(rows).T
    bounds, gains, kept = frame_gains(
        np.full(n_rows, left), middles, np.full(n_rows, right), joints, *given_counts
    )
    assume(kept.all())
    assert bounds.tolist() == [[0, n_rows]]
    extended = lexicon.extend([Definition(CHUNK, (left, variable, right))])
    before = recounted_bits(lexicon, frames + others)
    after = recounted_bits(extended, [len(lexicon)] * sum(counts) + others, counts)
    assert gains[0] == pytest.approx(before - after, abs=1e-6)


@given(apart())
def test_triple_gains_agree_with_a_recount(given_frames):
    lexicon, left, right, counts, others = given_frames
    middle, n = int(lexicon.parts_of(len(lexicon) - 1)[0]), counts[0]
    assume(len({left, middle, right}) > 1)
    given_counts = (
        np.bincount([left, middle, right] * n + others, minlength=len(lexicon)),
        lexicon.n_atoms,
        len(lexicon.variables),
    )
    row = [np.array([x]) for x in (left, middle, right, n)]
    extended = lexicon.extend([Definition(CHUNK, (left, middle, right))])
    before = recounted_bits(lexicon, [left, middle, right] * n + others)
    after = recounted_bits(extended, [len(lexicon)] * n + others)
    assert triple_gains(*row, *given_counts)[0] == pytest.approx(before - after, abs=1e-6)


# -- fitted models ------------------------------------------------------------------------


@st.composite
def texts(draw):
    """Several strings, by chance or of sentences with slots, empty ones among them."""
    chance = draw(st.lists(st.text("abcd", max_size=40), max_size=3))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    words = ["".join(rng.choice([*"abcdefgh"], size=rng.integers(1, 4))) for _ in range(12)]
    slots = words[:4], words[4:8]
    sentences = [
        "".join([words[8], rng.choice(slots[0]), words[9], rng.choice(slots[k % 2]), words[10]])
        for k in rng.integers(2, size=draw(st.integers(1, 80)))
    ]
    where = draw(st.integers(0, len(sentences)))
    return [*chance, "".join(sentences[:where]), *sentences[where:]]


def slots_filled(lexicon):
    """How often each variable is filled, from the counts of what holds it; and symbols spelled."""
    filled, n_symbols = Counter(), 0
    held = [(int(lexicon.unit_counts[e]), e) for e in range(len(lexicon))]
    for variable in lexicon.variables:
        fillers = zip(lexicon.filler_counts_of(variable), lexicon.parts_of(variable))
        held += [(int(n), int(member)) for n, member in fillers]
    for n, entry in held:
        for label in lexicon.pattern(entry) if lexicon.kinds[entry] != VARIABLE else ():
            if label < lexicon.n_atoms:
                n_symbols += n
            else:
                filled[label] += n
    return filled, n_symbols


@settings(max_examples=60)
@given(texts(), st.booleans())
def test_a_fitted_model_is_whole(text, variables):
    model = HVM(variables=variables, restarts=1).fit(text)
    lexicon, n = model.lexicon_, model.n_symbols_
    lexicon.validate()
    event(f"{len(lexicon.variables)} variables")
    assert variables or not len(lexicon.variables)
    assert n == sum(map(len, text))
    # What the lexicon's code leaves out must follow from what it holds.
    filled, n_symbols = slots_filled(lexicon)
    assert n_symbols == n
    assert [filled[v] for v in lexicon.variables] == [
        int(lexicon.filler_counts_of(v).sum()) for v in lexicon.variables
    ]
    assert all(filled[v] > 0 for v in lexicon.variables)
    assert model.lexicon_bits_ == lexicon_bits(lexicon, model.alphabet_.definition_bits())
    assert model.bits_per_symbol_ == (model.lexicon_bits_ + model.data_bits_) / n
    assert model.bits_per_symbol(text, best_parse=True) * n <= model.data_bits_ + 1e-6


@settings(max_examples=60)
@given(texts())
def test_learning_never_costs_bits(text):
    model = HVM(restarts=1).fit(text)
    chunks = HVM(restarts=1, variables=False).fit(text)
    bits = [m.lexicon_bits_ + m.data_bits_ for m in (model, chunks)]
    assert bits[0] <= bits[1] + 1e-6
    first = model.history_.iloc[0]
    assert bits[1] <= first.lexicon_bits + first.data_bits + 1e-6


@settings(max_examples=20)
@given(texts(), st.text("abcdé", max_size=40), st.sampled_from(["default", "paper"]))
def test_a_loaded_model_is_the_saved_one(tmp_path_factory, text, other, preset):
    folder = tmp_path_factory.mktemp("models")
    model = HVM(restarts=1, seed=3) if preset == "default" else HVM.paper(iterations=4)
    model.fit(text).save(folder / "one.hvm")
    again = Model.load(folder / "one.hvm")
    again.save(folder / "two.hvm")
    assert (folder / "one.hvm").read_bytes() == (folder / "two.hvm").read_bytes()
    assert repr(again) == repr(model)
    assert again.get_params() == model.get_params()
    assert again.bits_per_symbol(text) == model.bits_per_symbol(text)
    if other:
        assert again.bits_per_symbol(other) == model.bits_per_symbol(other)
    for method in METHODS:
        one, two = model.parse(other, method), again.parse(other, method)
        assert one.units.tolist() == two.units.tolist()
        assert one.slot_parts.tolist() == two.slot_parts.tolist()
    for name in ("n_symbols_", "n_iterations_", "lexicon_bits_", "data_bits_", "bits_per_symbol_"):
        assert getattr(again, name) == getattr(model, name)


def fingerprint(model, path):
    model.save(path)
    lexicon = model.lexicon_
    arrays = [lexicon.kinds, lexicon.offsets, lexicon.parts, lexicon.unit_counts]
    arrays.append(lexicon.filler_counts)
    digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
    return Path(path).read_bytes(), digest, model.get_params()


@settings(max_examples=10)
@given(texts(), st.text("abcdé", min_size=1, max_size=60), st.booleans())
def test_only_fit_writes(tmp_path_factory, text, other, paper):
    path = tmp_path_factory.mktemp("models") / "model.hvm"
    model = HVM.paper(iterations=5) if paper else HVM(restarts=1)
    model.fit(text)
    before = fingerprint(model, path)
    uses = [
        lambda: model.bits_per_symbol(other),
        lambda: model.bits_per_symbol(text),
        lambda: [model.parse(other, method) for method in METHODS],
        lambda: model.graph_.add_node("mine"),
        lambda: model.history_.insert(0, "mine", 0.0),
        lambda: repr(model),
        lambda: model.get_params().clear(),
        lambda: measures.published_measures(model.lexicon_, model.parse(text), len(other)),
    ]
    for use in uses:
        use()
        assert fingerprint(model, path) == before


FIT_AND_HASH = """
import hashlib, sys
from hvm import HVM
noise = "the dog sees a cat . a bird sees the cat . the cat hears a bird . " * 8
texts = [noise + "and so on", "a dog hears the bird . " * 5]
models = {
    "characters": HVM(restarts=2).fit(texts),
    "words": HVM(restarts=3, seed=5).fit([text.split() for text in texts]),
    "chunks": HVM(variables=False, restarts=1).fit(texts),
    "batches": HVM(batch=0.2, pair_count_min=3).fit(texts),
    "paper": HVM.paper().fit(texts),
}
for name, model in models.items():
    model.save(sys.argv[1])
    print(name, hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())
"""


def test_the_same_bytes_from_every_process(tmp_path):
    """Whatever PYTHONHASHSEED says; and in one process again and again."""
    printed = []
    for number, hash_seed in enumerate(["0", "4242"]):
        finished = subprocess.run(
            [sys.executable, "-c", FIT_AND_HASH, str(tmp_path / f"{number}.hvm")],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(hvm.__file__).parents[1],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        )
        printed.append(finished.stdout)
    assert printed[0] == printed[1]
    hashes = dict(line.split() for line in printed[0].splitlines())
    assert len(set(hashes.values())) == len(hashes) == 5


@settings(max_examples=10)
@given(texts())
def test_fitting_again_gives_the_same_bytes(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("models")
    model = HVM(restarts=2)
    for name in ("one", "two"):
        model.fit(text).save(folder / name)
    HVM(restarts=2).fit(text).save(folder / "three")
    contents = {(folder / name).read_bytes() for name in ("one", "two", "three")}
    assert len(contents) == 1


@given(st.lists(st.one_of(st.none(), st.floats(), st.dictionaries(st.text(), st.text()))))
def test_what_is_no_symbols_is_refused_in_one_line(data):
    with pytest.raises(InputError) as caught:
        HVM(restarts=1).fit(data)
    assert "\n" not in str(caught.value)
