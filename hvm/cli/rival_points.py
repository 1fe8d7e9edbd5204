"""Rivals and language models on the texts of a curve: rows of its table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hvm.curve.prequential import block_bits
from hvm.errors import InputError
from hvm.progress import progress

if TYPE_CHECKING:
    from hvm.curve.texts import CurveTexts
    from hvm.language.models import LanguageModel
    from hvm.symbols.sequences import Symbols

LONGEST_PIECE = 1000
"""Characters of a sequence that a language model reads at once."""
BY_SYMBOLS = "kn"
"""The rival that is fitted to symbols as HVM is; others see the bytes of the same text."""


def text_bytes(symbols: Symbols) -> bytes:
    """The bytes that a method for bytes is given for symbols.

    Bytes are themselves, and so are whole numbers below 256, each one byte; of any other text each
    sequence is a line, words with a space between.

    Parameters
    ----------
    symbols : Symbols

    Returns
    -------
    bytes
    """
    alphabet, unknown = symbols.alphabet, iter(symbols.unknown)
    if alphabet.unit in ("byte", "int"):
        known = alphabet.symbols
        values = [known[code] if code >= 0 else next(unknown) for code in symbols.codes.tolist()]
        if all(0 <= value < 256 for value in values):
            return bytes(values)
    lines = [symbols.text(begin, end) for begin, end in symbols.bounds() if end > begin]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def rival_rows(names: list[str], texts: CurveTexts) -> list[dict[str, Any]]:
    """A row for each rival and each size or order of it.

    Parameters
    ----------
    names : list of str
        Of methods, or `BY_SYMBOLS`.
    texts : CurveTexts

    Returns
    -------
    list of dict
        Columns of a curve: ``model`` is the rival, ``abstraction`` rival, ``context`` says the size
        or order; ``bits_per_symbol`` is the training text, all that is learned paid for, and other
        texts come after it.

    Raises
    ------
    InputError
        There is no such rival, or it lacks its package.
    """
    from hvm.rivals.registry import METHODS
    from hvm.rivals.variants import kneser_ney_orders, variants

    for name in names:
        METHODS.named(name)
    rows = []
    for name in names:
        if name == BY_SYMBOLS:
            for order, make in kneser_ney_orders().items():
                row = {"model": name, "abstraction": "rival", "context": order}
                rows.append({**row, **_of_symbols(make, texts)})
            continue
        for size, rival in variants(name).items():
            with progress(f"{name}, {size}"):
                row = {"model": name, "abstraction": "rival", "context": size}
                rows.append({**row, **_of_bytes(rival.measure, texts)})
    return [{**row, "iteration": 0, "level": 0} for row in rows]


def _of_symbols(make: Any, texts: CurveTexts) -> dict[str, float]:
    training = texts.training
    whole = training.alphabet.definition_bits() + block_bits(
        lambda known: make().fit(known), training
    )
    return {
        "bits_per_symbol": whole / len(training),
        **texts.generalization(make().fit(training).surprisal),
    }


def _of_bytes(measure: Any, texts: CurveTexts) -> dict[str, float]:
    before = text_bytes(texts.training)

    def after(symbols: Symbols) -> float:
        return float(measure(text_bytes(symbols), before))

    columns = {
        "bits_per_symbol": measure(before) / len(texts.training),
        **_held_out(after(texts.held_out), texts),
    }
    if texts.transfer:
        bits = sum(after(text.symbols) for text in texts.transfer)
        n_symbols = sum(len(text.symbols) for text in texts.transfer)
        columns["transfer_bits_per_symbol"] = bits / n_symbols
    return columns


def _held_out(bits: float, texts: CurveTexts) -> dict[str, float]:
    n_bytes = len(text_bytes(texts.held_out))
    return {
        "held_out_bits_per_symbol": bits / len(texts.held_out),
        "held_out_bits_per_byte": bits / n_bytes,
    }


def language_model_row(model: LanguageModel, texts: CurveTexts) -> dict[str, Any]:
    """The row of a language model, which learned elsewhere: held-out and transfer texts alone.

    Parameters
    ----------
    model : LanguageModel
    texts : CurveTexts
        Of characters or words.

    Returns
    -------
    dict
        ``context`` says what the model read at once, and with which tokenizer.

    Raises
    ------
    InputError
        The texts are not of characters or words, or the model cannot read them.
    """
    if texts.training.alphabet.unit not in ("char", "word"):
        raise InputError("--llm reads text: --unit char or word")

    def bits(symbols: Symbols) -> float:
        return float(model.sentence_bits(pieces_of(symbols)).sum())

    tokenizer = model.tokenizer
    row: dict[str, Any] = {
        "model": model.name,
        "abstraction": "language model",
        "context": f"each sequence by itself, {LONGEST_PIECE} characters at most; "
        f"{type(tokenizer).__name__} of {len(tokenizer):,} tokens",
        "iteration": 0,
        "level": 0,
        **_held_out(bits(texts.held_out), texts),
    }
    if texts.transfer:
        n_symbols = sum(len(text.symbols) for text in texts.transfer)
        total = sum(bits(text.symbols) for text in texts.transfer)
        row["transfer_bits_per_symbol"] = total / n_symbols
    return row


def pieces_of(symbols: Symbols) -> list[str]:
    """Sequences as text, long ones in pieces that end with a space where there is one.

    Parameters
    ----------
    symbols : Symbols

    Returns
    -------
    list of str
        None of them empty; together all sequences, one after another.
    """
    pieces = []
    for begin, end in symbols.bounds():
        rest = symbols.text(begin, end)
        while len(rest) > LONGEST_PIECE:
            cut = rest.rfind(" ", 1, LONGEST_PIECE) + 1 or LONGEST_PIECE
            pieces.append(rest[:cut])
            rest = rest[cut:]
        pieces.append(rest)
    return [piece for piece in pieces if piece]
