"""Sentences, each by itself: the bits of all its tokens behind the token that begins a text.

It is what BabyLM's evaluation takes from a causal model: the sum of log-probabilities of the whole
sentence, nothing before it but BOS (or EOS, where a model has no BOS). No end is paid for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError, require_whole
from hvm.language.scoring import batches, memory_is_short
from hvm.language.tokens import bos_token

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

SENTENCES_AT_ONCE = 32


def sentence_bits(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    name: str,
    sentences: Sequence[str],
    batch_size: int = SENTENCES_AT_ONCE,
) -> NDArray[np.float64]:
    """Bits of each sentence by itself.

    Parameters
    ----------
    model : transformers.PreTrainedModel
    tokenizer : transformers.PreTrainedTokenizerBase
    name : str
        What messages call the model.
    sentences : sequence of str
    batch_size : int
        Sentences that are read together; filled up at the right, which no token that counts sees.

    Returns
    -------
    float64[n]

    Raises
    ------
    InputError
        A sentence has no token, memory does not suffice, or the model gives no number.
    """
    require_whole("batch_size", batch_size, 1)
    bos = bos_token(tokenizer, name)
    rows = [[bos, *tokenizer.encode(text, add_special_tokens=False)] for text in sentences]
    for text, row in zip(sentences, rows, strict=True):
        if len(row) == 1:
            raise InputError(f"{name}: reads no token in {text!r:.60}")
    bits = np.empty(len(rows), np.float64)
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
    for batch in batches(order, batch_size):
        with memory_is_short(name):
            bits[list(batch)] = _bits_of_rows(model, [rows[index] for index in batch])
    wrong = np.flatnonzero(~np.isfinite(bits))
    if len(wrong):
        raise InputError(
            f"{name}: gives no number of bits for {sentences[wrong[0]]!r:.60}: its weights are "
            "damaged, or its type is too coarse for this device (try --device cpu)"
        )
    return bits


def _bits_of_rows(model: PreTrainedModel, rows: list[list[int]]) -> NDArray[np.float64]:
    import torch

    longest = max(map(len, rows))
    ids = torch.tensor([row + [row[0]] * (longest - len(row)) for row in rows])
    lengths = torch.tensor([len(row) for row in rows])
    mask = torch.arange(longest) < lengths[:, None]
    ids, mask = ids.to(model.device), mask.to(model.device)
    with torch.inference_mode():
        logits = model(input_ids=ids, attention_mask=mask.long()).logits[:, :-1].float()
        nats = -torch.log_softmax(logits, -1).gather(2, ids[:, 1:, None])[..., 0].double()
        sums = torch.where(mask[:, 1:], nats, 0.0).sum(1)
    return np.asarray(sums.cpu().numpy() / np.log(2.0), np.float64)
