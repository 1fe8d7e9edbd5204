"""Byte-pair encoding (Hugging Face tokenizers): its pieces as units under the coder of HVM."""

from __future__ import annotations

from functools import partial

from hvm.lexicon.lexicon import N_BYTES
from hvm.rivals.rival import Rival, optional_package
from hvm.rivals.units import LONGEST_UNIT, MOST_UNITS, paid_for, text_lines, unit_bits


def pieces(data: bytes, most: int = MOST_UNITS) -> list[bytes]:
    """Pieces of byte-pair encoding, words with the space before them."""
    tokenizers = optional_package("tokenizers")
    model = tokenizers.Tokenizer(tokenizers.models.BPE())
    model.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=most, max_token_length=LONGEST_UNIT, show_progress=False
    )
    model.train_from_iterator(text_lines(data), trainer)
    spelled = _byte_of_letter()
    return [bytes(spelled[letter] for letter in piece) for piece in model.get_vocab()]


def _byte_of_letter() -> dict[str, int]:
    """Which byte each letter of a byte-level tokenizer stands for: visible ones for themselves."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {chr(byte): byte for byte in visible}
    hidden = [byte for byte in range(N_BYTES) if byte not in set(visible)]
    return letters | {chr(N_BYTES + number): byte for number, byte in enumerate(hidden)}


RIVAL = Rival(paid_for("units"), partial(unit_bits, pieces))
