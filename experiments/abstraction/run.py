"""Bits a word of training text and held out, and the minimal pairs that frozen models win."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.common import (
    Config,
    Row,
    data_folder,
    markdown,
    read_config,
    write_csv,
    write_provenance,
)
from hvm import Symbols, as_symbols
from hvm.learn.rows import learn_rows
from hvm.pairs.judging import judge_pairs
from hvm.pairs.reading import read_pairs
from hvm.rivals.sequence_models import SEQUENCE_MODELS

FOLDER = Path(__file__).parent


def read_words(folder: Path, names: list[str], part: str, known: Symbols | None = None) -> Symbols:
    """Words of corpora, one sequence a line, in the alphabet of others."""
    text = "".join((folder / "text" / f"{name}.{part}.txt").read_text("utf-8") for name in names)
    return as_symbols(text, "word", "line", known and known.alphabet)


def fitted(name: str, training: Symbols) -> tuple[Any, float]:
    """A model, and the processor seconds that it learned."""
    begin = time.process_time()
    model = SEQUENCE_MODELS[name]().fit(training)
    return model, time.process_time() - begin


def escaped_bits(model: Any, symbols: Symbols) -> np.ndarray:
    """Bits of each word, where an unknown one pays the escape alone."""
    bits = model.surprisal(symbols)
    bits[symbols.codes < 0] -= model.spelling_.code_space_bits(symbols.unknown)
    return bits


def interval(bits: np.ndarray, starts: np.ndarray, config: Config) -> tuple[float, float]:
    """95% of bits a word over resampled lines."""
    n_lines = len(starts)
    of_lines = np.add.reduceat(bits, starts)
    words = np.diff(np.append(starts, len(bits)))
    drawn = np.random.default_rng(config["seed"]).integers(
        0, n_lines, (config["resamples"], n_lines)
    )
    low, high = np.quantile(of_lines[drawn].sum(1) / words[drawn].sum(1), [0.025, 0.975])
    return float(low), float(high)


def held_out(folder: Path, config: Config) -> pd.DataFrame:
    """One row a corpus and model."""
    rows = list[Row]()
    for corpus in config["corpora"]:
        training = read_words(folder, [corpus], "train")
        test = read_words(folder, [corpus], "dev", training)
        lines = np.unique(test.starts[test.starts < len(test)])
        for name in config["models"]:
            model, seconds = fitted(name, training)
            bits = escaped_bits(model, test)
            low, high = interval(bits, lines, config)
            row = {"corpus": corpus, "model": name, "bits_per_word": bits.mean()}
            row |= {"low": low, "high": high, "known_bits": bits[test.codes >= 0].mean()}
            rows.append(row | {"learning_cpu_s": seconds})
    return pd.DataFrame(rows)


def learned(folder: Path, config: Config) -> pd.DataFrame:
    """One row a corpus and whether words share variables: bits by the code of rows."""
    rows = list[Row]()
    for corpus in config["corpora"]:
        training = read_words(folder, [corpus], "train")
        for shared in (True, False):
            begin = time.process_time()
            model = learn_rows(training, shared)
            row: Row = {"corpus": corpus, "variables": shared}
            row["code_bits_per_word"] = model.bits.total / len(training)
            for name, bits in asdict(model.bits).items():
                row[f"{name}_bits_per_word"] = bits / len(training)
            members = np.bincount(model.variables)
            merged = [pattern for pattern in model.patterns if len(pattern) > 1]
            row["merged_units"] = len(merged)
            is_slot = np.append(members > 1, np.zeros(len(model.variables), bool))
            row["with_slots"] = sum(bool(is_slot[list(p)].any()) for p in merged)
            symbols = [[x - len(members) for x in p if x >= len(members)] for p in merged]
            row["with_symbols"] = sum(bool(model.shared(np.array(s, int)).any()) for s in symbols)
            row["variables_of_several"] = int((members > 1).sum())
            row["words_in_these"] = model.shared(training.codes).mean()
            rows.append(row | {"learning_cpu_s": time.process_time() - begin})
    return pd.DataFrame(rows)


def judged(folder: Path, config: Config) -> pd.DataFrame:
    """One row a set of pairs and model, each trained on all corpora."""
    rows, training = list[Row](), read_words(folder, config["corpora"], "train")
    for name in config["models"]:
        model, _ = fitted(name, training)
        for pairs in config["pairs"]:
            judgement = judge_pairs(model, read_pairs([folder / "pairs" / f"{pairs}.csv"]))
            row = judgement.total.iloc[0].to_dict()
            rows.append({"pairs_of": pairs, "model": name, **row})
    return pd.DataFrame(rows)


def main() -> None:
    """Write results/code.csv, words.csv and pairs.csv, and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=FOLDER / "results", help="folder")
    output, config = parser.parse_args().output, read_config(FOLDER)
    folder = data_folder()
    output.mkdir(parents=True, exist_ok=True)
    for name, measure in (("code", learned), ("words", held_out), ("pairs", judged)):
        table = measure(folder, config)
        write_csv(output / f"{name}.csv", table, "%.5g")
        print(markdown(table), end="\n\n", flush=True)
    write_provenance(output, config)


if __name__ == "__main__":
    main()
