"""Long texts of words by default; here a text is long from a few words on."""

from __future__ import annotations

import numpy as np
import pytest

from hvm import HVM, as_symbols
from hvm.errors import InputError
from hvm.learn import row_fit
from hvm.learn.row_code import RowBits
from hvm.learn.row_lexicon import row_lexicon
from hvm.learn.rows import learn_rows
from hvm.lexicon.lexicon import VARIABLE
from hvm.lexicon.parsing import parse
from hvm.show.summary import code_report

FRAMES = ("where is the {} now ?", "I see the {} there .", "look at the {} !", "a {} ran .")
PETS = ("dog", "cat", "bird", "fish", "horse")
TEXT = "".join(f.format(pet) + "\n" for pet in PETS for f in FRAMES for _ in range(len(pet) + 3))


@pytest.fixture(autouse=True)
def long_from_a_few_words(monkeypatch):
    monkeypatch.setattr(row_fit, "SMALL_SYMBOLS", 100)


def words(text=TEXT):
    return as_symbols(text, "word", "line")


@pytest.fixture
def model():
    return HVM().fit(words())


def texts_of(lexicon, alphabet):
    return {
        " ".join("_" if part >= lexicon.n_atoms else alphabet.symbols[part] for part in pattern)
        for pattern in map(lexicon.pattern, lexicon.chunks)
    }


def test_the_frames_of_a_text_are_its_chunks(model):
    lexicon = model.lexicon_
    assert {"look at the _ !", "a _ ran ."} <= texts_of(lexicon, model.alphabet_)
    (fillers,) = (lexicon.parts_of(variable).tolist() for variable in lexicon.variables)
    assert set(PETS) == {model.alphabet_.symbols[filler] for filler in fillers}


def test_counts_are_those_of_a_parse_of_the_text():
    symbols = words()
    lexicon, cut = row_lexicon(learn_rows(symbols), symbols, 0.1)
    lexicon.validate()
    at, spelled = 0, []
    fillers = iter(cut.slot_fillers.tolist())
    for unit in cut.units.tolist():
        for part in lexicon.pattern(unit):
            spelled.append(next(fillers) if lexicon.kinds[part] == VARIABLE else part)
        at += len(lexicon.pattern(unit))
    assert spelled == symbols.codes.tolist()
    assert lexicon.unit_counts.sum() == len(cut.units)
    assert lexicon.filler_counts.sum() == len(cut.slot_fillers)
    for field in ("units", "unit_starts", "sequence_starts", "slot_parts", "slot_starts"):
        again = getattr(parse(lexicon, symbols.codes, symbols.starts), field)
        assert getattr(cut, field).tolist() == again.tolist()


def test_a_rare_filler_beside_a_frequent_one_makes_no_slot():
    text = TEXT.replace("a dog ran", "a dog ran", 1) + "look by the dog !\n"
    lexicon = HVM().fit(words(text)).lexicon_
    slots = [lexicon.filler_counts_of(variable) for variable in lexicon.variables]
    assert all(counts.max() < 0.95 * counts.sum() for counts in slots)


def test_the_fit_says_its_bits_by_the_code(model):
    symbols = words()
    assert model.code_bits_ == learn_rows(symbols).bits
    report = code_report(model.code_bits_, model.n_symbols_)
    assert report["code_bits_per_symbol"] == pytest.approx(model.code_bits_.total / len(symbols))
    whole = model.lexicon_bits_ + model.data_bits_ - symbols.alphabet.definition_bits()
    assert whole == pytest.approx(model.code_bits_.total)
    assert model.history_["bits_per_symbol"].is_monotonic_decreasing
    assert model.history_["bits_per_symbol"].iloc[-1] == pytest.approx(model.bits_per_symbol_)


def test_a_model_file_holds_them(model, tmp_path):
    model.save(tmp_path / "model.hvm")
    loaded = HVM.load(tmp_path / "model.hvm")
    assert loaded.code_bits_ == model.code_bits_ and loaded.bits_per_symbol_ > 0
    loaded.save(tmp_path / "again.hvm")
    assert (tmp_path / "again.hvm").read_bytes() == (tmp_path / "model.hvm").read_bytes()
    assert np.array_equal(loaded.surprisal("I see the cat ."), model.surprisal("I see the cat ."))
    assert loaded.observe(words("a cat ran .")).code_bits_ is None


def test_without_variables_chunks_are_of_words():
    model = HVM(variables=False).fit(words())
    assert len(model.lexicon_.variables) == 0 and len(model.lexicon_.chunks) > 0


def test_limits_are_kept():
    assert HVM(iterations=1).fit(words()).lexicon_.chunks.size == 0
    assert HVM(iterations=2).fit(words()).n_iterations_ == 2
    n_atoms = len(words().alphabet)
    assert len(HVM(max_entries=n_atoms + 3).fit(words()).lexicon_) <= n_atoms + 3
    short = HVM(max_chunk_symbols=2).fit(words()).lexicon_
    assert {len(short.pattern(chunk)) for chunk in short.chunks} == {2}


def test_lexicons_on_the_way_are_traced():
    model = HVM().fit(words(), trace=True)
    assert len(model.lexicons_) >= len(model.history_)
    assert len(model.lexicons_[-1]) == len(model.lexicon_)


def test_a_rank_by_count_is_refused():
    with pytest.raises(InputError, match="criterion count"):
        HVM(criterion="count").fit(words())


@pytest.mark.parametrize(
    "symbols, context",
    [
        (as_symbols(TEXT, "char", "line"), "experts"),
        (as_symbols(np.arange(1000) % 7), "experts"),
        (words(), "unigram"),
    ],
)
def test_other_symbols_and_independent_units_are_learned_as_they_were(symbols, context):
    assert HVM(context=context, iterations=2, restarts=1).fit(symbols).code_bits_ is None


@pytest.mark.parametrize("parts", [None, {}, {"rows": 1.0}, ["rows"]])
def test_bits_by_part_that_no_fit_leaves_are_refused(parts):
    with pytest.raises(InputError, match="code_bits"):
        RowBits.of(parts)


def test_bits_below_zero_are_refused():
    with pytest.raises(InputError, match="lexicon"):
        RowBits.of({"rows": 1.0, "firsts": 1.0, "fillers": 0.0, "lexicon": -1.0})
