"""Score HVM on the published sequences, held out and whole, against PPMd and xz.

python -m experiments.reference_worlds [--depths ...] [--restarts N] [--output FOLDER]
with HVM_DATA naming the folder of data
"""

from __future__ import annotations

import argparse
import lzma
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.common import (
    Config,
    Row,
    data_folder,
    markdown,
    ppmd_bits,
    read_config,
    read_version,
    write_csv,
    write_provenance,
)
from hvm import HVM
from hvm.data.files import make_folder, write_atomic
from hvm.learn.model import Model

HERE = Path(__file__).parent


def held_out_row(values: NDArray[np.int64], config: Config) -> Row:
    """Bits per symbol of the symbols after the training ones."""
    training, test = np.split(values, [config["training_symbols"]])
    model = HVM(**config["learner"], context="unigram").fit(training)
    hvm_bits = model.bits_per_symbol(test, best_parse=True)
    ppmd = ppmd_bits(test.tobytes(), before=training.tobytes(), **config["ppmd"]) / len(test)
    return {
        "symbols": len(test),
        "hvm_bits_per_symbol": hvm_bits,
        "ppmd_primed_bits_per_symbol": ppmd,
        "hvm_over_ppmd": hvm_bits / ppmd,
        **facts(model),
    }


def whole_row(values: NDArray[np.int64], config: Config) -> Row:
    """Bits per symbol of all symbols, HVM's lexicon included."""
    model = HVM(**config["learner"], context="unigram").fit(values)
    data = values.tobytes()
    hvm_bits, ppmd = model.bits_per_symbol_, ppmd_bits(data, **config["ppmd"]) / len(values)
    return {
        "symbols": len(values),
        "hvm_bits_per_symbol": hvm_bits,
        "hvm_lexicon_bits": model.lexicon_bits_,
        "hvm_data_bits": model.data_bits_,
        "ppmd_bits_per_symbol": ppmd,
        "hvm_over_ppmd": hvm_bits / ppmd,
        "xz_6_bits_per_symbol": xz_bits(data, 6) / len(values),
        "xz_9e_bits_per_symbol": xz_bits(data, 9 | lzma.PRESET_EXTREME) / len(values),
        **facts(model),
    }


def facts(model: Model) -> Row:
    return {
        "entries": len(model.lexicon_),
        "variables": len(model.lexicon_.variables),
        "seconds": model.seconds_,
    }


def xz_bits(data: bytes, preset: int) -> int:
    return 8 * len(lzma.compress(data, preset=preset))


def recorded_columns(recorded: Row, *names: str) -> Row:
    """What is recorded of a sequence, under ``recorded_...``."""
    return {f"recorded_{name}": recorded[name] for name in names}


def summary(held_out: pd.DataFrame, whole: pd.DataFrame, version: str) -> str:
    lines = ["# The published sequences", "", f"Made by run.py; {version}.", ""]
    for title, table in (("Held out", held_out), ("Whole, lexicon included", whole)):
        n_below = int((table.hvm_over_ppmd < 1).sum())
        lines += [
            f"## {title}",
            "",
            markdown(by_depth(table)),
            "",
            f"Below PPMd on {n_below} of {len(table)}; median ratio to PPMd "
            f"{table.hvm_over_ppmd.median():.3f}.",
            "",
        ]
    return "\n".join(lines)


def by_depth(table: pd.DataFrame) -> pd.DataFrame:
    """One column a sequence, one row a number."""
    turned = table.set_index("depth").astype(object).T
    turned.columns = [f"depth {depth}" for depth in turned.columns]
    return turned.reset_index(names="")


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse_arguments(arguments)
    config = read_config(HERE)
    rank = {depth: place for place, depth in enumerate(config["depths"])}
    config["depths"] = options.depths or config["depths"]
    if options.restarts:
        config["learner"]["restarts"] = options.restarts
    results = Path(options.output)
    make_folder(results)
    held_out, whole = [], []
    for depth in config["depths"]:
        values = np.load(data_folder() / "reference" / f"synthetic_depth_{depth}.npy")
        recorded = {name: of_depth[rank[depth]] for name, of_depth in config["recorded"].items()}
        row = {"depth": depth, **held_out_row(values, config)}
        held_out.append(row | recorded_columns(recorded, "derivation_entropy", "ppmd_primed"))
        row = {"depth": depth, **whole_row(values, config)}
        whole.append(row | recorded_columns(recorded, "ppmd_whole", "xz_whole"))
        print(f"depth {depth}: {row['seconds']:.1f} s to fit", file=sys.stderr)
    write_results(results, config, pd.DataFrame(held_out), pd.DataFrame(whole))


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--depths", type=int, nargs="+", choices=(10, 30, 40))
    parser.add_argument("--restarts", type=int, help="instead of the learner's default")
    parser.add_argument("--output", default=str(HERE / "results"), help="folder of the tables")
    return parser.parse_args(arguments)


def write_results(
    results: Path, config: Config, held_out: pd.DataFrame, whole: pd.DataFrame
) -> None:
    write_provenance(results, config)
    write_csv(results / "held_out.csv", held_out)
    write_csv(results / "whole.csv", whole)
    text = summary(held_out, whole, read_version(results))
    write_atomic(results / "summary.md", text.encode())
    print(text)
