"""The command line: fit, score, parse, show, graph, generate, demo.

Every heavy module loads inside the command that needs it, so that ``--help`` answers at once.
Results go to stdout, everything else to stderr; an error is one line and exit status 2.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hvm import __version__
from hvm.cli import data as cli_data
from hvm.cli import recall as cli_recall
from hvm.errors import HvmError, InputError, OutputError
from hvm.progress import compile_notice, progress

if TYPE_CHECKING:
    from rich.console import Console

    from hvm.learn.model import Model
    from hvm.symbols.sequences import Symbols

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Learn chunks and variables from sequences, and count every bit honestly.",
)

app.add_typer(cli_data.app)
app.command()(cli_recall.recall)

EXIT_ERROR = 2
EXIT_INTERRUPTED = 130


Unit = Literal["char", "word", "byte", "int"]
Sequences = Literal["file", "line"]
Criterion = Literal["gain", "count"]
Preset = Literal["default", "paper"]
Method = Literal["viterbi", "greedy"]
Code = Literal["mixed", "hvm"]
Mode = Literal["prequential", "two-part"]
EncodingErrors = Literal["strict", "replace"]

ModelFile = Annotated[Path, typer.Argument(metavar="MODEL", help="Model file that fit wrote.")]
Texts = Annotated[
    list[Path], typer.Argument(metavar="TEXT", help="Files to read; each starts anew.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on stdout, nothing else.")
]
Encoding = Annotated[
    EncodingErrors, typer.Option(help="Invalid UTF-8 is an error, or becomes U+FFFD.")
]
OfUnit = Annotated[Unit, typer.Option(help="What a symbol is.")]
InSequences = Annotated[
    Sequences, typer.Option(help="A file is one sequence, or each of its lines is.")
]
MostEntries = Annotated[int | None, typer.Option(min=1, help="Most entries, atoms included.")]
OfPreset = Annotated[Preset, typer.Option(help="The best we know, or the published algorithm.")]
Restarts = Annotated[
    int | None,
    typer.Option(
        min=1, help="Searches, the best kept.", show_default="4, 2 or 1, by length of the text"
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of every random choice.")]


# -- running ------------------------------------------------------------------------------


def run(arguments: list[str]) -> int:
    """Run one command and return its exit status; never lets an exception through.

    Parameters
    ----------
    arguments : list of str
        The command line without the program's name.

    Returns
    -------
    int
        0, 2 after an error (one line on stderr), 130 after an interrupt. A defect of hvm itself
        is status 1; its traceback shows where the environment holds ``HVM_DEBUG``.
    """
    _never_fail_to_print()
    try:
        status = _run(arguments or ["--help"])
    except (KeyboardInterrupt, typer.Abort):
        status = EXIT_INTERRUPTED
    except (BrokenPipeError, SystemExit):  # the reader of our output left, as `head` does
        _drop_stdout()
        return 0
    except OSError as error:
        _drop_stdout()
        return _fail(f"{error.filename or 'standard output'}: {error.strerror}")
    except Exception as error:
        if _was_interrupt(error):
            status = EXIT_INTERRUPTED
        elif os.environ.get("HVM_DEBUG"):
            raise
        else:
            return _fail(f"this is a defect of hvm: {type(error).__name__}: {error}", status=1)
    if status == EXIT_INTERRUPTED:
        print("hvm: interrupted", file=sys.stderr)
    return status


def _run(arguments: list[str]) -> int:
    try:
        status = app(arguments, prog_name="hvm", standalone_mode=False)
        sys.stdout.flush()
        return status or 0
    except HvmError as error:
        return _fail(str(error))
    except typer.TyperException as error:
        return _fail(error.format_message())
    except MemoryError:
        return _fail("out of memory: give less text, a shorter --length, or fewer --max-entries")


def _was_interrupt(error: BaseException) -> bool:
    """Whether Ctrl-C is at the bottom of it: within a kernel it becomes a SystemError, or two."""
    while error.__cause__ is not None:
        error = error.__cause__
    return isinstance(error, KeyboardInterrupt)


def _never_fail_to_print() -> None:
    """Write what a terminal's encoding lacks as an escape rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _drop_stdout() -> None:
    """Let what is still to be printed go nowhere, so that the end of the program cannot fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, status: int = EXIT_ERROR) -> int:
    print("hvm: error:", " ".join(message.splitlines()), file=sys.stderr)
    return status


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"hvm {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print it."),
    ] = False,
) -> None:
    """Learn chunks and variables from sequences, and count every bit honestly."""


# -- commands -----------------------------------------------------------------------------


@app.command()
def fit(
    texts: Texts,
    output: Annotated[Path, typer.Option(metavar="MODEL", help="Model file to write.")],
    unit: OfUnit = "char",
    sequences: InSequences = "file",
    iterations: Annotated[
        int | None, typer.Option(min=1, help="Most passes over the text.")
    ] = None,
    max_entries: MostEntries = None,
    criterion: Annotated[
        Criterion | None,
        typer.Option(help="Rank proposals by bits gained, or by count.", show_default="gain"),
    ] = None,
    no_variables: Annotated[
        bool, typer.Option("--no-variables", help="Learn chunks only (HCM).")
    ] = False,
    preset: OfPreset = "default",
    restarts: Restarts = None,
    seed: Seed = 0,
    encoding_errors: Encoding = "strict",
    as_json: AsJson = False,
) -> None:
    """Learn a model from TEXT and write it to MODEL."""
    _check_output(output, texts)
    own = {"max_entries": max_entries, "criterion": criterion, "restarts": restarts}
    shared = {"iterations": iterations, "variables": not no_variables}
    model = _learner(preset, shared, own, seed)
    symbols = _read(texts, encoding_errors, unit=unit, sequences=sequences)
    with compile_notice(), progress(f"learning from {len(symbols):,} symbols"):
        model.fit(symbols)
    model.save(output)
    report = _fit_report(model)
    if as_json:
        _print_json(report)
    else:
        _print_fields({**report, "model": str(output)})


@app.command()
def score(
    model: ModelFile,
    texts: Texts,
    encoding_errors: Encoding = "strict",
    as_json: AsJson = False,
) -> None:
    """Count the bits of the best parse of TEXT under MODEL, the lexicon not included."""
    from hvm.show.summary import score_report

    saved, symbols = _load_and_read(model, texts, encoding_errors)
    with compile_notice(), progress(f"scoring {len(symbols):,} symbols"):
        report = score_report(saved.lexicon_, saved.alphabet_, symbols)
    if as_json:
        _print_json(report)
    else:
        _print_fields(report)


@app.command()
def parse(
    model: ModelFile,
    text: Annotated[Path, typer.Argument(metavar="TEXT", help="File to parse.")],
    method: Annotated[
        Method, typer.Option(help="Fewest bits, or longest unit from the left.")
    ] = "viterbi",
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after N sequences.")] = None,
    encoding_errors: Encoding = "strict",
    as_json: AsJson = False,
) -> None:
    """Cut TEXT into units and name what fills each slot.

    Prints one sequence a line, units apart by |, a slot as [V12:filler]. With --json, start and
    end count symbols from the start of the unit's own sequence; entry, variable and filler are
    ids; an unknown symbol has no entry (null).
    """
    from hvm.lexicon.parsing import parse as cut
    from hvm.show.summary import parsed_sequences

    saved, symbols = _load_and_read(model, [text], encoding_errors)
    symbols = symbols if limit is None else _first_sequences(symbols, limit)
    with compile_notice(), progress(f"parsing {len(symbols):,} symbols"):
        result = cut(saved.lexicon_, symbols.codes, symbols.starts, method)
    sequences = parsed_sequences(result, symbols)
    if as_json:
        _print_json_list("sequences", ({"units": units} for units in sequences))
    else:
        _print_parse(sequences, symbols)


@app.command()
def show(
    model: ModelFile,
    top: Annotated[int, typer.Option(min=1, help="How many of each kind.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the chunks and variables worth seeing, with what fills the variables.

    Chunks rank by count times length, variables by the slots they fill.
    """
    from hvm.learn.model import Model
    from hvm.show import summary

    saved = Model.load(model)
    chunks = summary.top_chunks(saved.lexicon_, saved.alphabet_, top)
    variables = summary.top_variables(saved.lexicon_, saved.alphabet_, top)
    counts = summary.kind_counts(saved.lexicon_)
    if as_json:
        _print_json({**counts, "top_chunks": chunks, "top_variables": variables})
        return
    console = _console()
    console.print(", ".join(f"{number:,} {name}" for name, number in counts.items()))
    for rows, table in ((chunks, summary.chunk_table), (variables, summary.variable_table)):
        if rows:
            console.print(table(rows))


@app.command()
def graph(
    model: ModelFile,
    output: Annotated[
        Path,
        typer.Option(metavar="FILE", help="Ends in .json .graphml .gexf .dot .svg or .png."),
    ],
    nodes: Annotated[int, typer.Option(min=1, help="Most entries in a picture.")] = 40,
) -> None:
    """Write the lexicon as a graph, or a picture of its top part."""
    from hvm.learn.model import Model
    from hvm.lexicon.graph import to_networkx
    from hvm.show.exports import graph_suffix, write_graph

    graph_suffix(output)
    _check_output(output, [model])
    saved = Model.load(model)
    with progress(f"writing {output}"):
        write_graph(to_networkx(saved.lexicon_, saved.alphabet_), output, nodes)


@app.command()
def compress(
    data: Annotated[Path, typer.Argument(metavar="INPUT", help="Any file.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="To write.")],
    method: Annotated[
        Code | None,
        typer.Option(help="The smallest file (mixed), or what chunks and variables explain alone."),
    ] = None,
    mode: Annotated[
        Mode, typer.Option(help="Learn from what was coded, or send a lexicon and a parse (hvm).")
    ] = "prequential",
    model: Annotated[
        Path | None, typer.Option(metavar="MODEL", help="Begin with a fitted model.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compress INPUT with the chunks learned from it; the file decodes without anything else."""
    from hvm.code.container import compress as pack
    from hvm.code.container import two_part_bits
    from hvm.data.files import read_bytes, write_atomic
    from hvm.learn.model import Model

    _check_output(output, [data, *filter(None, [model])])
    primer = Model.load(model) if model else None
    content = read_bytes(data)
    method = method or ("mixed" if mode == "prequential" else "hvm")
    with compile_notice(), progress(f"compressing {len(content):,} bytes"):
        packed = pack(content, method, primer, mode)
    write_atomic(output, packed)
    report: dict[str, Any] = {
        "input_bytes": len(content),
        "output_bytes": len(packed),
        "method": method,
        "mode": mode,
        "bits_per_byte": 8 * len(packed) / len(content) if content else None,
    }
    parts = two_part_bits(packed)
    if parts:
        report["lexicon_bits"], report["data_bits"] = parts
    _print_json(report) if as_json else _print_fields(report)


@app.command()
def decompress(
    packed: Annotated[Path, typer.Argument(metavar="FILE", help="What compress wrote.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUTPUT", help="To write.")],
    model: Annotated[
        Path | None, typer.Option(metavar="MODEL", help="The one that compress was given.")
    ] = None,
) -> None:
    """Give back the file that compress was given."""
    from hvm.code.container import decompress as unpack
    from hvm.data.files import read_bytes, write_atomic
    from hvm.learn.model import Model

    _check_output(output, [packed, *filter(None, [model])])
    primer = Model.load(model) if model else None
    content = read_bytes(packed)
    with compile_notice(), progress(f"decompressing {len(content):,} bytes"):
        data = unpack(content, packed, primer)
    write_atomic(output, data)


@app.command()
def compare(
    texts: Texts,
    train: Annotated[
        list[Path] | None,
        typer.Option(metavar="TEXT", help="Learned from first by every method; repeatable."),
    ] = None,
    sizes: Annotated[
        str, typer.Option(help="First bytes of each file, with commas; all is the whole file.")
    ] = "all",
    methods: Annotated[
        str | None, typer.Option(help="Names with commas; without, all whose packages are there.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="For the table and the picture."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bits per byte of every method for every file and size, with time and memory."""
    from hvm.data.files import make_folder, read_bytes
    from hvm.rivals import compare as side_by_side

    trained = [(path, read_bytes(path)) for path in train or []]
    for path, data in trained:
        if not data:
            raise InputError(f"{path}: holds no byte to learn from")
    before = b"".join(data for _, data in trained)
    if output:
        make_folder(output)
    given = [(str(path), read_bytes(path)) for path in texts]
    wanted = None if methods is None else [name.strip() for name in methods.split(",")]
    names = list(side_by_side.methods()) if wanted is None else wanted
    lengths = [None if size == "all" else _size(size) for size in sizes.split(",")]
    todo = side_by_side.tasks(given, names, lengths, before)
    rows: list[dict[str, Any]] = []
    left_out: set[str] = set()
    for done, task in enumerate(todo):
        if task.method in left_out:
            continue
        what = f"{task.method}, {len(task.data):,} bytes of {task.file}"
        with progress(f"{what}, {done} of {len(todo)} done"):
            try:
                rows.append(side_by_side.measure(task))
            except InputError as error:
                if wanted or "pip install" not in str(error):
                    raise
                left_out.add(task.method)
                print(f"hvm: left out: {error}", file=sys.stderr)
    if output:
        files = [str(path) for path in texts]
        config = {
            "texts": files,
            "train": [str(path) for path in train or []],
            "sizes": sizes,
            "methods": names,
        }
        side_by_side.write_comparison(output, rows, config)
    _print_json({"rows": rows}) if as_json else _print_comparison(rows)


@app.command()
def curve(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="For the table and the figures.")
    ],
    train: Annotated[
        list[Path] | None, typer.Argument(metavar="TRAIN", help="Files to learn from.")
    ] = None,
    held_out: Annotated[
        list[Path] | None,
        typer.Option(metavar="TEXT", help="Text of the same kind; repeatable."),
    ] = None,
    transfer: Annotated[
        list[Path] | None, typer.Option(metavar="TEXT", help="Text of another kind; repeatable.")
    ] = None,
    unit: OfUnit = "char",
    sequences: InSequences = "file",
    iterations: Annotated[int | None, typer.Option(min=1, help="Most iterations.")] = None,
    max_entries: MostEntries = None,
    preset: OfPreset = "default",
    restarts: Restarts = None,
    seed: Seed = 0,
    encoding_errors: Encoding = "strict",
    redraw: Annotated[
        bool, typer.Option("--redraw", help="Only draw the figures again, from DIR/curve.csv.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compression against generalization, by iteration and level of abstraction."""
    from hvm.curve import curve as curves
    from hvm.data.files import make_folder

    if redraw:
        curves.draw_curve(output)
        return
    if not train or not held_out:
        raise InputError("a curve needs TRAIN and --held-out TEXT (or --redraw)")
    own = {"max_entries": max_entries, "restarts": restarts}
    learner = _learner(preset, {"iterations": iterations}, own, seed)
    how = {"unit": unit, "sequences": sequences}
    training = _read(train, encoding_errors, **how)
    held = _read(held_out, encoding_errors, **how)
    others = [
        curves.Text(path.name, _read([path], encoding_errors, **how)) for path in transfer or []
    ]
    make_folder(output)
    with compile_notice(), progress(f"learning from {len(training):,} symbols and measuring"):
        table = curves.measure_curve(learner, training, held, others)
    settings = {
        "train": [str(path) for path in train],
        "held_out": [str(path) for path in held_out],
        "transfer": [str(path) for path in transfer or []],
        **how,
        "preset": preset,
        **learner.get_params(),
    }
    curves.write_curve(output, table, settings)
    if as_json:
        rows = json.loads(table.to_json(orient="records", double_precision=15))
        _print_json({"rows": rows})
    else:
        _print_curve(table)


@app.command()
def generate(
    depth: Annotated[int, typer.Option(min=0, help="Chunks and variables to create.")],
    alphabet: Annotated[int, typer.Option(min=2, help="Number of symbols.")],
    p_variable: Annotated[float, typer.Option(min=0, max=1, help="Chance of a variable.")],
    length: Annotated[int, typer.Option(min=1, help="Symbols to write.")],
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random choice.")],
    output: Annotated[Path, typer.Option(metavar="FILE.npy", help="Array file to write.")],
    tied_slots: Annotated[
        bool, typer.Option("--tied-slots", help="One filler for all slots of a variable in a unit.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write symbols of a random world of nested chunks and variables, its entropy known."""
    from hvm.worlds.generate import generate as make_world

    _check_output(output, [])
    if output.suffix != ".npy":
        raise OutputError(f"{output}: the name of the file must end in .npy")
    with compile_notice(), progress(f"generating {length:,} symbols and their entropy"):
        world = make_world(
            depth=depth,
            alphabet_size=alphabet,
            p_variable=p_variable,
            n_symbols=length,
            seed=seed,
            tied_slots=tied_slots,
        )
    _write_array(output, world.symbols)
    report = {
        "symbols": len(world.symbols),
        "entropy_bits_per_symbol": world.entropy_bits_per_symbol,
        "derivation_entropy_bits_per_symbol": world.derivation_entropy_bits_per_symbol,
        "chunks": len(world.world.lexicon.chunks),
        "variables": len(world.world.lexicon.variables),
    }
    if as_json:
        _print_json(report)
    else:
        _print_fields(report)


@app.command()
def demo(
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for models, tables and pictures.")
    ] = Path("hvm-demo"),
) -> None:
    """Learn from a generated world and from English text that Python carries; no download."""
    from hvm.cli.demo import run_demo

    run_demo(output, _console())


# -- reading ------------------------------------------------------------------------------


def _size(text: str) -> int:
    if not text.isdecimal():
        raise InputError(f"--sizes: {text!r} is neither a number of bytes nor all")
    return int(text)


def _print_comparison(rows: list[dict[str, Any]]) -> None:
    """A table for each file, fewest bits first; then once what the bits pay for."""
    from rich.table import Table

    console = _console()
    for file in dict.fromkeys(row["file"] for row in rows):
        own = [row for row in rows if row["file"] == file]
        sizes = sorted({row["symbols"] for row in own})
        bits = {(row["method"], row["symbols"]): row["bits_per_symbol"] for row in own}
        table = Table(box=None, title=f"{file}: bits per byte", title_justify="left")
        for name in ("method", *(f"{size:,} bytes" for size in sizes), "seconds", "peak MB"):
            table.add_column(name, justify="left" if name == "method" else "right")
        largest = [row for row in own if row["symbols"] == sizes[-1]]
        for row in sorted(largest, key=lambda row: row["bits"]):
            shown = [f"{bits[row['method'], size]:.3f}" for size in sizes]
            peak = "" if row["peak_mb"] is None else f"{row['peak_mb']:.0f}"
            table.add_row(row["method"], *shown, f"{row['seconds']:.2f}", peak)
        console.print(table)
        console.print()
    _print_fields({row["method"]: row["pays_for"] for row in rows})


def _print_curve(table: Any) -> None:
    """The last iteration of each learner and choice, level by level."""
    from rich.table import Table

    columns = {
        "lexicon": ("lexicon_bits", ",.0f"),
        "bits": ("bits_per_symbol", ".4f"),
        "rate": ("rate_bits_per_symbol", ".4f"),
        "edits": ("distortion_most_probable", ".4f"),
        "held out": ("held_out_bits_per_symbol", ".4f"),
        "transfer": ("transfer_bits_per_symbol", ".4f"),
    }
    columns = {title: shown for title, shown in columns.items() if shown[0] in table}
    printed = Table(box=None, title="last iteration, by symbol", title_justify="left")
    for name in ("variables", "level", *columns):
        printed.add_column(name, justify="left" if name == "variables" else "right")
    last = table[table["iteration"] == table.groupby("model")["iteration"].transform("max")]
    for _, row in last.iterrows():
        name = row["model"] if row["abstraction"] in ("none", "learned") else row["abstraction"]
        shown = [format(row[column], style) for column, style in columns.values()]
        printed.add_row(name, str(row["level"]), *shown)
    _console().print(printed)


def _read(texts: list[Path], encoding_errors: EncodingErrors, **how: Any) -> Symbols:
    from hvm.symbols.readers import read_symbols

    with progress(f"reading {len(texts)} file{'s' if len(texts) > 1 else ''}"):
        return read_symbols(texts, encoding_errors=encoding_errors, **how)


def _load_and_read(
    model: Path, texts: list[Path], encoding_errors: EncodingErrors
) -> tuple[Model, Symbols]:
    """Load a model, and read texts with its unit, its sequence mode and its alphabet."""
    from hvm.learn.model import Model

    saved = Model.load(model)
    symbols = _read(
        texts,
        encoding_errors,
        unit=saved.alphabet_.unit,
        sequences=saved.mode_,
        alphabet=saved.alphabet_,
    )
    return saved, symbols


def _first_sequences(symbols: Symbols, limit: int) -> Symbols:
    from dataclasses import replace

    if limit >= symbols.n_sequences:
        return symbols
    codes = symbols.codes[: symbols.starts[limit]]
    unknown = symbols.unknown[: int((codes < 0).sum())]
    return replace(symbols, codes=codes, starts=symbols.starts[:limit], unknown=unknown)


def _learner(preset: Preset, shared: dict[str, Any], own: dict[str, Any], seed: int) -> Model:
    """An unfitted learner; None is an option not given, ``own`` those that the paper lacks."""
    from hvm.learn.hvm import HVM

    if preset == "paper":
        _refuse_with_paper(own)
        return HVM.paper(**_given(shared))
    return HVM(seed=seed, **_given(shared | own))


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _refuse_with_paper(options: dict[str, Any]) -> None:
    for name in _given(options):
        raise InputError(
            f"--{name.replace('_', '-')} is no option of --preset paper: "
            "the published algorithm has no such choice"
        )


# -- writing ------------------------------------------------------------------------------


def _check_output(path: Path, inputs: list[Path]) -> None:
    """Fail before the work, not after it, if ``path`` cannot or should not be written."""
    from hvm.data.files import require_writable

    require_writable(path)
    if path.exists() and any(given.exists() and given.samefile(path) for given in inputs):
        raise OutputError(f"{path}: is read by this command too, and would be lost")


def _write_array(path: Path, array: Any) -> None:
    from io import BytesIO

    import numpy as np

    from hvm.data.files import write_atomic

    buffer = BytesIO()
    np.save(buffer, array, allow_pickle=False)
    write_atomic(path, buffer.getvalue())


# -- telling ------------------------------------------------------------------------------


def _fit_report(model: Model) -> dict[str, Any]:
    from hvm.show.summary import kind_counts

    return {
        "symbols": model.n_symbols_,
        **kind_counts(model.lexicon_),
        "iterations": model.n_iterations_,
        "lexicon_bits": model.lexicon_bits_,
        "data_bits": model.data_bits_,
        "bits_per_symbol": model.bits_per_symbol_,
        "seconds": model.seconds_,
        "compile_seconds": model.compile_seconds_,
    }


def _print_json(report: dict[str, Any]) -> None:
    print(json.dumps(report, allow_nan=False))


def _print_json_list(name: str, items: Iterator[dict[str, Any]]) -> None:
    """Print ``{name: [items]}`` piece by piece, so that a long parse is never held as text."""
    print(f'{{"{name}": [', end="")
    for number, item in enumerate(items):
        print(", " if number else "", json.dumps(item, allow_nan=False), sep="", end="")
    print("]}")


def _print_fields(report: dict[str, Any]) -> None:
    """Print one ``name  value`` a line, units as they are in the names."""
    width = max(map(len, report))
    for name, value in report.items():
        if isinstance(value, int):
            value = f"{value:,}"
        elif isinstance(value, float):
            value = f"{value:,.4f}"
        print(f"{name.replace('_', ' '):{width}}  {'-' if value is None else value}")


def _print_parse(sequences: Iterator[list[dict[str, Any]]], symbols: Symbols) -> None:
    from hvm.show.summary import sequence_line

    for units, (origin, _) in zip(sequences, symbols.bounds(), strict=True):
        print(sequence_line(units, symbols, origin))


def _console() -> Console:
    from rich.console import Console

    return Console(markup=False, emoji=False, highlight=False, soft_wrap=False)
