"""Learn chunks and variables from symbol sequences, and count every bit honestly.

Names load when they are first used, so that ``import hvm`` costs next to nothing:

>>> import hvm
>>> sorted(hvm.__all__)[:3]
['Alphabet', 'HVM', 'HVMTransformer']
"""

from __future__ import annotations

from importlib import import_module

from hvm.version import __version__

TYPE_CHECKING = False  # as type checkers take it; the module ``typing`` is most of an import
if TYPE_CHECKING:
    from typing import Any

    import hvm.data as data
    import hvm.datasets as datasets
    import hvm.worlds.generate as generate
    from hvm.errors import HvmError, HvmWarning
    from hvm.learn.hvm import HVM
    from hvm.learn.transformer import HVMTransformer
    from hvm.lexicon.lexicon import Lexicon
    from hvm.lexicon.parsing import parse
    from hvm.symbols.alphabet import Alphabet
    from hvm.symbols.convert import as_symbols
    from hvm.symbols.readers import read_symbols
    from hvm.symbols.sequences import Symbols

__all__ = [
    "HVM",
    "Alphabet",
    "HVMTransformer",
    "HvmError",
    "HvmWarning",
    "Lexicon",
    "Symbols",
    "__version__",
    "as_symbols",
    "data",
    "datasets",
    "generate",
    "parse",
    "read_symbols",
]

_MODULES = {
    "data": "hvm.data",
    "datasets": "hvm.datasets",
    "generate": "hvm.worlds.generate",
}
_HOMES = {
    "HVM": "hvm.learn.hvm",
    "HVMTransformer": "hvm.learn.transformer",
    "Alphabet": "hvm.symbols.alphabet",
    "HvmError": "hvm.errors",
    "HvmWarning": "hvm.errors",
    "Lexicon": "hvm.lexicon.lexicon",
    "Symbols": "hvm.symbols.sequences",
    "as_symbols": "hvm.symbols.convert",
    "parse": "hvm.lexicon.parsing",
    "read_symbols": "hvm.symbols.readers",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:  # a function of that name would hide it, or be hidden by it
        return import_module(_MODULES[name])
    if name not in _HOMES:
        raise AttributeError(f"module 'hvm' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
