"""Whether fits find the truth: simulated people, whose log times follow a model's bits.

log time = intercept of the person + slope x bits + noise, where slope and spreads are those of real
people in training. A fit gives each person an intercept, and all of them one slope (not below 0).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.common import Config
from experiments.human_recall.series import as_series, trial_bits, trials
from hvm.errors import InputError
from hvm.recall.models.registry import make_model
from hvm.recall.models.running import grid_settings
from hvm.recall.statistics import mixed_models
from hvm.recall.statistics.checked import checked_trials
from hvm.recall.statistics.comparisons import row_sums
from hvm.recall.statistics.recovery import model_recovery, parameter_recovery
from hvm.recall.statistics.rows import CUTS, join, outcome_rows
from hvm.worlds.recall_task import RECALL_GROUPS, recall_sequences

CONSTANTS = ("theta", "chunk_min", "frame_min")
N_TRAINING = 40
MEAN_LOG_MS = 8.5  # of simulated people; fits are of times less each mean, so it changes nothing
EQUAL = 1e-9
"""Points whose residuals differ by less than this share of their size fit equally well."""


class Link(NamedTuple):
    """From bits to log times: log ms a bit, and spreads between people and between trials."""

    slope: float
    people_sd: float
    trials_sd: float


class Person(NamedTuple):
    """Which sequences were seen, and log times of the trials less their mean."""

    sequence_set: int
    log_times: NDArray[np.float64]


# -- from real people ---------------------------------------------------------------------


def link_of(model: str, **settings: Any) -> Link:
    """Slope and spreads of real log times in training, people's intercepts random."""
    rows = outcome_rows(checked_trials(trials()).table, "train", "log_time", CUTS)
    rows = join(rows, as_series(model, trial_bits(model, **settings)))
    sums, _ = row_sums(rows, "a", "log_time")
    bits_only = np.array([True, False, False, True])  # intercept, log trial, trial, bits
    fitted = mixed_models.fit(sums.keep(bits_only))
    sd = np.sqrt(fitted.variance)
    slope = fitted.coefficients[-1] / rows["surprisal_bits"].to_numpy().std()
    return Link(float(slope), float(abs(fitted.factor[0, 0]) * sd), float(sd))


# -- bits of simulated people -------------------------------------------------------------


def sequence_sets(n_sets: int, seed: int) -> list[NDArray[np.int32]]:
    """int32[64, 12] codes of each simulated person, groups in turn: control, variable, ..."""
    return [
        recall_sequences(
            RECALL_GROUPS[i % 2], int(np.random.default_rng([seed, i]).integers(2**32))
        )[0]
        - 1
        for i in range(n_sets)
    ]


def bits_of(model: str, settings: Config, sets: list[NDArray[np.int32]]) -> NDArray[np.float64]:
    """Bits of each trial, float64[sets, 64]."""
    learner = make_model(model, **settings)
    table = np.empty((len(sets), len(sets[0])))
    for row, sequences in enumerate(sets):
        learner.begin(6)
        for trial, sequence in enumerate(sequences):
            table[row, trial] = learner.surprisal(sequence).sum()
            learner.observe(sequence)
    return table


def simulate(
    bits: NDArray[np.float64], which: NDArray[np.int64], link: Link, rng: np.random.Generator
) -> list[Person]:
    """People who saw some of the sets: ``bits`` float64[sets, n], ``which`` int64[people]."""
    people = []
    for one in which.tolist():
        mean = MEAN_LOG_MS + link.people_sd * rng.standard_normal()
        noise = link.trials_sd * rng.standard_normal(bits.shape[1])
        log_times = mean + link.slope * bits[one] + noise
        people.append(Person(one, log_times - log_times.mean()))
    return people


def residuals(bits: NDArray[np.float64], people: list[Person]) -> NDArray[np.float64]:
    """Residual sum of squares at each of P points, of ``bits`` float64[P, sets, n]."""
    centred = bits - bits.mean(axis=2, keepdims=True)
    sxx = sxy = syy = 0.0
    for person in people:
        seen = centred[:, person.sequence_set]
        sxx = sxx + (seen * seen).sum(axis=1)
        sxy = sxy + seen @ person.log_times
        syy = syy + float(person.log_times @ person.log_times)
    rising = np.maximum(sxy, 0.0)
    return syy - np.divide(rising**2, sxx, out=np.zeros_like(sxx), where=sxx > 0)


def best_points(rss: NDArray[np.float64]) -> NDArray[np.int64]:
    """Indices of the points of highest likelihood: several where data cannot tell them apart."""
    return np.flatnonzero(rss <= rss.min() * (1 + EQUAL))


# -- parameter recovery -------------------------------------------------------------------


def draw_truths(settings: Config) -> list[dict[str, float]]:
    rng = np.random.default_rng([settings["seed"], 1])
    truths = []
    for _ in range(settings["n_truths"]):
        lows_highs = {name: settings[name] for name in CONSTANTS}
        lows_highs["theta"] = sorted(1 - value for value in lows_highs["theta"])
        drawn = {n: float(np.exp(rng.uniform(*np.log(v)))) for n, v in lows_highs.items()}
        truths.append({**drawn, "theta": 1 - drawn["theta"]})
    return truths


def parameter_part(settings: Config, processes: int) -> dict[str, pd.DataFrame]:
    """Tables of the recovered constants: summaries, and simulated people one by one."""
    sets = sequence_sets(settings["n_sequence_sets"], settings["seed"])
    grid = grid_settings({name: settings[f"grid_{name}"] for name in CONSTANTS})
    truths = draw_truths(settings)
    run = partial(bits_of, "hvm", sets=sets)
    with get_context("spawn").Pool(processes) as pool:
        bits = np.array(pool.map(run, [*grid, *truths], chunksize=4))
    of_grid, of_truths = bits[: len(grid)], bits[len(grid) :]
    link = link_of("hvm")
    known = {tuple(truth.values()): of_truths[i] for i, truth in enumerate(truths)}
    summaries, every = [], []
    for n_people in settings["n_people"]:
        for noise in settings["noise"]:
            noisy = link._replace(trials_sd=link.trials_sd * noise)
            people, summary = parameter_recovery(
                partial(_simulate_truth, known, noisy, n_people),
                partial(_fitted, of_grid, grid),
                truths,
                settings["seed"],
            )
            about = {"n_people": n_people, "noise": noise}
            summaries.append(summary.assign(**about))
            every.append(people.assign(**about))
    links = pd.DataFrame([link._asdict()])
    return {
        "parameter_recovery": pd.concat(summaries),
        "parameter_recovery_people": pd.concat(every),
        "link": links,
    }


def _simulate_truth(
    known: dict[tuple, NDArray[np.float64]],
    link: Link,
    n_people: int,
    truth: dict[str, float],
    rng: np.random.Generator,
) -> list[Person]:
    bits = known[tuple(truth.values())]
    return simulate(bits, choose_sets(len(bits), n_people, rng), link, rng)


def choose_sets(n_sets: int, n_people: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Sets for some people: as few twice as can be, and groups in turn from a random one."""
    first = int(rng.integers(2))
    of_group = [rng.permutation(np.arange(group, n_sets, 2)) for group in (0, 1)]
    return np.array([of_group[(i + first) % 2][(i // 2) % (n_sets // 2)] for i in range(n_people)])


def _fitted(bits: NDArray[np.float64], grid: list[dict], people: list[Person]) -> dict[str, float]:
    best = best_points(residuals(bits, people))
    return {name: float(np.mean([grid[i][name] for i in best])) for name in CONSTANTS}


# -- model recovery -----------------------------------------------------------------------


def model_part(config: Config, processes: int) -> pd.DataFrame:
    """Confusion between models at their published constants, by number of people fitted at once."""
    settings = config["model_recovery"]
    names = {name: (name, {}) for name in settings["models"]}
    return confusion(names, settings, config["recovery"], processes)


def confusion(
    named: dict[str, tuple[str, dict]],
    settings: Config,
    of_sets: Config,
    processes: int,
    groups: tuple[int, ...] = (0, 1),
) -> pd.DataFrame:
    """One row a true model, chosen model and number of people; the training block alone."""
    sets = sequence_sets(of_sets["n_sequence_sets"], of_sets["seed"])
    sets = [each for i, each in enumerate(sets) if i % 2 in groups]
    with get_context("spawn").Pool(processes) as pool:
        bits_by_model = pool.starmap(bits_of, [(*each, sets) for each in named.values()])
        links = pool.starmap(_link, list(named.values()))
    bits = np.array(bits_by_model)[:, :, :N_TRAINING]
    tables = []
    for n_people in settings["n_people"]:
        simulators = {
            name: partial(_simulate_model, bits[i], links[i], n_people)
            for i, name in enumerate(named)
        }
        counts = model_recovery(
            simulators, chooser(bits, list(named)), settings["n_each"], settings["seed"]
        )
        tables.append(counts.stack().rename("n").reset_index().assign(n_people=n_people))
    return pd.concat(tables)


def _link(model: str, settings: Config) -> Link:
    return link_of(model, **settings)


def _simulate_model(
    bits: NDArray[np.float64], link: Link, n_people: int, rng: np.random.Generator
) -> list[Person]:
    return simulate(bits, choose_sets(len(bits), n_people, rng), link, rng)


def chooser(bits: NDArray[np.float64], names: list[str]) -> Callable[[list[Person]], str]:
    def choose(people: list[Person]) -> str:
        best = best_points(residuals(bits, people))
        if len(best) > 1:
            raise InputError("several models explain these people equally well")
        return names[best[0]]

    return choose
