"""Other lexicons under the coder of HVM: what differs is what the units are, and nothing else.

The lexicon is learned from what stands before the data, or from the data themselves, and is then
paid for. The coder reads its units as it reads chunks, the longest first from the left, whatever
order a tokenizer would merge them in; it predicts bytes from chains of contexts, learned while it
goes (:mod:`hvm.kernels.predict.context`).
"""

from __future__ import annotations

import io
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np

from hvm.kernels.lexicon.costs import gamma_bits
from hvm.kernels.predict.context import context_bits
from hvm.lexicon.lexicon import CHUNK, N_BYTES, Definition, Lexicon
from hvm.predict.context import predictor_of
from hvm.rivals.general import optional_package

MOST_UNITS = 4000
FEWER_UNITS = (0, 250, 1000)  # tried too where units are learned from the data and paid for
LONGEST_LINE, LONGEST_UNIT = 4000, 64  # characters that a tokenizer is given at once; bytes
_WORDS = re.compile(rf" ?\w{{1,{LONGEST_UNIT}}}| ?[^\w\s]{{1,{LONGEST_UNIT}}}|\s")
Learn = Callable[[bytes, int], Iterable[bytes]]


def kn_bits(data: bytes, before: bytes = b"") -> float:
    """Bits of bytes by an interpolated Kneser-Ney n-gram, orders 0 to 16: symbols alone."""
    return _coded_bits(Lexicon.of_atoms(N_BYTES), "symbols", data, before)


def unit_bits(learn: Learn, data: bytes, before: bytes = b"") -> float:
    """Bits of bytes under the coder of HVM, with the units that ``learn`` finds.

    Without ``before`` the units are learned from the data, and written with a count of them, the
    length of each (Elias gamma) and its bytes by their frequencies among all units: as many as
    cost the fewest bits, of ``FEWER_UNITS`` and ``MOST_UNITS``.
    """
    sizes = (MOST_UNITS,) if before else (*FEWER_UNITS, MOST_UNITS)
    return min(_unit_bits(learn, data, before, most) for most in sizes)


def _unit_bits(learn: Learn, data: bytes, before: bytes, most: int) -> float:
    learned = learn(before or data, most) if most and (before or data) else []
    pieces = sorted({piece for piece in learned if len(piece) > 1})
    definitions = [Definition(CHUNK, tuple(piece)) for piece in pieces]
    lexicon = Lexicon.from_definitions(N_BYTES, definitions)
    paid = 0.0 if before else pieces_bits(pieces)
    return paid + _coded_bits(lexicon, "chunks", data, before)


def pieces_bits(pieces: list[bytes]) -> float:
    """Bits that write pieces down: how many, their lengths, and bytes by adaptive counts.

    Examples
    --------
    >>> pieces_bits([]), pieces_bits([b"ab"])
    (1.0, 22.01)
    """
    bits = float(gamma_bits(len(pieces) + 1))
    bits += sum(gamma_bits(len(piece)) for piece in pieces)
    counts: Counter[int] = Counter()
    for seen, byte in enumerate(b"".join(pieces)):
        bits -= math.log2((counts[byte] + 1) / (seen + N_BYTES))
        counts[byte] += 1
    return round(bits, 2)


def _coded_bits(lexicon: Lexicon, chains: str, data: bytes, before: bytes) -> float:
    codes = np.frombuffer(before + data, np.uint8).astype(np.int32)
    bits = np.empty(len(codes))
    context_bits(
        predictor_of(lexicon, N_BYTES, len(codes), chains), codes, np.zeros(1, np.int64), bits
    )
    return float(bits[len(before) :].sum())


# -- what finds units ---------------------------------------------------------------------


def bpe(data: bytes, most: int = MOST_UNITS) -> list[bytes]:
    """Pieces of byte-pair encoding (Hugging Face tokenizers), words with the space before them."""
    tokenizers = optional_package("tokenizers")
    model = tokenizers.Tokenizer(tokenizers.models.BPE())
    model.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=most, max_token_length=LONGEST_UNIT, show_progress=False
    )
    model.train_from_iterator(_lines(data), trainer)
    spelled = _byte_of_letter()
    return [bytes(spelled[letter] for letter in piece) for piece in model.get_vocab()]


def unigram(data: bytes, most: int = MOST_UNITS) -> list[bytes]:
    """Pieces of a unigram language model (sentencepiece)."""
    sentencepiece = optional_package("sentencepiece")
    found = io.BytesIO()
    # It drops control characters, and refuses text without any other.
    lines = [line.replace("\n", " ") for line in _lines(data)]
    if most < len(set().union(*lines)) + 3:  # its own three pieces beside every letter
        return []
    if not any(letter.isprintable() and letter != " " for line in lines for letter in line):
        return []
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=found,
        model_type="unigram",
        vocab_size=most,
        hard_vocab_limit=False,
        character_coverage=1.0,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        add_dummy_prefix=False,
        max_sentence_length=4 * LONGEST_LINE,  # bytes; it drops longer ones
        num_threads=1,
        minloglevel=2,
    )
    model = sentencepiece.SentencePieceProcessor(model_proto=found.getvalue())
    known = [number for number in range(len(model)) if not model.is_control(number)]
    pieces = [model.id_to_piece(number) for number in known if not model.is_unknown(number)]
    return [piece.replace("\u2581", " ").encode() for piece in pieces]


def morfessor(data: bytes, most: int = MOST_UNITS) -> list[bytes]:
    """Morphs of Morfessor Baseline (Creutz & Lagus 2002, doi 10.3115/1118647.1118650).

    Learned from words with the space before them, each counted as often as it occurs; the most
    frequent ones.
    """
    return [morph.encode() for morph in _morphs(data)[:most]]


@lru_cache(maxsize=1)  # it takes a minute for a megabyte, and knows no number of units
def _morphs(data: bytes) -> list[str]:
    """All morphs of two letters or more, the most frequent first."""
    package = optional_package("morfessor")
    words = Counter(word for line in _lines(data) for word in _WORDS.findall(line))
    model = package.BaselineModel()
    model.load_data([(count, word) for word, count in words.items()])
    state = random.getstate()
    random.seed(0)  # it visits words in an order that it draws from this
    package.utils.show_progress_bar = False
    try:
        model.train_batch()
    finally:
        random.setstate(state)
    morphs = [(-count, morph) for morph, count in model.get_constructions() if len(morph) > 1]
    return [morph for _, morph in sorted(morphs)]


def hcm(data: bytes, most: int = MOST_UNITS) -> list[bytes]:
    """Chunks of HVM without variables."""
    from hvm.learn.hvm import HVM
    from hvm.symbols.convert import as_symbols

    model = HVM(variables=False, max_entries=most, iterations=4)
    lexicon = model.fit(as_symbols(data, "byte")).lexicon_
    symbols = model.alphabet_.symbols
    return [bytes(symbols[code] for code in lexicon.pattern(chunk)) for chunk in lexicon.chunks]


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode()
    lines = text.splitlines(keepends=True)
    return [
        line[at : at + LONGEST_LINE] for line in lines for at in range(0, len(line), LONGEST_LINE)
    ]


def _byte_of_letter() -> dict[str, int]:
    """Which byte each letter of a byte-level tokenizer stands for: visible ones for themselves."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {chr(byte): byte for byte in visible}
    hidden = [byte for byte in range(N_BYTES) if byte not in set(visible)]
    return letters | {chr(N_BYTES + number): byte for number, byte in enumerate(hidden)}
