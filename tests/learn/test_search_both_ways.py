"""Where variables pay, edits are tried one by one as well, and the shorter description is kept."""

import pytest

from hvm import HVM, as_symbols, datasets
from hvm.learn.search import Search


@pytest.fixture
def searched_again(monkeypatch):
    """Descriptions in bits: what batches found, and what was kept."""
    told = []
    again = Search._search_again_one_by_one

    def watched(search):
        before = search.best.description_bits
        again(search)
        told.append((before, search.best.description_bits))

    monkeypatch.setattr(Search, "_search_again_one_by_one", watched)
    return told


def test_sentences_of_frames_are_searched_again(searched_again):
    speech = as_symbols(datasets.load_speech(600), "word", "line")
    model = HVM(context="unigram").fit(speech)
    ((by_batches, kept),) = searched_again
    assert kept < 0.97 * by_batches
    assert model.lexicon_bits_ + model.data_bits_ == pytest.approx(kept)
    assert model.history_.bits_per_symbol.is_monotonic_decreasing
    assert len(model.lexicon_.variables) >= 8


def test_text_is_not(searched_again):
    HVM(context="unigram").fit(as_symbols(datasets.load_rhymes()))
    HVM(context="unigram").fit(as_symbols(datasets.load_help()[:40_000], "word", "line"))
    assert searched_again == []


def test_what_is_longer_is_not_kept(monkeypatch):
    monkeypatch.setattr(Search, "_run_one_by_one", lambda search, state: search.best)
    speech = as_symbols(datasets.load_speech(600), "word", "line")
    model = HVM(context="unigram").fit(speech, trace=True)
    assert len(model.lexicon_.variables) and len(model.lexicons_) >= len(model.history_) > 1
