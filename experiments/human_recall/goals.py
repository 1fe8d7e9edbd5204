"""What the experiment was to reach, from its tables."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from experiments.goals import Goal, at_least, at_most, equal
from experiments.human_recall.results import Results

NATS_PER_BIT = np.log(2)
MEANS = ("recall_time_ms", "spearman"), ("recall_time_ms", "r2")
GAIN = ("train", "log_time", "delta_log_likelihood")
AT_CONSTANTS = ("hvm", "hvm_fit_a", "hvm_fit_b", "hvm_fit_r2")
REPRODUCED = (
    ("training Spearman", 0.856, 3, ("train", *MEANS[0])),
    ("training R2", 0.605, 3, ("train", *MEANS[1])),
    ("transfer Spearman", 0.700, 3, ("transfer", *MEANS[0])),
    ("transfer R2", 0.474, 3, ("transfer", *MEANS[1])),
    ("delta log-likelihood on (a)", 43.3, 1, (*GAIN, "a")),
)
"""What the published series is published with: value, digits, and the row that must give it."""


def goals(results: Results) -> Iterator[Goal]:
    yield from means_goals(results)
    yield from gain_goals(results)
    yield from held_out_goals(results)
    yield from repetition_goals(results)
    yield from reproduced_goals(results)
    yield from recovery_goals(results)
    yield from speed_goals(results)


def means_goals(results: Results) -> Iterator[Goal]:
    for model in AT_CONSTANTS:
        for statistic, bound in (("spearman", 0.97), ("r2", 0.88)):
            value = results.statistics.value(model, "train", "recall_time_ms", statistic)
            yield at_least(f"{model}: {statistic} of training means", value, bound)


def gain_goals(results: Results) -> Iterator[Goal]:
    bound = round(results.statistics.value("repeat_count", *GAIN, "a"), 1)
    for model in AT_CONSTANTS:
        value = results.statistics.value(model, *GAIN, "a")
        yield at_least(f"{model}: gain on (a), training, nats", value, bound)


def held_out_goals(results: Results) -> Iterator[Goal]:
    """The same on people that no constant was chosen on: five folds, repeat_count on the same."""
    table = results.table("fits")
    on_a = table[table["objective"] == "a"].groupby(["model", "constants"])["held_out_value"].sum()
    bound = round(on_a["repeat_count", "none"], 1)
    for model in ("hvm", "hcm"):
        for constants in ("published", "fitted"):
            name = f"{model}, {constants} constants: held-out gain on (a), training, nats"
            yield at_least(name, on_a[model, constants], bound)


def repetition_goals(results: Results) -> Iterator[Goal]:
    table = pd.concat([results.table("repetitions"), results.table("repetitions_fitted")])
    fortieth = table[table["trial"] == 40].set_index("model")["median_bits"]
    for model, bits in fortieth.items():
        for prefix, bound in (("hvm", 6), ("llm_", 1)):
            if str(model).startswith(prefix):
                yield at_most(f"{model}: median bits of the 40th repetition", bits, bound)


def reproduced_goals(results: Results) -> Iterator[Goal]:
    for name, published, digits, where in REPRODUCED:
        value = results.statistics.value("published_HVM", *where)
        yield equal(f"published HVM reproduced: {name}", value, published, digits)
    for group, published in (("control", 20.46), ("variable", 10.04)):
        where = ("transfer", "surprisal_bits", "mean", "", group)
        bits = results.statistics.value("published_HVM", *where)
        name = f"published HVM reproduced: {group} in transfer, nats a trial"
        yield equal(name, bits * NATS_PER_BIT, published, 2)


def recovery_goals(results: Results) -> Iterator[Goal]:
    table = results.table("parameter_recovery")
    for row in table[(table["noise"] == 1)].to_dict("records"):
        name = f"{row['parameter']} recovered, {row['n_people']} people at once: rank correlation"
        yield at_least(name, row["rank_correlation"], 0.8)


def speed_goals(results: Results) -> Iterator[Goal]:
    table = results.table("speed")
    warm = table[table["run"] == "warm"]
    for kind in ("cpu_seconds", "wall_seconds"):
        yield at_most(f"hvm over all trials, warm, least {kind}", warm[kind].min(), 1)
