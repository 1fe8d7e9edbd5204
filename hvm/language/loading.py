"""Loading: a model and its tokenizer out of a source, on a device, in a type of number.

Whatever torch and transformers say on the way is said in the words of a user, on one line.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING

from hvm.errors import HvmError, InputError
from hvm.language.sources import Source

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_INSTALL = "pip install hvm-learn[llm]"


def packages() -> tuple[ModuleType, ModuleType]:
    """Import torch and transformers.

    Raises
    ------
    InputError
        One is missing.
    """
    try:
        import torch
        import transformers
    except ImportError as error:
        raise InputError(
            f"language models need torch and transformers ({error.name} is missing): {_INSTALL}"
        ) from None
    return torch, transformers


def device_of(name: str) -> torch.device:
    """The device of a name: ``auto`` (a CUDA GPU if there is one), ``cpu``, ``cuda``, ``cuda:N``.

    Raises
    ------
    InputError
        There is no such kind, or no such device here.
    """
    torch, _ = packages()
    there = torch.cuda.is_available()
    if name == "auto":
        name = "cuda" if there else "cpu"
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdecimal()):
        raise InputError(f"a device is auto, cpu, cuda or cuda:N, not {name!r}")
    if kind == "cuda" and (not there or int(number or 0) >= torch.cuda.device_count()):
        count = torch.cuda.device_count() if there else 0
        raise InputError(f"device {name}: torch finds {count} CUDA GPUs here: take auto or cpu")
    return torch.device(name)


def dtype_of(name: str | None, device: torch.device) -> torch.dtype:
    """The type of weights: of a name, or else bfloat16 on a GPU and float32 elsewhere.

    Raises
    ------
    InputError
        It is another than these two.
    """
    torch, _ = packages()
    name = name or ("bfloat16" if device.type == "cuda" else "float32")
    if name not in ("float32", "bfloat16"):
        raise InputError(f"a language model runs in float32 or bfloat16, not {name!r}")
    return getattr(torch, name)


def pretrained(
    source: Source, device: torch.device, dtype: torch.dtype
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a model and its tokenizer; code that comes with a model is not run.

    Parameters
    ----------
    source : Source
    device : torch.device
        Where the model runs.
    dtype : torch.dtype
        Of its weights.

    Returns
    -------
    transformers.PreTrainedModel, transformers.PreTrainedTokenizerBase

    Raises
    ------
    InputError
        They cannot be loaded; the message says why.
    """
    _, transformers = packages()
    if not source.holds_tokenizer:  # transformers makes an empty one and says nothing
        raise InputError(f"{source.name}: the folder holds no tokenizer")
    with _reasons(source, "the tokenizer"):
        auto = transformers.AutoTokenizer
        tokenizer = auto.from_pretrained(source.location, **source.options)
    with _reasons(source, "the model"):
        auto = transformers.AutoModelForCausalLM
        model = auto.from_pretrained(source.location, dtype=dtype, **source.options)
        return model.to(device), tokenizer


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No notes and progress bars of transformers meanwhile."""
    _, transformers = packages()
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


@contextlib.contextmanager
def _reasons(source: Source, what: str) -> Iterator[None]:
    """Whatever transformers raises, in the words of a user."""
    try:
        yield
    except HvmError:
        raise
    except Exception as error:  # its readers raise everything from KeyError to RuntimeError
        raise InputError(f"{source.name}: {_reason(source, what, error)}") from None


def _reason(source: Source, what: str, error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, ImportError):
        return f"{what} needs a package that is missing: {_INSTALL} ({text:.160})"
    if "Unrecognized configuration class" in text:
        return "is not a causal language model"
    if isinstance(error, LookupError):
        text = f"{type(error).__name__} {text}"
    if not source.is_local and _is_connection(text):
        return "is not on this machine and the hub cannot be reached: name a folder or a GGUF file"
    if source.gguf_file is not None:
        return f"{what} cannot be read from GGUF, damaged or of another kind: {text:.200}"
    return f"{what} cannot be loaded: {text:.200}"


def _is_connection(text: str) -> bool:
    words = ("couldn't connect", "offline", "connection", "resolve", "max retries", "cached files")
    return any(word in text.lower() for word in words)
