"""A text in parts: what the counts are of, and what the description is no longer than."""

from __future__ import annotations

from itertools import chain, pairwise, repeat

import numpy as np
import pytest

from hvm import HVM, as_symbols, datasets
from hvm.errors import InputError
from hvm.kernels.learn.pruning import prune
from hvm.learn.limits import INTERRUPT
from hvm.learn.parts import handed_down
from hvm.learn.widening import in_one_alphabet
from hvm.lexicon import measures
from hvm.lexicon.counts import recounted
from hvm.lexicon.lexicon import CHUNK, Definition, Lexicon
from hvm.lexicon.likelihood import best_parse_bits
from hvm.symbols.sequences import Symbols
from naive.lexicon import labels_by_counts


def in_parts(symbols, n_parts):
    edges = np.linspace(0, symbols.n_sequences, n_parts + 1).astype(int)
    lines = [symbols.text(first, last) for first, last in symbols.bounds()]
    for first, last in pairwise(edges):
        part = "\n".join(lines[first:last])
        yield as_symbols(part, symbols.alphabet.unit, symbols.mode)


TEXTS = {
    "help": lambda: as_symbols(datasets.load_help()[:40_000], sequences="line"),
    "frames": lambda: as_symbols(datasets.load_speech(400), "word", "line"),
    "rhymes": lambda: as_symbols(datasets.load_rhymes(), sequences="line"),
}


@pytest.mark.parametrize("params", [{}, {"max_entries": 250}], ids=["free", "bounded"])
@pytest.mark.parametrize("name", TEXTS)
def test_parts_cost_no_more_than_by_what_was_known_before(name, params):
    symbols = TEXTS[name]()
    model = HVM(context="unigram", restarts=1, **params)
    seen = np.zeros(0, np.int32)
    starts = np.zeros(0, np.int64)
    for number, part in enumerate(in_parts(symbols, 4)):
        before = model.lexicon_ if number else None
        alphabet_before = model.alphabet_ if number else None
        model.partial_fit(part)
        alphabet, lexicon = model.alphabet_, model.lexicon_
        lexicon.validate()
        if number:
            seen = alphabet.encode(alphabet_before.symbols)[seen]
        here = part.recoded(alphabet)
        starts = np.append(starts, here.starts + len(seen))
        seen = np.append(seen, here.codes)
        text = Symbols(seen, starts, alphabet, symbols.mode)
        # The counts are of a parse of all parts: every symbol, and every slot, is there.
        labels, stand = labels_by_counts(lexicon), np.bincount(seen, minlength=len(alphabet))
        assert labels[: len(alphabet)] == stand.tolist()
        for variable in lexicon.variables:
            assert labels[variable] == lexicon.filler_counts_of(variable).sum()
        # So the best parse by the lexicon costs no more than they say, and what they say follows.
        assert best_parse_bits(lexicon, alphabet, text) <= model.data_bits_ + 1e-6
        bits = (
            measures.counted_bits(lexicon),
            measures.lexicon_bits(lexicon, alphabet.definition_bits()),
        )
        assert (model.data_bits_, model.lexicon_bits_) == pytest.approx(bits)
        assert model.n_symbols_ == len(seen)
        if number:
            # No more than the earlier parts as they were, and this one by what was known.
            assert model.history_.bits_per_symbol.is_monotonic_decreasing
            kept = known_before(before, alphabet_before, here, alphabet)
            total = model.history_.lexicon_bits[0] + model.history_.data_bits[0]
            assert total == pytest.approx(kept)
            assert sum(bits) <= kept + 1e-6
        if params and len(alphabet) < params["max_entries"] and not len(lexicon.variables):
            assert len(lexicon) <= params["max_entries"]


def known_before(lexicon, alphabet, part, wide):
    """Bits of earlier counts and of a part by the lexicon of these, all under the counts of all."""
    lexicon, part = in_one_alphabet(lexicon, alphabet, part)
    counted, _ = recounted(lexicon, part.codes, part.starts)
    both = lexicon.with_counts(
        lexicon.unit_counts + counted.unit_counts, lexicon.filler_counts + counted.filler_counts
    )
    return measures.counted_bits(both) + measures.lexicon_bits(both, wide.definition_bits())


def test_what_parts_lose_against_the_text_at_once_is_won_back():
    symbols = TEXTS["help"]()
    at_once = HVM(context="unigram", batch=0.2).fit(symbols)
    model = HVM(context="unigram", batch=0.2)
    for part in in_parts(symbols, 4):
        model.partial_fit(part)
    assert model.bits_per_symbol_ < 1.12 * at_once.bits_per_symbol_
    again = HVM(context="unigram", batch=0.2).fit(symbols, init=model)
    assert again.bits_per_symbol_ < 1.02 * at_once.bits_per_symbol_


def test_one_part_is_a_fit_and_a_file_goes_on(tmp_path):
    first, second = in_parts(TEXTS["help"](), 2)
    model = HVM(context="unigram").partial_fit(first)
    assert model.file_bytes() == HVM(context="unigram").fit(first).file_bytes()
    model.save(tmp_path / "m")
    loaded = HVM.load(tmp_path / "m").partial_fit(second)
    assert loaded.file_bytes() == model.partial_fit(second).file_bytes()


def test_a_model_with_experts_goes_on_without():
    model = HVM().fit("abcabd" * 20).set_params(context="unigram")
    model.partial_fit("abcabd" * 20)
    assert model.n_symbols_ == 240
    with pytest.raises(AttributeError, match="experts_ is known only after fit"):
        model.experts_  # noqa: B018
    assert b"expert_numbers" not in model.file_bytes()


def test_it_grows_and_prunes_from_part_to_part():
    model = HVM(context="unigram").partial_fit("abcdabcdefgh" * 40)
    chunks = {model.alphabet_.text(model.lexicon_.pattern(c)) for c in model.lexicon_.chunks}
    model.partial_fit("wxyz" * 400 + "ghab")
    later = {model.alphabet_.text(model.lexicon_.pattern(c)) for c in model.lexicon_.chunks}
    assert any("wx" in chunk for chunk in later - chunks)
    assert model.alphabet_.text(range(12)) == "abcdefghwxyz"


@pytest.mark.parametrize("n_times", [0, 1, 3, 6])
def test_it_ends_early_with_what_it_has(n_times):
    first, second = in_parts(TEXTS["help"](), 2)
    model = HVM(context="unigram", restarts=1).partial_fit(first)
    model.partial_fit(second, stop=chain(repeat(False, n_times), repeat(True)).__next__)
    assert model.stopped_ == INTERRUPT
    stand = sum(
        np.bincount(part.recoded(model.alphabet_).codes, minlength=len(model.alphabet_))
        for part in (first, second)
    )
    assert labels_by_counts(model.lexicon_)[: len(stand)] == stand.tolist()


def test_where_it_cannot_go_on():
    with pytest.raises(InputError, match="partial_fit is of context unigram"):
        HVM().partial_fit("a text")
    model = HVM(context="unigram").begin("abc")
    with pytest.raises(InputError, match="this model observes"):
        model.observe("abc").partial_fit("abc")
    model = HVM(context="unigram").partial_fit("abc" * 9)
    before = model.file_bytes()
    with pytest.raises(InputError, match="nothing to learn"):
        model.partial_fit("")
    assert model.file_bytes() == before


@pytest.mark.parametrize("seed", range(20))
def test_counts_are_handed_down_as_pruning_does(seed):
    rng = np.random.default_rng(seed)
    lexicon = random_chunks(rng)
    lexicon = lexicon.with_counts(rng.integers(9, size=len(lexicon)), lexicon.filler_counts)
    pruned = lexicon.unit_counts.copy()
    is_kept = prune(
        lexicon.entries, pruned, np.zeros(len(lexicon), np.bool_), np.zeros(len(lexicon)), 1 << 30
    )
    assert handed_down(lexicon, is_kept).tolist() == pruned.tolist()


def random_chunks(rng):
    """Chunks within chunks over three symbols, all different."""
    definitions, patterns = [], [(0,), (1,), (2,)]
    while len(definitions) < 12:
        parts = tuple(rng.integers(len(patterns), size=rng.integers(2, 4)).tolist())
        pattern = tuple(label for part in parts for label in patterns[part])
        if pattern not in patterns and len(pattern) < 40:
            definitions.append(Definition(CHUNK, parts))
            patterns.append(pattern)
    return Lexicon.from_definitions(3, definitions)
