"""Bits of worlds and texts at each level of abstraction: unseen combinations, related worlds.

python -m experiments.levels [--parts ...] [--seeds ...] [--processes N] [--output FOLDER]

Writes to results/: bits.csv, a row a world, training size, model and test; bounds.csv, a row a
world, lexicon and level; texts.csv, a row a corpus, model and level; summary.md, made of these.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from experiments.common import (
    Config,
    Row,
    data_folder,
    read_config,
    write_csv,
    write_provenance,
)
from experiments.levels.bounds import bound_rows
from experiments.levels.related import RELATIONS, related_world
from hvm import HVM, Alphabet, Lexicon, Symbols, as_symbols
from hvm.curve.curve import expert_rows
from hvm.curve.grains import whole_row
from hvm.curve.prequential import block_bits
from hvm.curve.texts import CurveTexts, NamedText
from hvm.data.files import make_folder
from hvm.lexicon.likelihood import exact_bits
from hvm.predict.experts import Experts
from hvm.predict.hierarchy import grain_sizes
from hvm.rivals.kneser_ney import KneserNey
from hvm.worlds.emission import Sample
from hvm.worlds.random_worlds import draw_world
from hvm.worlds.world import World

HERE = Path(__file__).parent
Score = Callable[[Symbols], np.ndarray]


class Test(NamedTuple):
    """Symbols, which of them count, and the bits of all by the truth."""

    symbols: Symbols
    counts: np.ndarray
    truth: np.ndarray


class Learned(NamedTuple):
    """A model: what symbols cost by it, and what the training text does, all told."""

    score: Score
    training_bits: float


# -- one world ----------------------------------------------------------------------------


def run_world(task: tuple[int, int, int, Config]) -> list[Row]:
    depth, alphabet_size, seed, config = task
    world, _ = draw_world(depth, alphabet_size, config["p_variable"], seed)
    alphabet = Alphabet("int", tuple(range(alphabet_size)))
    streams = [np.random.default_rng([seed, depth, alphabet_size, k]) for k in (1, 2, 3)]
    sample = world.sample(max(config["training_symbols"]), streams[0])
    fresh = world.sample(config["test_symbols"], streams[1])
    related = {name: related_world(world, name, streams[2]) for name in RELATIONS}
    n_test = config["test_symbols"]
    others = {name: other.sample(n_test, streams[2]) for name, other in related.items()}
    rows = []
    for size in config["training_symbols"]:
        training = as_symbols(sample.codes[:size], "int", alphabet=alphabet)
        tests = {
            "held_out": whole_test(world, fresh, alphabet),
            "unseen": unseen_test(world, fresh, sample, size, alphabet),
            "unseen_alone": alone(world, fresh, sample, size, alphabet),
            **{name: whole_test(related[name], others[name], alphabet) for name in RELATIONS},
        }
        keys = {"depth": depth, "alphabet": alphabet_size, "seed": seed, "training_symbols": size}
        for name, learned in models(training).items():
            of_model = {**keys, "model": name, "training_bits": learned.training_bits}
            rows += [{**of_model, **row_of(name, test, learned)} for name, test in tests.items()]
    return rows


def row_of(name: str, test: Test, learned: Learned) -> Row:
    n_counted = int(test.counts.sum())
    bits = learned.score(test.symbols)[test.counts].sum() if n_counted else 0.0
    return {
        "test": name,
        "symbols": n_counted,
        "bits": float(bits),
        "truth_bits": float(test.truth[test.counts].sum()),
    }


def models(training: Symbols) -> dict[str, Learned]:
    """Both learners under both contexts, experts without a lexicon, and levels by grains."""
    learned = {}
    texts = CurveTexts(training, training)
    for name, variables in (("HVM", True), ("HCM", False)):
        lexicon = HVM(variables=variables, context="unigram").fit(training).lexicon_
        experts = Experts(variables).fit(training, lexicon)
        row = whole_row(lexicon, texts, experts, variables)
        learned[f"{name} experts"] = Learned(
            experts.surprisal, row["bits_per_symbol"] * len(training)
        )
        unigram = score_of(lexicon, training.alphabet)
        told = row["lexicon_bits"] + float(unigram(training).sum())
        learned[f"{name} unigram"] = Learned(unigram, told)
    defined = training.alphabet.definition_bits()
    for level in range(len(grain_sizes(len(training), len(training.alphabet))) + 1):
        name = f"level {level}" if level else "experts, no lexicon"
        experts = Experts(level=level).fit(training)
        learned[name] = Learned(experts.surprisal, defined + block_bits(up_to(level), training))
    return learned


def score_of(lexicon: Lexicon, alphabet: Alphabet) -> Score:
    return lambda symbols: exact_bits(lexicon, alphabet, symbols)


def up_to(level: int) -> Callable[[Symbols], Any]:
    def fit(known: Symbols) -> Experts:
        n_grains = len(grain_sizes(len(known), len(known.alphabet)))
        return Experts(level=min(level, n_grains)).fit(known)

    return fit


# -- tests --------------------------------------------------------------------------------


def whole_test(world: World, sample: Sample, alphabet: Alphabet) -> Test:
    symbols = as_symbols(sample.codes, "int", alphabet=alphabet)
    return tested(world, symbols, np.ones(len(symbols), bool))


def tested(world: World, symbols: Symbols, counts: np.ndarray) -> Test:
    return Test(symbols, counts, exact_bits(world.as_lexicon(), symbols.alphabet, symbols))


def unseen_test(world: World, fresh: Sample, sample: Sample, size: int, alphabet: Alphabet) -> Test:
    """The fresh sample, of which the symbols of unseen combinations count."""
    counts = np.zeros(len(fresh.codes), bool)
    for begin, end in unseen_spans(fresh, sample, size):
        counts[begin:end] = True
    return tested(world, as_symbols(fresh.codes, "int", alphabet=alphabet), counts)


def alone(world: World, fresh: Sample, sample: Sample, size: int, alphabet: Alphabet) -> Test:
    """The units of unseen combinations, each a sequence of its own."""
    units = [fresh.codes[begin:end] for begin, end in unseen_spans(fresh, sample, size)]
    symbols = as_symbols(units or [fresh.codes[:1]], "int", alphabet=alphabet)
    return tested(world, symbols, np.full(len(symbols), bool(units)))


def unseen_spans(fresh: Sample, sample: Sample, size: int) -> list[tuple[int, int]]:
    """Whole units with slots whose frame and fillers training held, but never together."""
    known = derivations(sample, size)
    seen, frames = set(known), {derivation[0] for derivation in known}
    fillers = {filler for derivation in known for filler in derivation[1:]}
    spans = []
    for k, derivation in enumerate(derivations(fresh, len(fresh.codes))):
        begin, end = fresh.unit_starts[k : k + 2].tolist()
        is_known = derivation[0] in frames and fillers.issuperset(derivation[1:])
        if len(derivation) > 1 and is_known and derivation not in seen and end <= len(fresh.codes):
            spans.append((begin, end))
    return spans


def derivations(sample: Sample, n_symbols: int) -> list[tuple[Any, ...]]:
    """(unit, (variable, filler), ...) of each unit that begins within some symbols."""
    n_units = int(np.searchsorted(sample.unit_starts[:-1], n_symbols))
    bounds = np.searchsorted(sample.slot_units, np.arange(n_units + 1)).tolist()
    slots = list(zip(sample.slot_variables.tolist(), sample.slot_fillers.tolist(), strict=True))
    units = sample.units.tolist()
    return [(units[k], *slots[bounds[k] : bounds[k + 1]]) for k in range(n_units)]


# -- texts --------------------------------------------------------------------------------


def text_rows(corpus: str, folder: Path, config: Config) -> list[Row]:
    """Levels by grains of a corpus, HCM and word frequencies; the other corpora are transfer."""
    settings = config["texts"]

    def words(name: str, part: str) -> Symbols:
        text = (folder / "text" / f"{name}.{part}.txt").read_text("utf-8")
        size = settings["training_characters" if part == "train" else "held_out_characters"]
        whole_lines = text[:size].rpartition("\n")[0]
        return as_symbols(whole_lines, "word", "line")

    others = [name for name in settings["corpora"] if name != corpus]
    transfer = [NamedText(name, words(name, "dev")) for name in others]
    texts = CurveTexts(words(corpus, "train"), words(corpus, "dev"), transfer)
    model, hcm = (
        HVM(variables=variables).fit(texts.training, trace=True) for variables in (True, False)
    )
    frequencies = {"model": "unigram", "abstraction": "rival", "iteration": 0, "level": 0}
    frequencies |= texts.generalization(KneserNey(order=1).fit(texts.training).surprisal)
    size = {"corpus": corpus, "training_symbols": len(texts.training)}
    return [{**size, **row} for row in [*expert_rows(model, hcm, texts), frequencies]]


# -- all worlds and texts -----------------------------------------------------------------


def main() -> None:
    """Write bits.csv, bounds.csv and texts.csv of results/, and the summary."""
    from experiments.levels.report import write_summary

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default="worlds,bounds,texts", help="of these, with commas")
    parser.add_argument("--seeds", type=int, nargs="+", help="instead of the config's")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--output", type=Path, default=HERE / "results", help="folder")
    options, config = parser.parse_args(), read_config(HERE)
    config["seeds"] = options.seeds or config["seeds"]
    make_folder(options.output)
    parts = options.parts.split(",")
    if "texts" in parts:
        folder = data_folder()
        rows = [
            row
            for corpus in config["texts"]["corpora"]
            for row in text_rows(corpus, folder, config)
        ]
        write_csv(options.output / "texts.csv", pd.DataFrame(rows))
    if "worlds" in parts:
        write_csv(options.output / "bits.csv", pd.DataFrame(world_rows(config, options.processes)))
    if "bounds" in parts:
        rows = [row for seed in config["seeds"] for row in bound_rows(seed, config)]
        write_csv(options.output / "bounds.csv", pd.DataFrame(rows))
    write_provenance(options.output, config)
    write_summary(options.output)


def world_rows(config: Config, n_processes: int) -> list[Row]:
    tasks = [(*world, seed, config) for seed in config["seeds"] for world in config["worlds"]]
    rows: list[Row] = []
    with get_context("spawn").Pool(n_processes) as pool:
        for n_done, of_world in enumerate(pool.imap(run_world, tasks), 1):
            rows += of_world
            print(f"{n_done}/{len(tasks)}", file=sys.stderr, flush=True)
    return rows


if __name__ == "__main__":
    main()
