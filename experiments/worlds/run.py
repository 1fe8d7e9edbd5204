"""Fit HVM and HCM on worlds whose truth is known, and compare with that truth.

python -m experiments.worlds [--depths ...] [--seeds ...] [--output FOLDER] [--fresh]

One row a world, or more, in each of four tables; a world whose rows are there is not run again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from experiments.common import Config, Row, ppmd_bits, read_config, write_csv, write_provenance
from experiments.worlds.recovery import KINDS, compare, uses_of_learned, uses_of_truth
from hvm import HVM, Alphabet, Lexicon, Symbols, as_symbols
from hvm.data.files import make_folder
from hvm.learn.model import Model
from hvm.lexicon.counts import count_fillers, count_units
from hvm.lexicon.likelihood import best_parse_bits
from hvm.lexicon.measures import data_bits, lexicon_bits
from hvm.lexicon.parsing import parse
from hvm.worlds.emission import Sample
from hvm.worlds.random_worlds import draw_world
from hvm.worlds.world import World

HERE = Path(__file__).parent
TABLES = ("fits", "unseen", "recovery", "worlds")  # a world is done once it is in the last
KEYS = ["depth", "seed"]
SAMPLE, ENTROPY, NEW_UNITS = 1, 2, 3  # streams of randomness of a world


class KnownWorld(NamedTuple):
    """A world and what was drawn from it."""

    depth: int
    seed: int
    n_redrawn: int
    world: World
    alphabet: Alphabet
    sample: Sample
    config: Config

    @property
    def n_training(self) -> int:
        return self.config["training_symbols"]

    def training(self, n_symbols: int) -> np.ndarray:
        return self.sample.codes[:n_symbols]

    @property
    def test(self) -> np.ndarray:
        return self.sample.codes[self.n_training :]

    def as_symbols(self, data: Any) -> Symbols:
        return as_symbols(data, "int", alphabet=self.alphabet)

    def stream(self, purpose: int) -> np.random.Generator:
        return stream(self.depth, self.seed, purpose)


class Oracle(NamedTuple):
    """The true lexicon with the true probabilities, scored as a model is."""

    lexicon_: Lexicon
    alphabet_: Alphabet


# -- one world ----------------------------------------------------------------------------


def run_world(task: tuple[int, int, Config]) -> dict[str, list[Row]]:
    """Rows of each table for one depth and seed."""
    case = draw(*task)
    oracle = Oracle(case.world.as_lexicon(), case.alphabet)
    sizes = sorted({*case.config["small_sizes"], case.n_training})
    fits = {(size, model): fit(case, size, model) for size in sizes for model in ("HVM", "HCM")}
    tables = {
        "fits": [fit_row(case, *key, model) for key, model in fits.items()],
        "unseen": [row for size in sizes for row in unseen_rows(case, oracle, fits, size)],
        "recovery": recovery_rows(case, fits),
        "worlds": [world_row(case, oracle)],
    }
    keys = {"depth": case.depth, "seed": case.seed}
    return {name: [{**keys, **row} for row in rows] for name, rows in tables.items()}


def draw(depth: int, seed: int, config: Config) -> KnownWorld:
    world, n_redrawn = draw_world(depth, config["alphabet_size"], config["p_variable"], seed)
    n_symbols = config["training_symbols"] + config["test_symbols"]
    sample = world.sample(n_symbols, stream(depth, seed, SAMPLE))
    alphabet = Alphabet("int", tuple(range(config["alphabet_size"])))
    return KnownWorld(depth, seed, n_redrawn, world, alphabet, sample, config)


def stream(depth: int, seed: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng([seed, depth, purpose])


def fit(case: KnownWorld, n_symbols: int, model: str) -> Model:
    """Learn the first symbols as a user would, who knows no symbol but those."""
    learner = HVM(variables=model == "HVM", context="unigram", **case.config["learner"])
    return learner.fit(case.training(n_symbols))


def fit_row(case: KnownWorld, n_symbols: int, name: str, model: Model) -> Row:
    return {
        "training_symbols": n_symbols,
        "model": name,
        "entries": len(model.lexicon_),
        "chunks": len(model.lexicon_.chunks),
        "variables": len(model.lexicon_.variables),
        "lexicon_bits": model.lexicon_bits_,
        "data_bits": model.data_bits_,
        "test_bits_per_symbol": model.bits_per_symbol(case.test, best_parse=True),
        "seconds": model.seconds_,
    }


def world_row(case: KnownWorld, oracle: Oracle) -> Row:
    world, test, ppmd = case.world, case.test, case.config["ppmd"]
    entropy = world.entropy(case.config["entropy_symbols"], case.stream(ENTROPY))
    training = case.training(case.n_training)
    truth_lexicon_bits, truth_data_bits = truth_bits(case, oracle)
    return {
        "n_redrawn": case.n_redrawn,
        "chunks": len(world.lexicon.chunks),
        "variables": len(world.lexicon.variables),
        "derivation_entropy_bits_per_symbol": world.derivation_entropy_bits_per_symbol(),
        "entropy_bits_per_symbol": entropy.bits_per_symbol,
        "entropy_standard_error": entropy.standard_error,
        "oracle_bits_per_symbol": score(oracle, case, test) / len(test),
        "ppmd_primed_bits_per_symbol": ppmd_bits(_bytes(test), before=_bytes(training), **ppmd)
        / len(test),
        "ppmd_training_bits": ppmd_bits(_bytes(training), **ppmd),
        "truth_lexicon_bits": truth_lexicon_bits,
        "truth_data_bits": truth_data_bits,
    }


def truth_bits(case: KnownWorld, oracle: Oracle) -> tuple[float, float]:
    """Lexicon and data bits of the training symbols under the true lexicon, counted as in a fit."""
    symbols = case.as_symbols(case.training(case.n_training))
    lexicon = oracle.lexicon_
    for _ in range(2):  # the counts of the oracle's parse, then those of the parse they lead to
        best = parse(lexicon, symbols.codes, symbols.starts)
        counts = count_units(lexicon, best), count_fillers(lexicon, best)
        lexicon = case.world.lexicon.with_counts(*counts)
    best = parse(lexicon, symbols.codes, symbols.starts)
    return lexicon_bits(lexicon, case.alphabet.definition_bits()), data_bits(lexicon, best)


def score(model: Model | Oracle, case: KnownWorld, data: Any) -> float:
    """Best-parse bits of one sequence, or of a list of them, each its own."""
    symbols = case.as_symbols(data).recoded(model.alphabet_)
    return best_parse_bits(model.lexicon_, model.alphabet_, symbols)


def _bytes(codes: np.ndarray) -> bytes:
    return codes.astype(np.uint8).tobytes()


# -- units that training never saw --------------------------------------------------------


def unseen_rows(case: KnownWorld, oracle: Oracle, fits: dict, n_symbols: int) -> Iterator[Row]:
    """Bits of new units, one sequence each, whose fillers were never seen together."""
    settings = case.config["unseen"]
    seen = set(derivations(case.sample, n_symbols))
    fresh = case.world.sample(settings["sample_symbols"], case.stream(NEW_UNITS))
    by_slots: dict[str, list[np.ndarray]] = {"1": [], "2+": []}
    for k, derivation in enumerate(derivations(fresh, len(fresh.codes))):
        begin, end = fresh.unit_starts[k : k + 2]
        if len(derivation) > 1 and derivation not in seen and end <= len(fresh.codes):
            by_slots["1" if len(derivation) == 2 else "2+"].append(fresh.codes[begin:end])
    models = {name: fits[n_symbols, name] for name in ("HVM", "HCM")}
    for slots, new_units in by_slots.items():
        units = new_units[: settings["units_max"]]
        for name, model in {**models, "oracle": oracle}.items():
            yield {
                "training_symbols": n_symbols,
                "slots": slots,
                "model": name,
                "units": len(units),
                "symbols": sum(map(len, units)),
                "bits": score(model, case, units) if units else 0.0,
            }


def derivations(sample: Sample, n_symbols: int) -> list[tuple[int, ...]]:
    """(unit, filler, filler, ...) of each unit that begins within ``n_symbols``, depth first."""
    n_units = int(np.searchsorted(sample.unit_starts[:-1], n_symbols))
    bounds = np.searchsorted(sample.slot_units, np.arange(n_units + 1)).tolist()
    units, fillers = sample.units.tolist(), sample.slot_fillers.tolist()
    return [(units[k], *fillers[bounds[k] : bounds[k + 1]]) for k in range(n_units)]


# -- recovery -----------------------------------------------------------------------------


def recovery_rows(case: KnownWorld, fits: dict) -> list[Row]:
    settings = case.config["recovery"]
    cap = settings["strings_max"]
    truth = uses_of_truth(case.world.lexicon, case.alphabet, in_training(case), cap)
    rows = []
    for name in ("HVM", "HCM"):
        model = fits[case.n_training, name]
        learned = uses_of_learned(model.lexicon_, model.alphabet_, cap)
        for kind in KINDS:
            rows.append({"model": name, "kind": kind, **compare(truth, learned, kind, settings)})
    return rows


def in_training(case: KnownWorld) -> Sample:
    """The units and slots of the sample that begin in the training symbols."""
    sample = case.sample
    n_units = int(np.searchsorted(sample.unit_starts[:-1], case.n_training))
    n_slots = int(np.searchsorted(sample.slot_units, n_units))
    return Sample(
        sample.codes[: case.n_training],
        sample.units[:n_units],
        sample.unit_starts[: n_units + 1],
        sample.slot_units[:n_slots],
        sample.slot_variables[:n_slots],
        sample.slot_fillers[:n_slots],
        sample.slot_starts[:n_slots],
        sample.slot_ends[:n_slots],
        sample.slot_depths[:n_slots],
    )


# -- all worlds ---------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse_arguments(arguments)
    config = settings_of(options)
    results = Path(options.output)
    make_folder(results)
    tables = {} if options.fresh else earlier_rows(results)
    done = {(row["depth"], row["seed"]) for row in tables.get("worlds", [])}
    worlds = [(depth, seed) for depth in config["depths"] for seed in config["seeds"]]
    tasks = [(*world, config) for world in worlds if world not in done]
    print(f"{len(worlds)} worlds, {len(worlds) - len(tasks)} there already", file=sys.stderr)
    write_provenance(results, config)
    with get_context("spawn").Pool(options.processes) as pool:
        for n_done, rows in enumerate(pool.imap_unordered(run_world, tasks), 1):
            tables = {name: [*tables.get(name, []), *rows[name]] for name in TABLES}
            write_tables(results, tables)
            report_progress(n_done, len(tasks), rows)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--depths", type=int, nargs="+", help="instead of the config's")
    parser.add_argument("--seeds", type=int, nargs="+", help="instead of the config's")
    parser.add_argument("--restarts", type=int, help="instead of the learner's default")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--output", default=str(HERE / "results"), help="folder of the tables")
    parser.add_argument("--fresh", action="store_true", help="use no row of an earlier run")
    return parser.parse_args(arguments)


def settings_of(options: argparse.Namespace) -> Config:
    config = read_config(HERE)
    config["depths"] = options.depths or config["depths"]
    config["seeds"] = options.seeds or config["seeds"]
    if options.restarts:
        config["learner"]["restarts"] = options.restarts
    return config


def earlier_rows(results: Path) -> dict[str, list[Row]]:
    """Rows of the worlds that an earlier run finished."""
    if not all((results / f"{name}.csv").exists() for name in TABLES):
        return {}
    read = {name: pd.read_csv(results / f"{name}.csv") for name in TABLES}
    done = pd.MultiIndex.from_frame(read["worlds"][KEYS])
    kept = {n: t[pd.MultiIndex.from_frame(t[KEYS]).isin(done)] for n, t in read.items()}
    return {name: table.to_dict("records") for name, table in kept.items()}


def write_tables(results: Path, tables: dict[str, list[Row]]) -> None:
    for name in TABLES:  # the worlds last, so that none is called done before its rows are there
        table = pd.DataFrame(tables[name]).sort_values(KEYS, kind="stable")
        write_csv(results / f"{name}.csv", table)


def report_progress(n_done: int, n_tasks: int, rows: dict[str, list[Row]]) -> None:
    (world,) = rows["worlds"]
    last = [row for row in rows["fits"] if row["model"] == "HVM"][-1]
    ratio = last["test_bits_per_symbol"] / world["derivation_entropy_bits_per_symbol"]
    print(
        f"{n_done}/{n_tasks}: depth {world['depth']} seed {world['seed']}: "
        f"HVM / derivation entropy {ratio:.3f}, {last['seconds']:.1f} s to fit",
        file=sys.stderr,
    )
