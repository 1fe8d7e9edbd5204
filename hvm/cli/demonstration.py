"""The main job on two embedded texts: a generated world, and English that every Python carries.

Each example is learned, shown, weighed against LZ78, zlib and lzma on the same text, and written
to a folder: the model, the table that each picture was made from, and the pictures.
"""

from __future__ import annotations

import lzma
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hvm.data.files import make_folder, write_table
from hvm.datasets.texts import load_help
from hvm.learn.hvm import HVM
from hvm.learn.model import Model
from hvm.progress import compile_notice, progress
from hvm.rivals.lz78 import lz78
from hvm.show import summary
from hvm.show.exports import write_graph
from hvm.show.figures import write_figure
from hvm.show.plots import bits_bars, learning_curve
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols
from hvm.worlds.generate import generate

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from rich.console import Console
    from rich.table import Table

WORLD_SYMBOLS = 20_000
ENGLISH_CHARACTERS = 60_000
WORD_CHARACTERS = 120_000
_SHOWN = 8


class Example(NamedTuple):
    """A text to learn from, as symbols and as the bytes that a general compressor sees."""

    name: str
    about: str
    symbols: Symbols
    content: bytes
    restarts: int | None = 1  # one keeps the demo short


def run_demo(folder: Path, console: Console) -> pd.DataFrame:
    """Learn from each example, print what was learned, and write models, tables and pictures.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    console : rich.console.Console
        Where to print.

    Returns
    -------
    pandas.DataFrame
        One row an example and method: ``bits``, ``bits_per_symbol``, and the dictionary's share
        of them where the method writes one.
    """
    import pandas as pd

    tables = []
    for make_example in (generated_example, english_example):
        example = make_example()
        model = _learn(example, folder / example.name, console)
        tables.append(bits_table(example, model).assign(example=example.name))
        console.print(_rich_bits(tables[-1]))
    _learn(words_example(), folder / "words", console)
    table = pd.concat(tables, ignore_index=True)
    write_table(folder / "bits.csv", table)
    write_figure(folder / "bits.png", _bits_figure(table))
    console.print(f"Models, tables and pictures: {folder}")
    return table


def _learn(example: Example, folder: Path, console: Console) -> Model:
    """Fit, print and write one example."""
    make_folder(folder)
    console.rule(example.name)
    console.print(example.about)
    with compile_notice(), progress(f"learning from {example.name}"):
        model = HVM(restarts=example.restarts).fit(example.symbols)
    lexicon, alphabet = model.lexicon_, model.alphabet_
    counts = summary.kind_counts(lexicon)
    console.print(
        f"Learned {counts['chunks']:,} chunks and {counts['variables']:,} variables in "
        f"{model.n_iterations_} passes and {model.seconds_:.1f} s. A symbol costs "
        f"{model.data_bits_ / model.n_symbols_:.3f} bits and its share of the lexicon "
        f"{model.lexicon_bits_ / model.n_symbols_:.3f}, of which "
        f"{alphabet.definition_bits() / model.n_symbols_:.3f} spell the alphabet.\n"
    )
    console.print(summary.chunk_table(summary.top_chunks(lexicon, alphabet, _SHOWN)))
    console.print(summary.variable_table(summary.top_variables(lexicon, alphabet, _SHOWN)))
    _write_model(folder, model)
    return model


def _write_model(folder: Path, model: Model) -> None:
    model.save(folder / "model.hvm")
    write_table(folder / "history.csv", model.history_)
    curve = learning_curve(model.history_, model.n_symbols_)
    write_figure(folder / "learning-curve.png", curve)
    for name in ("graph.json", "graph.png", "graph.svg"):
        write_graph(model.graph_, folder / name)


# -- the texts ----------------------------------------------------------------------------


def generated_example() -> Example:
    """Return symbols of a random world of nested chunks and variables, its entropy known."""
    world = generate(15, 10, 0.5, WORLD_SYMBOLS, seed=0, entropy_symbols=100_000)
    about = (
        f"{len(world.symbols):,} symbols of a random world of "
        f"{len(world.world.lexicon.chunks)} chunks and {world.n_variables} variables. "
        f"True entropy {world.entropy_bits_per_symbol:.3f} bits a symbol."
    )
    symbols, content = as_symbols(world.symbols), world.symbols.tobytes()
    return Example("generated", about, symbols, content, restarts=None)


def english_example() -> Example:
    """Return the beginning of Python's own help texts, characters."""
    text = load_help()[:ENGLISH_CHARACTERS]
    about = f"{len(text):,} characters of the help texts that Python carries."
    return Example("english", about, as_symbols(text), text.encode())


def words_example() -> Example:
    """Return the beginning of Python's own help texts, words, one paragraph a sequence."""
    text = load_help()[:WORD_CHARACTERS]
    symbols = as_symbols(text, unit="word", sequences="line")
    about = f"{len(symbols):,} words and punctuation marks of the same help texts."
    return Example("words", about, symbols, text.encode())


# -- bits ---------------------------------------------------------------------------------


def bits_table(example: Example, model: Model) -> pd.DataFrame:
    """Return what each method needs to write the example down, dictionary and alphabet included."""
    import pandas as pd

    rival = lz78(example.symbols)
    rows: list[tuple[str, float, float | None]] = [
        ("hvm, two-part code", model.lexicon_bits_ + model.data_bits_, model.lexicon_bits_),
        ("LZ78", rival.bits, None),
        ("zlib, level 9", 8.0 * len(zlib.compress(example.content, 9)), None),
        ("lzma, extreme", 8.0 * len(_xz(example.content)), None),
    ]
    table = pd.DataFrame(rows, columns=["method", "bits", "dictionary_bits"])
    for name in ("bits", "dictionary_bits"):
        table[f"{name}_per_symbol"] = table[name] / len(example.symbols)
    return table.sort_values(["bits", "method"], ignore_index=True)


def _xz(content: bytes) -> bytes:
    """Compress as tightly as lzma can, without a container."""
    return lzma.compress(content, lzma.FORMAT_ALONE, preset=9 | lzma.PRESET_EXTREME)


def _rich_bits(table: pd.DataFrame) -> Table:
    from rich import box
    from rich.table import Table

    printed = Table(
        title="Bits to write the text down, dictionary included",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    printed.add_column("method")
    for name in ("bits", "a symbol", "of them dictionary"):
        printed.add_column(name, justify="right")
    for row in table.itertuples():
        share = row.dictionary_bits_per_symbol
        printed.add_row(
            row.method,
            f"{row.bits:,.0f}",
            f"{row.bits_per_symbol:.3f}",
            "" if share != share else f"{share:.3f}",
        )
    return printed


def _bits_figure(table: pd.DataFrame) -> Axes:
    from matplotlib.figure import Figure

    examples = list(dict.fromkeys(table["example"]))
    axes = Figure(figsize=(6.4, 2.6 * len(examples)), layout="constrained").subplots(len(examples))
    for ax, example in zip(axes, examples, strict=True):
        bits_bars(table[table["example"] == example], ax).set_title(example)
    first: Axes = axes[0]
    return first
