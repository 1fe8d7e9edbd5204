"""Scoring: the bits of keys from a model's logits, in batches of rows and blocks of tokens.

Two surprisals a key: over the whole vocabulary, and renormalised over the keys' own tokens at that
place. Their difference is -log2 of the mass on these tokens.

Rows of unequal length are filled up at the right, where no token that counts can see the filling.
A row is read in blocks that carry the key-value cache on, so that the logits held at once stay
within ``LOGITS_BYTES``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.language.tokens import Encoded, KeyTokens
from hvm.language.windows import Row, windows

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

LOGITS_BYTES = 1 << 28
"""The most bytes of float32 logits that one block of tokens may take."""

Scores = NDArray[np.float64]
"""float64[3, k] of k keys: both surprisals in bits, and the keys' mass."""

Item = TypeVar("Item")


class TranscriptReader(NamedTuple):
    """A model with the windows that it reads transcripts in; ``name`` is what messages call it."""

    model: PreTrainedModel
    name: str
    tokens: KeyTokens
    window: int | None
    stride: int | None
    batch_size: int

    def read(self, people: Sequence[Encoded]) -> list[Scores]:
        """Of each person the scores; rows of all, window by window, in batches.

        Raises
        ------
        InputError
            Memory does not suffice, or the model's logits are no numbers.
        """
        head = len(self.tokens.head)
        cut = [windows(person, head, self.window, self.stride) for person in people]
        rows = [(row, index) for index, each in enumerate(cut) for row in each]
        parts: list[list[Scores]] = [[] for _ in people]
        for batch in batches(rows, self.batch_size):
            owners = [index for _, index in batch]
            with memory_is_short(self.name):
                scores = score_rows(
                    self.model,
                    [row for row, _ in batch],
                    [people[index] for index in owners],
                    self.tokens.keys,
                )
            for index, score in zip(owners, scores, strict=True):
                _require_numbers(self.name, score)
                parts[index].append(score)
        return [np.concatenate(each, axis=1) for each in parts]


def _require_numbers(name: str, scores: Scores) -> None:
    """A model in too coarse a type, or a damaged one, answers NaN and says nothing."""
    is_none = np.asarray(~np.isfinite(scores).all(axis=0))
    if is_none.any():
        raise InputError(
            f"{name}: gives no number of bits for {int(is_none.sum()):,} of {len(is_none):,} keys "
            f"of a transcript, the first of them key {int(np.argmax(is_none)) + 1}: its weights "
            "are damaged, or its type is too coarse for this device (try --device cpu)"
        )


def batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Items in order, ``size`` at a time.

    >>> list(batches("abcde", 2))
    ['ab', 'cd', 'e']
    """
    for begin in range(0, len(items), size):
        yield items[begin : begin + size]


@contextlib.contextmanager
def memory_is_short(name: str) -> Iterator[None]:
    """Too little memory, on a GPU or not, is a user's matter."""
    import torch

    try:
        yield
    except RuntimeError as error:
        short = isinstance(error, torch.cuda.OutOfMemoryError) or "allocate memory" in str(error)
        if not short:
            raise
        raise InputError(
            f"{name}: memory does not suffice: take a smaller batch size or window"
        ) from None


def score_rows(
    model: PreTrainedModel,
    rows: Sequence[Row],
    people: Sequence[Encoded],
    candidates: NDArray[np.int64],
) -> list[Scores]:
    """Ask the model for all rows in one batch.

    Parameters
    ----------
    model : transformers.PreTrainedModel
    rows : sequence of Row
        What is read.
    people : sequence of Encoded
        Of each row, whose it is.
    candidates : int64[3, K]
        The tokens of all keys, by where a key stands.

    Returns
    -------
    list of float64[3, k]
        Of each row, the scores of its k keys.
    """
    import torch

    device = model.device
    lengths = [len(row.tokens) for row in rows]
    ids = torch.zeros((len(rows), max(lengths)), dtype=torch.int64)
    mask = torch.zeros_like(ids)
    for index, row in enumerate(rows):
        ids[index, : lengths[index]] = torch.from_numpy(row.tokens)
        mask[index, : lengths[index]] = 1
    row_of, position, place, key = _targets(rows, people)
    scores = np.empty((3, len(row_of)))
    with torch.inference_mode():
        tokens_of_keys = torch.from_numpy(candidates).to(device)
        for begin, logits in _blocks(model, ids.to(device), mask.to(device)):
            at = position - 1 - begin  # the logits at a token are about the next one
            here = np.flatnonzero((at >= 0) & (at < logits.shape[1]))
            r, t, p, k = (torch.from_numpy(a[here]).to(device) for a in (row_of, at, place, key))
            scores[:, here] = _bits(logits[r, t], tokens_of_keys[p], k).cpu().numpy()
    return np.split(scores, np.cumsum([row.n_scored for row in rows])[:-1], axis=1)


def _targets(rows: Sequence[Row], people: Sequence[Encoded]) -> NDArray[np.int64]:
    """int64[4, m]: of every key to score, its row, position there, place, and key."""
    parts = [
        np.stack(
            [
                np.full(row.n_scored, index),
                person.positions[row.scored] - row.offset,
                person.places[row.scored],
                person.keys[row.scored],
            ]
        )
        for index, (row, person) in enumerate(zip(rows, people, strict=True))
    ]
    return np.concatenate(parts, axis=1)


def _blocks(model: PreTrainedModel, ids: Tensor, mask: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Logits in blocks of tokens, each with its first index; the cache carries on."""
    n_rows, n = ids.shape
    n -= 1  # nothing follows the last token
    is_cached = _has_cache(model)
    size = block_size(model, n_rows) if is_cached else n
    past = None
    for begin in range(0, n, size):
        end = min(begin + size, n)
        carry = {"past_key_values": past, "use_cache": True} if is_cached else {}
        output = model(input_ids=ids[:, begin:end], attention_mask=mask[:, :end], **carry)
        past = output.past_key_values if is_cached else None
        yield begin, output.logits


def block_size(model: PreTrainedModel, n_rows: int) -> int:
    """Tokens of a block, so that its logits stay within ``LOGITS_BYTES``."""
    vocabulary = int(model.get_input_embeddings().num_embeddings)
    return max(1, LOGITS_BYTES // (4 * vocabulary * n_rows))


def _has_cache(model: PreTrainedModel) -> bool:
    """False of a few kinds, such as state-space models, which read a row at once."""
    import inspect

    return "past_key_values" in inspect.signature(model.forward).parameters


def _bits(logits: Tensor, candidates: Tensor, keys: Tensor) -> Tensor:
    """float64[3, m] from logits [m, V], the tokens of all keys [m, K], and the keys [m]."""
    import torch

    log_p = torch.log_softmax(logits.float(), -1).gather(1, candidates).double()
    among = torch.log_softmax(log_p, -1)
    pick = keys[:, None]
    nats = torch.stack([-log_p.gather(1, pick)[:, 0], -among.gather(1, pick)[:, 0]])
    mass = log_p.logsumexp(-1).exp().clamp(max=1.0)
    return torch.cat([nats.clamp(min=0.0) / np.log(2.0), mass[None]])
