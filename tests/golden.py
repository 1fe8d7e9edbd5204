"""What hvm made of small inputs when tests/golden.json was written: bytes by hash, tables by value.

``python tests/golden.py`` writes the file anew, after a change that is meant to change results.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

import hvm
from hvm.code.bits import primed_bits
from hvm.code.container import compress
from hvm.curve.curve import measure_curve
from hvm.curve.texts import NamedText
from hvm.learn.model import Model
from hvm.predict.context import ContextModel
from hvm.recall.models.registry import models
from hvm.recall.models.running import run_model, sum_trials
from hvm.recall.statistics.exclusions import exclusions_table
from hvm.recall.statistics.means import curves_table, means_table
from hvm.recall.statistics.settings import StatisticsSettings
from hvm.recall.statistics.table import statistics_table
from hvm.recall.task.simulate import synthetic_trials
from hvm.recall.task.trials import as_trials
from hvm.rivals.registry import METHODS
from hvm.show.exports import graph_bytes
from hvm.worlds.generate import generate
from hvm.worlds.random_worlds import draw_world
from hvm.worlds.recall_task import RECALL_GROUPS, recall_sequences

HVM = partial(hvm.HVM, context="unigram")
FEW_DRAWS = StatisticsSettings(n_draws=100, n_splits=100, n_folds=4)
FILE = Path(__file__).with_suffix(".json")

WAYS = (("mixed", "prequential"), ("hvm", "prequential"), ("hvm", "two-part"))
OURS = ("mixed", "mixed-symbols", "hvm")
NOISE = random.Random(11).randbytes(3000)
NAMES = ("dog", "cat", "small bird", "boy", "girl")
FRAMES = ("where is the {} now", "i see the {} there", "is the {} with {}", "look at {} and {}")


def text(n_lines: int, seed: int) -> str:
    """Lines of frames filled at random, some letters wrong."""
    rng = random.Random(seed)
    lines = []
    for _ in range(n_lines):
        line = list(rng.choice(FRAMES).format(rng.choice(NAMES), rng.choice(NAMES)))
        if rng.random() < 0.3:
            line[rng.randrange(len(line))] = rng.choice("abcdefghij é")
        lines.append("".join(line) + "\n")
    return "".join(lines)


def lines(n_lines: int, seed: int, unit: str = "char") -> hvm.Symbols:
    return hvm.as_symbols(text(n_lines, seed), unit, "line")


# -- what is hashed ---------------------------------------------------------------------------


def model_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    path = folder / "model.hvm"
    inputs = {
        "characters": (HVM(restarts=1), lines(200, 1)),
        "characters in batches": (HVM(), lines(5000, 2)),
        "few entries": (
            HVM(max_entries=80, criterion="count", batch=0.2),
            lines(300, 3),
        ),
        "words": (HVM(), lines(150, 4, "word")),
        "chunks": (HVM(variables=False), lines(150, 5)),
        "published": (hvm.HVM.paper(), lines(100, 6)),
        "published chunks": (hvm.HVM.paper(variables=False), lines(100, 7)),
        "world": (HVM(), generate(20, 8, 0.5, 3000, 8).symbols),
        "observed": (HVM().begin(lines(40, 9)).observe(lines(40, 9)), None),
    }
    for name, (model, symbols) in inputs.items():
        if symbols is not None:
            model.fit(symbols)
        model.save(path)
        yield f"model/{name}", path.read_bytes()
        if name == "characters":
            for suffix in (".json", ".graphml", ".gexf", ".dot"):
                yield f"graph/{suffix}", graph_bytes(model.graph_, suffix)


def compressed_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    data = text(600, 10).encode()
    inputs = {
        "nothing": b"",
        "text": data,
        "bytes": NOISE + data[:9000],
    }
    for name, given in inputs.items():
        for method, mode in WAYS:
            yield f"hvz/{name}/{method}/{mode}", compress(given, method, mode=mode)
    path = folder / "model.hvm"
    HVM(restarts=1).fit(text(100, 12)).save(path)
    for method in ("mixed", "hvm"):
        yield f"hvz/primed/{method}", compress(data[:6000], method, Model.load(path))


def worlds(folder: Path) -> Iterator[tuple[str, bytes]]:
    for seed, tied_slots in ((1, False), (2, True)):
        world = generate(30, 10, 0.5, 5000, seed, tied_slots=tied_slots, entropy_symbols=1000)
        yield f"world/{seed}", world.symbols.tobytes()
    for group in RECALL_GROUPS:
        yield f"sequences/{group}", recall_sequences(group, 3).sequences.tobytes()


HASHED: tuple[Callable[[Path], Iterator[tuple[str, bytes]]], ...] = (
    model_files,
    compressed_files,
    worlds,
)


def hashes() -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        made = [row for make in HASHED for row in make(Path(folder))]
    return {name: sha256(data).hexdigest()[:16] for name, data in made}


# -- what is compared by value ----------------------------------------------------------------


def bits() -> Iterator[tuple[str, float]]:
    training, test = lines(200, 13), lines(50, 14)
    model = HVM(restarts=1).fit(training)
    yield "bits/fit", model.bits_per_symbol_
    yield "bits/score", model.bits_per_symbol(test, best_parse=True)
    yield "bits/surprisal", model.surprisal(test).sum()
    for chains in ("symbols", "chunks", "variables"):
        yield (
            f"bits/context/{chains}",
            ContextModel(model, chains).fit(training).bits_per_symbol(test),
        )
    for method in OURS:
        yield (
            f"bits/primed/{method}",
            primed_bits(text(50, 14).encode(), text(200, 13).encode(), method),
        )
    left_out = {*OURS, "zstd", "brotli", "bpe", "unigram"}  # of other versions, other bits
    for name in (name for name in METHODS if name not in left_out and not METHODS[name].programs):
        bits = METHODS[name].measure(text(40, 15).encode(), text(90, 16).encode())
        yield f"bits/rival/{name}", bits
    world, n_redrawn = draw_world(10, 10, 0.5, 4)
    yield "bits/redrawn", float(n_redrawn)
    yield "bits/derivation", world.derivation_entropy_bits_per_symbol()


def tables() -> Iterator[tuple[str, float]]:
    table = synthetic_trials(8, 2)
    trials = as_trials(table)
    by_model = {name: run_model(make(), trials) for name, make in models().items()}
    for name, keys in by_model.items():
        yield f"trials/{name}", keys.surprisal_bits.to_numpy() @ (1 + np.arange(len(keys)) % 7)
    compared = {name: sum_trials(by_model[name]) for name in ("hvm", "repeats")}
    surprisals = _joined(compared)
    made = {
        "statistics": statistics_table(table, surprisals, settings=FEW_DRAWS),
        "exclusions": exclusions_table(table),
        "means": means_table(table, surprisals, FEW_DRAWS),
        "curves": curves_table(table, surprisals, FEW_DRAWS),
        "curve": measure_curve(
            HVM(restarts=1),
            lines(120, 17),
            lines(40, 18),
            [NamedText("other", lines(30, 19))],
        ).drop(columns="seconds", errors="ignore"),
    }
    for name, one in made.items():
        yield f"table/{name}/rows", float(len(one))
        for column in one.select_dtypes("number"):
            values = one[column].to_numpy(float)
            weights = 1 + np.arange(len(values)) % 7
            yield f"table/{name}/{column}", float(np.nansum(values * weights))


def _joined(by_model: dict[str, Any]) -> Any:
    import pandas as pd

    return pd.concat([one.assign(model=name) for name, one in by_model.items()], ignore_index=True)


def values() -> dict[str, float]:
    return {name: float(value) for make in (bits, tables) for name, value in make()}


if __name__ == "__main__":
    golden = {"hashes": hashes(), "values": values()}
    FILE.write_text(json.dumps(golden, indent=1) + "\n")
