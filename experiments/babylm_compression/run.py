"""Three domains of BabyLM: the paper's table by its definitions and ours, rivals, and curves.

python -m experiments.babylm_compression [--parts snippets,compare,curves] [--babylm DIR]

with HVM_DATA naming the folder of data. A part whose files are there is not measured again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from experiments.common import Config, Row, data_folder, read_config, write_csv, write_provenance
from hvm import HVM, read_symbols
from hvm.code.container import compress
from hvm.curve.curve import measure_curve, write_curve
from hvm.curve.texts import NamedText
from hvm.data.files import make_folder
from hvm.learn.model import Model
from hvm.rivals import compare
from hvm.rivals.lz78 import lz78
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols

HERE = Path(__file__).parent
PARTS = ("snippets", "compare", "curves")
RIVALS = ("zlib", "lzma", "ppmd")


class Corpus(NamedTuple):
    name: str
    train: Path
    dev: Path


def corpora(config: Config, babylm: Path | None) -> list[Corpus]:
    """The texts of the data folder, or all domains of a BabyLM that was fetched."""
    if babylm is None:
        texts = data_folder() / "text"
        return [
            Corpus(name, texts / f"{name}.train.txt", texts / f"{name}.dev.txt")
            for name in config["corpora"]
        ]
    trains = sorted(babylm.glob("**/babylm_10M/*.train"))
    pairs = [(t, t.parents[1] / "babylm_dev" / f"{t.stem}.dev") for t in trains]
    domains = [Corpus(train.stem, train, dev) for train, dev in pairs if dev.exists()]
    if not domains:
        sys.exit(f"{babylm}: holds no babylm_10M/*.train with a dev: see hvm data fetch babylm")
    return domains


# -- the paper's table ------------------------------------------------------------------------


def snippet_rows(corpus: Corpus, config: Config) -> Iterator[Row]:
    """One row a snippet and model: the table's three measures, and the bits that decode."""
    text = corpus.train.read_text(encoding="utf-8")
    settings = config["snippets"]
    for size, count in zip(settings["sizes"], settings["counts"], strict=True):
        rng = np.random.default_rng((config["seed"], size))
        if size > len(text):
            continue
        for number, begin in enumerate(rng.integers(len(text) - size + 1, size=count).tolist()):
            snippet = text[begin : begin + size]
            for row in model_rows(snippet, settings["restarts"]):
                yield {"corpus": corpus.name, "symbols": size, "snippet": number, **row}
        print(corpus.name, size, "done", file=sys.stderr, flush=True)


def model_rows(text: str, restarts: int) -> Iterator[Row]:
    symbols = as_symbols(text)
    learners = {
        "HCM, published algorithm": HVM.paper(variables=False),
        "HVM, published algorithm": HVM.paper(),
        "HCM": HVM(variables=False, restarts=restarts, context="unigram"),
        "HVM": HVM(restarts=restarts, context="unigram"),
    }
    for name, learner in learners.items():
        yield {"model": name, **learned_row(learner, symbols)}
    yield {"model": "LZ78", **lz78_row(symbols)}
    data = text.encode()
    files: dict[str, Callable[[bytes], float]] = {
        "hvm, a file": lambda text_bytes: 8.0 * len(compress(text_bytes, "hvm")),
        "mixed, a file": lambda text_bytes: 8.0 * len(compress(text_bytes, "mixed")),
    }
    files |= {name: compare.METHODS[name].measure for name in RIVALS}
    for name, bits in files.items():
        yield {"model": name, "bits": bits(data)}


def learned_row(learner: Model, symbols: Symbols) -> dict[str, float]:
    last = learner.fit(symbols).history_.iloc[-1]
    return {
        "units": len(symbols) / last["explanatory_volume"],
        "sequence_complexity_bits": last["sequence_complexity_bits"],
        "coding_efficiency": last["n_chunks"] / len(symbols),
        "bits": learner.lexicon_bits_ + learner.data_bits_,
        "lexicon_bits": learner.lexicon_bits_,
        "n_variables": last["n_variables"],
        "seconds": learner.seconds_,
    }


def lz78_row(symbols: Symbols) -> dict[str, float]:
    parsed = lz78(symbols)
    return {
        "units": parsed.n_phrases,
        "sequence_complexity_bits": parsed.sequence_complexity_bits,
        "coding_efficiency": parsed.coding_efficiency,
        "bits": parsed.bits,
    }


def measure_snippets(texts: list[Corpus], results: Path, config: Config) -> None:
    rows = pd.DataFrame(row for corpus in texts for row in snippet_rows(corpus, config))
    write_csv(results / "snippets.csv", rows)


# -- methods side by side, and curves -----------------------------------------------------------


def measure_compare(texts: list[Corpus], results: Path, config: Config) -> None:
    """Every method on every test text, from nothing and after its training text."""
    sizes = [size or None for size in config["compare"]["sizes"]]
    rows = []
    for corpus in texts:
        data = [(corpus.name, corpus.dev.read_bytes())]
        methods = [name for name, rival in compare.METHODS.items() if not rival.programs]
        todo = compare.tasks(data, methods, sizes)
        todo += compare.tasks(data, methods, [None], corpus.train.read_bytes())
        for task in todo:
            rows.append({**compare.measure(task), "primed": bool(task.before)})
            print(rows[-1], file=sys.stderr, flush=True)
    write_csv(results / "compare.csv", pd.DataFrame(rows))


def measure_curves(texts: list[Corpus], results: Path, config: Config) -> None:
    """A curve of each training text: its test text held out, the others' for transfer."""
    for unit in config["curves"]["units"]:
        how = {"unit": unit, "sequences": "line"}
        for corpus in texts:
            folder = results / "curves" / f"{corpus.name}-{unit}"
            if (folder / "curve.csv").exists():
                continue
            make_folder(folder)
            others = [
                NamedText(other.name, read_symbols([other.dev], **how))
                for other in texts
                if other is not corpus
            ]
            learner = HVM(seed=config["seed"], context="unigram")
            train, dev = (read_symbols([path], **how) for path in (corpus.train, corpus.dev))
            table = measure_curve(learner, train, dev, others)
            settings = {"corpus": corpus.name, **how, **learner.get_params()}
            write_curve(folder, table, settings)
            print(folder.name, "done", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default=",".join(PARTS), help="what to measure")
    parser.add_argument("--babylm", type=Path, help="folder of BabyLM: all its domains")
    options = parser.parse_args(arguments)
    config = read_config(HERE)
    texts = corpora(config, options.babylm)
    results = HERE / ("results" if options.babylm is None else "results-babylm")
    make_folder(results)
    write_provenance(results, config)
    measure = {"snippets": measure_snippets, "compare": measure_compare, "curves": measure_curves}
    for part in options.parts.split(","):
        if part not in measure:
            sys.exit(f"--parts: {part!r} is none of {', '.join(PARTS)}")
        if part == "curves" or not (results / f"{part}.csv").exists():
            measure[part](texts, results, config)
