"""Bits of real text: files compressed from nothing, and what each kind of context is worth.

python -m experiments.bits [--corpora NAME ...] [--output FOLDER]
with HVM_DATA naming the folder of data
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.common import (
    Config,
    Row,
    bootstrap_interval,
    data_folder,
    markdown,
    ppmd_bits,
    read_config,
    write_csv,
    write_provenance,
)
from hvm import HVM
from hvm.code.bits import primed_bits
from hvm.code.container import METHODS, compress, decompress
from hvm.code.mixed import mixed_bits
from hvm.data.files import make_folder, write_atomic
from hvm.predict.context import ContextModel
from hvm.worlds.generate import generate

HERE = Path(__file__).parent
N_RESAMPLES = 10_000  # so many that the bounds keep three digits
TITLES = {
    "files": "Files, from nothing",
    "mixed": "Mixed with chunks and variables, and without",
    "contexts": "Test text after training text",
    "worlds": "The end of a generated world after its beginning",
}


def read(corpus: str, part: str) -> bytes:
    return (data_folder() / "text" / f"{corpus}.{part}.txt").read_bytes()


def file_rows(config: Config) -> Iterator[Row]:
    """One row for each file: bits a byte of the compressed file, whose bytes came back."""
    for corpus in config["corpora"]:
        whole = read(corpus, "dev")
        for size in [*config["sizes"], len(whole)]:
            data = whole[:size]
            ppmd = ppmd_bits(data, config["orders"])
            row = {"corpus": corpus, "bytes": size, "ppmd": ppmd / size}
            for method in METHODS:
                begin = time.perf_counter()
                packed = compress(data, method)
                middle = time.perf_counter()
                if decompress(packed) != data:
                    sys.exit(f"{corpus}, {size} bytes: did not come back")
                end = time.perf_counter()
                row |= {
                    method: 8 * len(packed) / size,
                    f"{method}_over_ppmd": 8 * len(packed) / ppmd,
                    f"{method}_compress_kb_per_s": size / (middle - begin) / 1e3,
                    f"{method}_decompress_kb_per_s": size / (end - middle) / 1e3,
                }
            print(row, file=sys.stderr, flush=True)
            yield row


def context_rows(config: Config) -> Iterator[Row]:
    """One row for each corpus and kind of context: bits a byte of the test text after training.

    Gains are bits a symbol saved over contexts of symbols alone.
    """
    for corpus in config["corpora"]:
        training, test = read(corpus, "train"), read(corpus, "dev")
        text, after = training.decode(), test.decode()
        settings = {name: config[name] for name in ("max_entries", "iterations")}
        model = HVM(**settings, context="unigram").fit(text)
        chunks_alone = HVM(variables=False, **settings, context="unigram").fit(text)
        bits = {
            "none: all parses, HCM": chunks_alone.surprisal(after),
            "none: all parses, HVM": model.surprisal(after),
            "symbols": ContextModel(model, "symbols").fit(text).surprisal(after),
            **{
                f"{kind}, {n_before} before": ContextModel(model, kind, n_before)
                .fit(text)
                .surprisal(after)
                for kind in ("chunks", "variables")
                for n_before in (0, 1, 2)
            },
        }
        primed = ppmd_bits(test, config["orders"], training)
        best_parse = model.bits_per_symbol(after, best_parse=True) * len(after)
        about = {
            "entries": len(model.lexicon_),
            "variables": len(model.lexicon_.variables),
            "ppmd_primed": primed / len(test),
        }
        parses = {
            "HCM": chunks_alone.bits_per_symbol(after, best_parse=True) * len(after),
            "HVM": best_parse,
        }
        for name, cost in parses.items():
            row = {"corpus": corpus, "contexts": f"none: best parse, {name}"}
            yield {**row, "bits_per_byte": cost / len(test), **about}
        for kind, each in bits.items():
            gain, low, high = interval(bits["symbols"] - each, config)
            row = {"corpus": corpus, "contexts": kind, "bits_per_byte": each.sum() / len(test)}
            yield {**row, **about, "gain": gain, "gain_low": low, "gain_high": high}


def mixed_rows(config: Config) -> Iterator[Row]:
    """One row for each corpus: the mixer with chunks and variables, and without, from nothing
    and after training."""
    for corpus in config["corpora"]:
        training, test = read(corpus, "train"), read(corpus, "dev")
        for before in (b"", training):
            plain = mixed_bits(test, before, chunks=False)
            mixed = mixed_bits(test, before)
            gain, low, high = interval(plain - mixed, config)
            row = {"corpus": corpus, "primed": bool(before), "mixed": mixed.mean()}
            row |= {"without_chunks": plain.mean(), "gain": gain}
            print(row, file=sys.stderr, flush=True)
            yield {**row, "gain_low": low, "gain_high": high}


def world_rows(config: Config) -> Iterator[Row]:
    """One row for each generated world: bits of its last symbols after the others, over those
    that the world itself needs."""
    settings = config["worlds"]
    shape = [settings[name] for name in ("depth", "alphabet", "p_variable", "symbols")]
    for seed in settings["seeds"]:
        world = generate(*shape, seed, entropy_symbols=1)
        symbols, first = world.symbols, settings["primed"]
        before, after = symbols[:first].tobytes(), symbols[first:].tobytes()
        codes = world.sample.codes[first:]
        truth = -world.world.log2_probability(codes)
        model = HVM(context="unigram").fit(symbols[:first])
        bits = {
            "best_parse": model.bits_per_symbol(symbols[first:], best_parse=True) * len(codes),
            "all_parses": model.surprisal(symbols[first:]).sum(),
            "hvm": primed_bits(after, before, "hvm"),
            "mixed": primed_bits(after, before, "mixed"),
            "ppmd": ppmd_bits(after, config["orders"], before),
        }
        row = {"seed": seed, "world_bits_per_symbol": truth / len(codes)}
        row |= {f"{name}_over_world": value / truth for name, value in bits.items()}
        print(row, file=sys.stderr, flush=True)
        yield row


def interval(saved_bits: NDArray[np.float64], config: Config) -> tuple[float, float, float]:
    """Mean bits saved a symbol, and its 95% bootstrap interval over slices."""
    means = np.array([part.mean() for part in np.array_split(saved_bits, config["slices"])])
    return float(means.mean()), *bootstrap_interval(means, N_RESAMPLES, config["seed"])


def summary(tables: dict[str, pd.DataFrame]) -> str:
    """Every table under its title, and medians of the ratios to the worlds' own bits."""
    medians = tables["worlds"].median().items()
    parts = ["# Bits of real text", "Made by run.py; bits a byte of UTF-8."]
    for name, title in TITLES.items():
        parts += [f"## {title}", markdown(tables[name])]
    parts += ["Medians: " + ", ".join(f"{n} {v:.3f}" for n, v in medians if "over" in n)]
    return "\n\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse_arguments(arguments)
    config = read_config(HERE)
    config["corpora"] = options.corpora or config["corpora"]
    tables = {
        "files": pd.DataFrame(file_rows(config)),
        "mixed": pd.DataFrame(mixed_rows(config)),
        "contexts": pd.DataFrame(context_rows(config)),
        "worlds": pd.DataFrame(world_rows(config)),
    }
    results = Path(options.output)
    make_folder(results)
    for name, table in tables.items():
        write_csv(results / f"{name}.csv", table)
    write_provenance(results, config)
    text = summary(tables)
    write_atomic(results / "summary.md", (text + "\n").encode())
    print(text)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpora", nargs="+", help="instead of the config's")
    parser.add_argument("--output", default=str(HERE / "results"), help="folder of the tables")
    return parser.parse_args(arguments)
