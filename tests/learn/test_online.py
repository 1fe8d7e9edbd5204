from __future__ import annotations

import itertools

import numpy as np
import pytest

from hvm import HVM
from hvm.errors import InputError
from hvm.kernels.learn import tally as kernels
from hvm.learn.chunks import critical_chi_square
from hvm.learn.online import OnlineMemory
from hvm.learn.settings import OnlineSettings
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.likelihood import exact_bits
from hvm.symbols.convert import as_symbols
from hvm.worlds.recall_task import recall_sequences
from naive.online import Online

NO_STARTS = np.zeros(1, np.int64)
VARIANTS = [
    OnlineSettings(),
    OnlineSettings(variables=False),
    OnlineSettings(context_strength=np.inf, theta=0.99),
    OnlineSettings(chunk_min=2, frame_min=2, fillers_min=2, theta=0.98, context_strength=3),
    OnlineSettings(chunk_min=1, frame_min=1, fillers_min=2, theta=1.0, p_value=0.9, smoothing=1.0),
]


def sequences_of(kind, n_trials=40):
    rng = np.random.default_rng(1)
    if kind == "random":
        return [rng.integers(0, 3, rng.integers(1, 9)).astype(np.int32) for _ in range(n_trials)]
    if kind == "frames":
        frames, fillers = ([0, 1], [4, 0], [2]), ([3], [2, 2], [1, 3], [4])
        picked = rng.integers(0, (3, 4, 3), (n_trials, 3))
        return [
            np.array([*frames[a], *fillers[f], *frames[b]], np.int32) for a, f, b in picked.tolist()
        ]
    shown = recall_sequences(kind, seed=3).sequences[:n_trials].astype(np.int32) - 1
    return list(shown)


@pytest.mark.parametrize("settings", VARIANTS, ids=range(len(VARIANTS)))
@pytest.mark.parametrize("kind", ["random", "frames", "control", "variable"])
def test_agrees_with_the_twin(kind, settings):
    memory = OnlineMemory.of(Lexicon.of_atoms(6, settings.smoothing))
    twin = Online(6, settings, critical_chi_square(settings.p_value))
    for codes in sequences_of(kind):
        bits = memory.bits(codes, NO_STARTS, settings)
        assert bits == pytest.approx(twin.surprisal(codes.tolist()), abs=1e-6)
        memory.observe(codes, settings)
        twin.observe(codes.tolist())
        assert len(memory.lexicon.variables) == len(twin.variables)
    counts = memory.unit_counts / memory.one
    learned = {p: c for p, c, u in zip(memory.patterns, counts, memory.is_unit) if u}
    assert learned == pytest.approx(twin.units)


def test_agrees_with_the_twin_where_symbols_are_unknown():
    settings = VARIANTS[3]
    memory, twin = (
        OnlineMemory.of(Lexicon.of_atoms(5)),
        Online(5, settings, critical_chi_square(0.05)),
    )
    rng = np.random.default_rng(0)
    for codes in sequences_of("frames", 30):
        codes[rng.integers(len(codes))] = -1
        bits = memory.bits(codes, NO_STARTS, settings)
        assert bits == pytest.approx(twin.surprisal(codes.tolist()), abs=1e-6)
        memory.observe(codes, settings)
        twin.observe(codes.tolist())


@pytest.mark.parametrize("settings", VARIANTS, ids=range(len(VARIANTS)))
def test_continuations_share_all_probability(settings):
    memory = OnlineMemory.of(Lexicon.of_atoms(5, settings.smoothing))
    for codes in sequences_of("frames"):
        memory.observe(codes, settings)
    for length in (1, 3):
        total = 0.0
        for codes in itertools.product(range(-1, 5), repeat=length):
            bits = memory.bits(np.array(codes, np.int32), NO_STARTS, settings)
            total += 2.0 ** -bits.sum()
        assert total == pytest.approx(1.0)


def test_sequences_side_by_side_cost_what_they_cost_alone():
    settings, sequences = VARIANTS[3], sequences_of("frames")
    memory = OnlineMemory.of(Lexicon.of_atoms(5))
    for codes in sequences:
        memory.observe(codes, settings)
    sequences.insert(3, np.zeros(0, np.int32))
    starts = np.cumsum([0, *(len(codes) for codes in sequences[:-1])])
    together = memory.bits(np.concatenate(sequences), starts, settings)
    alone = [memory.bits(codes, NO_STARTS, settings) for codes in sequences]
    assert together == pytest.approx(np.concatenate(alone))


def test_without_context_bits_are_those_of_the_lexicon():
    settings = OnlineSettings(
        theta=1.0, context_strength=np.inf, chunk_min=2, frame_min=2, fillers_min=2
    )
    memory = OnlineMemory.of(Lexicon.of_atoms(5))
    for codes in sequences_of("frames"):
        memory.observe(codes, settings)
    symbols = as_symbols([codes.tolist() for codes in sequences_of("frames")])
    expected = exact_bits(memory.whole_counts(), symbols.alphabet, symbols)
    assert len(memory.lexicon.variables)
    assert memory.bits(symbols.codes, symbols.starts, settings) == pytest.approx(expected)


def test_long_sequences_do_not_vanish():
    settings = OnlineSettings()
    memory = OnlineMemory.of(Lexicon.of_atoms(4))
    codes = np.random.default_rng(0).integers(0, 4, 3000).astype(np.int32)
    assert memory.bits(codes, NO_STARTS, settings).sum() == pytest.approx(3000 * np.log2(5))
    memory.observe(codes, settings)
    bits = memory.bits(codes, NO_STARTS, settings)
    assert np.isfinite(bits).all() and 1 < bits.mean() < 4


def test_counts_are_forgotten_by_theta():
    settings = OnlineSettings(theta=0.5, context_strength=np.inf)
    memory = OnlineMemory.of(Lexicon.of_atoms(2))
    memory.observe(np.array([0, 1, 1], np.int32), settings)
    # 0 was counted three units ago, 1 two and one: .125, .25 + .5.
    assert memory.unit_counts / memory.one == pytest.approx([0.125, 0.75])
    expected = -np.log2((0.125 + 0.1) / (0.875 + 3 * 0.1))
    bits = memory.bits(np.array([0], np.int32), NO_STARTS, settings)
    assert bits.tolist() == pytest.approx([expected])


def test_telling_counts_anew_changes_nothing(monkeypatch):
    settings, told = VARIANTS[3], []
    for highest in (2.0**40, 1.5):
        monkeypatch.setattr("hvm.learn.online.HIGHEST_ONE", highest)
        memory = OnlineMemory.of(Lexicon.of_atoms(5))
        for codes in sequences_of("frames"):
            memory.observe(codes, settings)
        told.append(memory.bits(sequences_of("frames")[0], NO_STARTS, settings))
        assert (memory.one < 1.6) == (highest == 1.5)
    assert told[0] == pytest.approx(told[1])


def test_no_sequence_is_too_long_to_be_forgotten():
    codes = np.tile(np.array([0, 1, 1], np.int32), 20_000)
    for theta in (0.1, 0.9, 0.996):
        settings = OnlineSettings(theta=theta)
        memory = OnlineMemory.of(Lexicon.of_atoms(2))
        memory.observe(codes, settings)
        assert np.isfinite(memory.one)
        assert memory.unit_counts.sum() / memory.one == pytest.approx(theta / (1 - theta))
        assert np.isfinite(memory.bits(codes[:9], NO_STARTS, settings)).all()


def test_tallies_hold_what_was_added():
    rng = np.random.default_rng(2)
    tally, expected = kernels.make_tally(4), {}
    for key in rng.integers(0, 300, 2000).tolist():
        tally = kernels.with_capacity(tally, 1, 0.0)
        kernels.add_count(tally, key, 0.5)
        expected[key] = expected.get(key, 0.0) + 0.5
    assert all(kernels.count_of(tally, key) == count for key, count in expected.items())
    assert kernels.count_of(tally, 301) == 0.0
    assert kernels.n_keys(tally) == len(expected)


# -- the model --------------------------------------------------------------------------------


def state_of(model):
    memory = model._memory
    tallies = [(*tally.table, tally.keys, tally.counts) for tally in (memory.pairs, memory.triples)]
    arrays = (memory.unit_counts, memory.filler_counts, *tallies[0], *tallies[1])
    return [array.tobytes() for array in arrays], list(memory.patterns), memory.one


def test_asking_changes_nothing():
    model = HVM(chunk_min=2).begin("abcd")
    for _ in range(9):
        model.observe("abcadbca")
    before = state_of(model)
    model.surprisal("abcdxyz")
    model.recall("ab", 9, 0)
    model.bits_per_symbol("abc")
    model.parse("abca")
    assert state_of(model) == before


def test_what_was_seen_again_and_again_is_cheap():
    for variables in (True, False):
        model = HVM(variables=variables).begin("123456")
        first = model.surprisal("236461244562").sum()
        for _ in range(39):
            model.observe("236461244562")
        assert first == pytest.approx(12 * np.log2(7))
        assert model.surprisal("236461244562").sum() <= 6


def test_variables_are_learned_where_fillers_change():
    model = HVM(chunk_min=2, frame_min=4, fillers_min=2).begin("abcdxyz")
    rng = np.random.default_rng(0)
    for _ in range(60):
        model.observe(f"ab{rng.choice(list('xyz'))}cd")
    (variable, *_) = model.lexicon_.variables
    fillers = {model.alphabet_.text([part]) for part in model.lexicon_.parts_of(variable)}
    assert fillers == {"x", "y", "z"}
    assert len(HVM(variables=False).begin("ab").observe(["ab"] * 50).lexicon_.variables) == 0


def test_observing_goes_on_from_a_fit():
    text = ["the dog barks", "the cat sleeps"] * 20
    model = HVM().fit(text)
    counts = model.lexicon_.unit_counts.sum()
    model.observe("the dog sleeps")
    assert model.n_symbols_ == sum(map(len, text)) + 14
    assert 0.7 * counts < model.lexicon_.unit_counts.sum() < counts + 14
    assert not hasattr(model, "history_") and not hasattr(model, "data_bits_")
    model.fit(text)
    assert model.lexicon_.unit_counts.sum() == counts


def test_new_symbols_widen_the_alphabet():
    model = HVM(chunk_min=2).begin("bd")
    for _ in range(9):
        model.observe("bdbd")
    cost = model.surprisal("bdbd").sum()
    assert model.surprisal("a").sum() > 20  # the escape and the code space of a character
    model.observe("cab")
    assert model.alphabet_.symbols == ("a", "b", "c", "d")
    assert model.surprisal("bdbd").sum() == pytest.approx(cost, abs=2.0)
    assert model.surprisal("a").sum() < 10
    model.lexicon_.validate()


@pytest.mark.parametrize(
    ("data", "cue", "kind"),
    [
        ("abcabc", "ab", str),
        (b"abcabc", b"ab", bytes),
        ([["a", "dog"], ["a", "cat"]], [], list),
        ([3, 1, 4, 1], [3], list),
    ],
)
def test_recall_goes_on_from_the_cue(data, cue, kind):
    model = HVM().observe(data)
    drawn = model.recall(cue, 6, np.random.default_rng(1))
    assert isinstance(drawn, kind) and len(drawn) == 6
    assert list(drawn[: len(cue)]) == list(cue)
    assert drawn == model.recall(cue, 6, np.random.default_rng(1))
    assert set(drawn) <= set(model.alphabet_.symbols)


def test_recall_follows_the_probabilities():
    model = HVM(context_strength=None).begin("ab")
    for _ in range(30):
        model.observe("aab")
    p = 2.0 ** -model.surprisal("aa")[1]
    q = 2.0 ** -model.surprisal("ab")[1]
    drawn = [model.recall("a", 2, seed)[1] for seed in range(400)]
    assert drawn.count("a") / 400 == pytest.approx(p / (p + q), abs=0.08)


def test_recalling_what_is_known_by_heart():
    model = HVM().begin("123456")
    for _ in range(60):
        model.observe("236461244562")
    drawn = [model.recall("236", 12, seed) for seed in range(20)]
    assert drawn.count("236461244562") >= 12


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: HVM().surprisal("a"), "has learned nothing yet"),
        (lambda: HVM().recall("a", 3), "has learned nothing yet"),
        (lambda: HVM().begin("ab").recall("x", 3), "holds 'x'"),
        (lambda: HVM().begin("ab").recall("a", -1), "length must be"),
        (lambda: HVM(theta=0).begin("ab"), "theta must be above 0"),
        (lambda: HVM(theta=1.5).observe("ab"), "theta must be"),
        (lambda: HVM(context_strength=0).observe("ab"), "context_strength must be"),
        (lambda: HVM(fillers_min=1).fit("ab"), "fillers_min must be"),
        (lambda: HVM().begin(""), "nothing to learn"),
    ],
)
def test_wrong_use_is_told(act, message):
    with pytest.raises(InputError, match=message):
        act()


def test_observed_models_are_saved_with_whole_counts(tmp_path):
    model = HVM().begin("abc")
    for _ in range(20):
        model.observe("abcab")
    model.save(tmp_path / "m.hvm")
    loaded = HVM.load(tmp_path / "m.hvm")
    assert (loaded.lexicon_.unit_counts == model.lexicon_.unit_counts).all()
    assert loaded.n_symbols_ == 100 and not hasattr(loaded, "data_bits_")
    assert np.isfinite(loaded.observe("abc").surprisal("abc")).all()


def test_empty_sequences_teach_nothing():
    model = HVM().begin("ab").observe("ab")
    before = state_of(model)
    model.observe("")
    assert state_of(model) == before
    assert len(model.surprisal("")) == 0
