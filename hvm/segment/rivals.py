"""Other ways to find words, by name: each learns from the text that it cuts, and from nothing else.

>>> import hvm
>>> cuts = SEGMENTERS["tp"](hvm.as_symbols(["abab", "abcd", "cdab"] * 5))
>>> cuts[:4].tolist()
[True, False, True, False]
"""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.learn.hvm import HVM
from hvm.learn.words import WordFinder
from hvm.plugins import Registry
from hvm.rivals.rival import optional_package
from hvm.rivals.units import LONGEST_LINE, MOST_UNITS
from hvm.symbols.sequences import Symbols, require_symbols

Segmenter = Callable[[Symbols], NDArray[np.bool_]]
"""From symbols to cuts, bool[n], True where a word begins."""

SEGMENTERS: Registry[Segmenter] = Registry(
    "segmenter",
    "hvm.segmenters",
    {
        "words": "hvm.segment.rivals:by_words",
        "hvm": "hvm.segment.rivals:by_chunks",
        "tp": "hvm.segment.rivals:by_transitions",
        "morfessor": "hvm.segment.rivals:by_morfessor",
        "sentencepiece": "hvm.segment.rivals:by_pieces",
    },
)

_FIRST_LETTER, _AFTER_LETTERS = 0x4E00, 0xD800
"""Every symbol becomes one of these characters, none of which is a space or a sign of a package."""


def by_words(symbols: Symbols) -> NDArray[np.bool_]:
    """Words by a nested Pitman-Yor code, :class:`hvm.learn.words.WordFinder`."""
    return WordFinder().fit(symbols).cuts_


def by_chunks(symbols: Symbols) -> NDArray[np.bool_]:
    """Units of the best parse of :class:`hvm.HVM`, whose units do not depend on the one before."""
    return HVM(context="unigram").fit(symbols).segment(symbols)


def by_transitions(symbols: Symbols) -> NDArray[np.bool_]:
    """Transitional probabilities: a word begins where one is less than its two neighbours.

    P(symbol | symbol before) by counts of the text, the edges of sequences counted as a symbol:
    relative, forward, as `wordseg` has it (Saksida, Langus & Nespor 2017,
    doi 10.1111/desc.12390).
    """
    require_symbols(symbols)
    edge = len(symbols.alphabet)
    starts = symbols.starts[symbols.starts < len(symbols)]
    stream = np.append(np.insert(symbols.codes.astype(np.int64), starts, edge), edge)
    keys = stream[:-1] * (edge + 1) + stream[1:]
    _, where, counts = np.unique(keys, return_inverse=True, return_counts=True)
    chances = counts[where] / np.bincount(stream[:-1])[stream[:-1]]
    is_lowest = np.zeros(len(stream), np.bool_)
    is_lowest[2:-1] = (chances[1:-1] < chances[:-2]) & (chances[1:-1] < chances[2:])
    cuts: NDArray[np.bool_] = is_lowest[stream != edge]
    cuts[starts] = True
    return cuts


def by_morfessor(symbols: Symbols) -> NDArray[np.bool_]:
    """Morfessor Baseline (Creutz & Lagus 2002, doi 10.3115/1118647.1118650), a sequence a word."""
    package = optional_package("morfessor")
    texts = _letters(symbols)
    model = package.BaselineModel()
    model.load_data([(count, text) for text, count in Counter(filter(None, texts)).items()])
    state = random.getstate()
    random.seed(0)  # it visits words in an order that it draws from this
    package.utils.show_progress_bar = False
    try:
        model.train_batch()
    finally:
        random.setstate(state)
    return _begins([model.viterbi_segment(text)[0] if text else [] for text in texts])


def by_pieces(symbols: Symbols) -> NDArray[np.bool_]:
    """Unigram language model of sentencepiece (Kudo 2018, doi 10.18653/v1/P18-1007)."""
    package = optional_package("sentencepiece")
    texts, trained = _letters(symbols), io.BytesIO()
    package.SentencePieceTrainer.train(
        sentence_iterator=iter([text for text in texts if text]),
        model_writer=trained,
        model_type="unigram",
        vocab_size=MOST_UNITS,
        hard_vocab_limit=False,
        character_coverage=1.0,
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        split_by_unicode_script=False,
        max_sentence_length=4 * LONGEST_LINE,  # bytes; it drops longer ones
        num_threads=1,
        minloglevel=2,
    )
    model = package.SentencePieceProcessor(model_proto=trained.getvalue())
    return _begins([model.encode(text, out_type=str) for text in texts])


def _letters(symbols: Symbols) -> list[str]:
    """Each sequence as a text of one character a symbol."""
    require_symbols(symbols)
    if len(symbols.alphabet) > _AFTER_LETTERS - _FIRST_LETTER:
        raise InputError(
            f"the text has {len(symbols.alphabet):,} distinct symbols: this rival takes "
            f"{_AFTER_LETTERS - _FIRST_LETTER:,}"
        )
    text = "".join(map(chr, (symbols.codes + _FIRST_LETTER).tolist()))
    return [text[first:last] for first, last in symbols.bounds()]


def _begins(pieces: list[list[str]]) -> NDArray[np.bool_]:
    """Where pieces begin."""
    sizes = np.array([len(piece) for line in pieces for piece in line], np.int64)
    cuts = np.zeros(int(sizes.sum()), np.bool_)
    cuts[np.cumsum(sizes) - sizes] = True
    return cuts
