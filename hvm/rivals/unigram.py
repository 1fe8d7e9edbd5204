"""A unigram language model (sentencepiece): its pieces as units under the coder of HVM."""

from __future__ import annotations

import io
from functools import partial

from hvm.rivals.rival import Rival, optional_package
from hvm.rivals.units import LONGEST_LINE, MOST_UNITS, paid_for, text_lines, unit_bits

_OWN_PIECES = 3  # that sentencepiece keeps beside every letter
_SPACE = "\u2581"  # what it writes for a space


def pieces(data: bytes, most: int = MOST_UNITS) -> list[bytes]:
    """Pieces of a unigram language model."""
    sentencepiece = optional_package("sentencepiece")
    trained = io.BytesIO()
    # It drops control characters, and refuses text without any other.
    lines = [line.replace("\n", " ") for line in text_lines(data)]
    if most < len(set().union(*lines)) + _OWN_PIECES:
        return []
    if not any(letter.isprintable() and letter != " " for line in lines for letter in line):
        return []
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=trained,
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
    model = sentencepiece.SentencePieceProcessor(model_proto=trained.getvalue())
    numbers = [number for number in range(len(model)) if not model.is_control(number)]
    known = [model.id_to_piece(number) for number in numbers if not model.is_unknown(number)]
    return [piece.replace(_SPACE, " ").encode() for piece in known]


RIVAL = Rival(paid_for("units"), partial(unit_bits, pieces))
