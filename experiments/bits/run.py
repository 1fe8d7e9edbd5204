"""Bits of real text: files compressed from nothing, and what each kind of context is worth.

python experiments/bits/run.py        with HVM_DATA naming the folder of data
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from common import (
    data_folder,
    markdown,
    ppmd_bits,
    ppmd_primed_bits,
    read_config,
    write_csv,
    write_provenance,
)

from hvm import HVM
from hvm.code.bits import primed_bits
from hvm.code.container import METHODS, compress, decompress
from hvm.code.mixed import mixed_bits
from hvm.data.files import write_atomic
from hvm.predict.context import ContextModel
from hvm.worlds.generate import generate

HERE = Path(__file__).parent


def read(corpus: str, part: str) -> bytes:
    return (data_folder() / "text" / f"{corpus}.{part}.txt").read_bytes()


def file_rows(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One row for each file: bits a byte of the compressed file, whose bytes came back."""
    for corpus in config["corpora"]:
        whole = read(corpus, "dev")
        for size in [*config["sizes"], len(whole)]:
            data = whole[:size]
            orders = config["orders"]
            ppmd = min(ppmd_bits(data, order, config["memory_mib"]) for order in orders)
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


def context_rows(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One row for each corpus and kind of context: bits a byte of the test text after training.

    Gains are bits a symbol saved over contexts of symbols alone.
    """
    for corpus in config["corpora"]:
        training, test = read(corpus, "train"), read(corpus, "dev")
        text, after = training.decode(), test.decode()
        settings = {name: config[name] for name in ("max_entries", "iterations")}
        model = HVM(**settings).fit(text)
        chunks_alone = HVM(variables=False, **settings).fit(text)
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
        orders, memory = config["orders"], config["memory_mib"]
        primed = min(ppmd_primed_bits(training, test, order, memory) for order in orders)
        best_parse = model.score(after) * len(after)
        about = {
            "entries": len(model.lexicon_),
            "variables": len(model.lexicon_.variables),
            "ppmd_primed": primed / len(test),
        }
        parses = {"HCM": chunks_alone.score(after) * len(after), "HVM": best_parse}
        for name, cost in parses.items():
            row = {"corpus": corpus, "contexts": f"none: best parse, {name}"}
            yield {**row, "bits_per_byte": cost / len(test), **about}
        for kind, each in bits.items():
            gain, low, high = interval(bits["symbols"] - each, config)
            row = {"corpus": corpus, "contexts": kind, "bits_per_byte": each.sum() / len(test)}
            yield {**row, **about, "gain": gain, "gain_low": low, "gain_high": high}


def mixed_rows(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
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


def world_rows(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One row for each generated world: bits of its last symbols after the others, over those
    that the world itself needs."""
    own = config["worlds"]
    for seed in own["seeds"]:
        world = generate(
            own["depth"],
            own["alphabet"],
            own["p_variable"],
            own["symbols"],
            seed,
            entropy_symbols=1,
        )
        symbols, first = world.symbols, own["primed"]
        before, after = symbols[:first].tobytes(), symbols[first:].tobytes()
        codes = world.sample.codes[first:]
        truth = -world.world.log2_probability(codes)
        model = HVM().fit(symbols[:first])
        orders, memory = config["orders"], config["memory_mib"]
        bits = {
            "best_parse": model.score(symbols[first:]) * len(codes),
            "all_parses": model.surprisal(symbols[first:]).sum(),
            "hvm": primed_bits(after, before, "hvm"),
            "mixed": primed_bits(after, before, "mixed"),
            "ppmd": min(ppmd_primed_bits(before, after, order, memory) for order in orders),
        }
        row = {"seed": seed, "world_bits_per_symbol": truth / len(codes)}
        row |= {f"{name}_over_world": value / truth for name, value in bits.items()}
        print(row, file=sys.stderr, flush=True)
        yield row


def interval(saved: np.ndarray, config: dict[str, Any]) -> tuple[float, float, float]:
    """Mean bits saved a symbol, and its 95% bootstrap interval over slices."""
    means = np.array([part.mean() for part in np.array_split(saved, config["slices"])])
    rng = np.random.default_rng(config["seed"])
    drawn = rng.choice(means, (10_000, len(means))).mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(means.mean()), float(low), float(high)


def main() -> None:
    config = read_config(HERE)
    files = pd.DataFrame(file_rows(config))
    mixed = pd.DataFrame(mixed_rows(config))
    contexts = pd.DataFrame(context_rows(config))
    worlds = pd.DataFrame(world_rows(config))
    summary = "\n\n".join(
        [
            "# Bits of real text",
            "Made by run.py; bits a byte of UTF-8.",
            "## Files, from nothing",
            markdown(files),
            "## Mixed with chunks and variables, and without",
            markdown(mixed),
            "## Test text after training text",
            markdown(contexts),
            "## The end of a generated world after its beginning",
            markdown(worlds),
            "Medians: "
            + ", ".join(f"{n} {v:.3f}" for n, v in worlds.median().items() if "over" in n),
        ]
    )
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    write_csv(results / "files.csv", files)
    write_csv(results / "mixed.csv", mixed)
    write_csv(results / "contexts.csv", contexts)
    write_csv(results / "worlds.csv", worlds)
    write_provenance(results, config)
    write_atomic(results / "summary.md", (summary + "\n").encode())
    print(summary)


if __name__ == "__main__":
    main()
