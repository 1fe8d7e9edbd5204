"""What foretells symbols after a fit: experts or the lexicon alone, and both in a model file."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest

from hvm import HVM, as_symbols
from hvm.errors import InputError, ModelFileError
from hvm.learn.experts_file import FittedState, code_bytes, expert_arrays, experts_state
from hvm.learn.fitted_experts import word_cuts
from hvm.learn.model import Model
from hvm.learn.model_file import fields_bytes, read_fields, write_fields
from hvm.lexicon.likelihood import exact_bits
from hvm.predict.adapting import adapting_bits
from hvm.predict.experts import Experts

TEXT = "a dog ran\na cat ran\n\na dog sat\na cat sat\nthe cow ran\n" * 12


@pytest.fixture(scope="module", params=["word", "char", "byte", "int"])
def fitted(request):
    data = {
        "word": as_symbols(TEXT, "word", "line"),
        "char": as_symbols(TEXT, "char", "line"),
        "byte": as_symbols(TEXT.encode(), "byte"),
        "int": as_symbols([ord(character) for character in TEXT]),
    }[request.param]
    return HVM(restarts=1).fit(data), data


def test_chances_of_all_that_can_come_next_sum_to_one(fitted):
    model, _ = fitted
    n_symbols = len(model.alphabet_)
    rng = np.random.default_rng(1)
    for length in (0, 1, 4, 9):
        begin = rng.integers(-1, n_symbols, length)
        tails = np.arange(-1, n_symbols)
        codes = np.concatenate([[*begin, tail] for tail in tails]).astype(np.int32)
        starts = np.arange(len(tails)) * (length + 1)
        bits = model.experts_.escaped_bits(codes, starts)[length :: length + 1]
        assert np.exp2(-bits).sum() == pytest.approx(1.0, abs=1e-12)


def test_a_file_gives_the_same_model_back(fitted, tmp_path):
    model, data = fitted
    model.save(tmp_path / "model.hvm")
    loaded = Model.load(tmp_path / "model.hvm")
    assert repr(loaded) == repr(model)
    assert loaded.file_bytes() == model.file_bytes()  # before it was asked for anything
    assert loaded.surprisal(data).tolist() == model.surprisal(data).tolist()
    assert loaded.file_bytes() == model.file_bytes()


def test_bits_do_not_depend_on_company_or_order():
    model = HVM(restarts=1).fit(as_symbols(TEXT, "word", "line"))
    lines = ["a dog sat", "zebra", "the cat ran ran", "a"]
    alone = [model.surprisal(as_symbols(line, "word", "line")).sum() for line in lines]
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        together = as_symbols("\n".join(lines[at] for at in order), "word", "line")
        bits = np.split(model.surprisal(together), together.starts[1:])
        assert [part.sum() for part in bits] == [alone[at] for at in order]


@pytest.mark.parametrize("variables", [True, False])
def test_unigram_is_the_lexicon_alone(variables):
    symbols = as_symbols(TEXT, "word", "line")
    model = HVM(variables=variables, context="unigram").fit(symbols)
    assert np.array_equal(
        model.surprisal(symbols), exact_bits(model.lexicon_, symbols.alphabet, symbols)
    )
    with pytest.raises(AttributeError, match="context experts"):
        _ = model.experts_
    header = json.loads(model.file_bytes()[8:].split(b"}}")[0] + b"}}")
    assert "context" not in json.loads(header["__metadata__"]["params"])
    assert header["__metadata__"]["format_version"] == "1"


def test_what_adapts_learns_from_what_it_reads_and_nothing_stays():
    model = HVM(restarts=1).fit(as_symbols(TEXT, "word", "line"))
    frozen, before = model.bits_per_symbol("a cow sat\na cow sat"), model.file_bytes()
    news = as_symbols("cow cow cow ran cow cow cow ran\n" * 30, "word", "line")
    bits = model.surprisal(news, adapt=True)
    assert bits[-8:].sum() < bits[:8].sum() / 3 < model.surprisal(news)[:8].sum()
    assert model.surprisal(news, adapt=True).tolist() == bits.tolist()
    assert model.bits_per_symbol(news, adapt=True) == bits.mean() < -model.score(news)
    with pytest.raises(InputError, match="the best parse is of a model that does not adapt"):
        model.bits_per_symbol(news, best_parse=True, adapt=True)
    assert (model.file_bytes(), model.bits_per_symbol("a cow sat\na cow sat")) == (before, frozen)


def test_chances_of_a_model_that_adapts_sum_to_one():
    model = HVM(restarts=1).fit(as_symbols(TEXT, "word", "line"))
    begin = "a cow ran\nthe dog zebra"
    words = ["unheard", *model.alphabet_.symbols]
    total = 0.0
    for word in words:
        symbols = as_symbols(f"{begin} {word}", "word", "line", model.alphabet_)
        total += 2.0 ** -adapting_bits(model.experts_, model._predictor._contexts, symbols)[-1]
    assert total == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("model", [HVM(context="unigram", restarts=1), HVM.paper()], ids=repr)
def test_a_model_without_experts_cannot_adapt(model):
    with pytest.raises(InputError, match="can adapt"):
        model.fit(TEXT).surprisal("a dog", adapt=True)


def test_the_lexicon_does_not_depend_on_the_context():
    symbols = as_symbols(TEXT, "word", "line")
    models = [HVM(context=context).fit(symbols) for context in ("experts", "unigram")]
    first, second = (model.lexicon_ for model in models)
    assert first.parts.tolist() == second.parts.tolist()
    assert first.unit_counts.tolist() == second.unit_counts.tolist()


def test_without_variables_experts_have_none():
    model = HVM(variables=False, restarts=1).fit(as_symbols(TEXT, "word", "line"))
    assert len(model.experts_.variables_) == 0


def test_what_is_observed_takes_the_place_of_experts():
    model = HVM(restarts=1).fit(TEXT)
    before = model.bits_per_symbol("a dog ran")
    model.observe("a dog ran")
    with pytest.raises(AttributeError):
        _ = model.experts_
    assert model.bits_per_symbol("a dog ran") != before
    assert model.fit(TEXT).bits_per_symbol("a dog ran") == before


def test_an_observed_model_is_kept_as_the_lexicon_alone(tmp_path):
    HVM().observe("abcabc").save(tmp_path / "model.hvm")
    assert Model.load(tmp_path / "model.hvm").get_params()["context"] == "unigram"


def test_a_context_that_is_none_is_refused():
    with pytest.raises(InputError, match="context must be"):
        HVM(context="bigram").fit("ab" * 20)


# -- words --------------------------------------------------------------------------------


LINES = "thedogran\nthecatran\nthedogsat\nacatsat\nadogran\nthecowsat\nacowran\n" * 8


def test_lines_without_spaces_are_cut_into_words(tmp_path):
    model = HVM(restarts=1).fit(as_symbols(LINES, sequences="line"))
    model.save(tmp_path / "model.hvm")
    new = as_symbols("thecowran\nacatran", sequences="line")
    cuts = model.segment(new)
    words = [new.text(*span) for span in pairwise([*np.flatnonzero(cuts), len(new)])]
    assert words == ["the", "cow", "ran", "a", "cat", "ran"]
    loaded = Model.load(tmp_path / "model.hvm")
    assert loaded.segment(new).tolist() == cuts.tolist()
    assert loaded.file_bytes() == model.file_bytes()


@pytest.mark.parametrize("how", [{"sequences": "file"}, {"sequences": "line", "unit": "word"}])
def test_other_text_is_cut_by_the_best_parse(how):
    symbols = as_symbols(LINES, **how)
    model = HVM(restarts=1).fit(symbols)
    assert np.flatnonzero(model.segment(symbols)).tolist() == (
        model.parse(symbols).unit_starts[:-1].tolist()
    )


def test_a_long_text_is_cut_by_fewer_passes(monkeypatch):
    passes = []
    monkeypatch.setattr(
        "hvm.learn.words.WordFinder.fit", lambda finder, _: passes.append(finder) or finder
    )
    monkeypatch.setattr("hvm.learn.words.WordFinder.cuts_", None, raising=False)
    for size in (1_000, 400_000, 10_000_000):
        word_cuts(range(size), 0)
    assert [(finder.starts, finder.sweeps) for finder in passes] == [(40, 60), (10, 15), (2, 2)]


# -- damaged files ------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.hvm"
    HVM(restarts=1).fit(as_symbols(TEXT, "word", "line")).save(path)
    return path


def test_codes_take_as_few_bytes_as_the_alphabet_allows():
    assert [code_bytes(n) for n in (1, 256, 257, 65536, 65537)] == [1, 1, 2, 2, 4]


@pytest.mark.parametrize("n_symbols", [200, 300, 70_000])
def test_codes_of_every_width_come_back(n_symbols):
    symbols = as_symbols(np.arange(n_symbols))
    state = FittedState(Experts(variables=False).fit(symbols).state_, None)
    arrays = expert_arrays(state)
    stored = arrays["training_codes"].view(f"<u{code_bytes(n_symbols)}")
    assert stored.tolist() == symbols.codes.tolist()


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("training_codes", lambda codes: codes + 200, "outside the alphabet"),
        ("training_codes", lambda codes: codes[:0], "outside the alphabet"),
        ("training_starts", lambda starts: starts[::-1].copy(), "begin in order"),
        ("training_starts", lambda starts: starts + 1, "begin in order"),
        ("training_starts", lambda starts: starts[:0], "begin in order"),
        ("expert_variables", lambda grains: grains - 1, "out of range"),
        ("expert_variables", lambda grains: grains[:-1], "another alphabet"),
        ("expert_variables", lambda grains: np.append(0 * grains, grains), "not nested"),
        ("longest_chain", lambda items: items + 20, "no fit makes"),
        ("longest_chain", lambda items: items[:0], "no fit makes"),
        ("word_starts", lambda _: np.array([0, 5, 5]), "begin in order"),
        ("word_starts", lambda _: np.array([0, 10**6]), "begin in order"),
        ("word_starts", lambda _: np.array([0, 1]), "to the next"),
        ("expert_numbers", lambda numbers: numbers[:-1], "other experts"),
        ("expert_numbers", lambda numbers: numbers * np.nan, "no numbers"),
    ],
)
def test_experts_that_no_fit_leaves_are_refused(saved, name, change, message):
    state = read_fields(saved).experts
    arrays = {each: np.array(array) for each, array in expert_arrays(state).items()}
    arrays[name] = change(arrays[name])
    with pytest.raises(ModelFileError, match=message):
        experts_state(arrays, state.experts.training.alphabet, "line")


def test_a_context_and_no_experts_is_refused(saved):
    fields = read_fields(saved)._replace(experts=None)
    write_fields(saved, fields)
    with pytest.raises(ModelFileError, match="without experts"):
        Model.load(saved)


def test_a_published_model_has_no_experts(saved):
    fields = read_fields(saved)
    paper = HVM.paper().fit(as_symbols(TEXT, "word", "line"))
    saved.write_bytes(fields_bytes(paper._fields()._replace(experts=fields.experts)))
    with pytest.raises(ModelFileError, match="has no experts"):
        Model.load(saved)
