"""Summary and pictures of results/, from the tables there alone.

python -m experiments.human_recall.report [--results FOLDER]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from experiments.common import markdown, read_config, read_version
from experiments.human_recall.figures import draw_all
from hvm.data.files import write_atomic
from hvm.show.figures import figure_bytes

HERE = Path(__file__).parent
KEYS = ["block", "outcome", "statistic", "baseline", "group"]
NATS_PER_BIT = np.log(2)
PLAIN = ("repeat_count", "log_lag_since_same_sequence", "group_x_practice")


class Results:
    """The tables of a run, read when they are asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = read_config(folder)

    def table(self, name: str) -> pd.DataFrame:
        path = self.folder / f"{name}.csv"
        if not path.exists():
            return pd.DataFrame()
        table = pd.read_csv(path, keep_default_na=False, na_values=[""])
        named = [column for column in ("group", "baseline") if column in table]
        return table.fillna(dict.fromkeys(named, ""))

    @cached_property
    def statistics(self) -> pd.DataFrame:
        return pd.concat([self.table("statistics"), self.table("statistics_fitted")])

    @cached_property
    def series(self) -> list[str]:
        """Every model and plain predictor, in the order of the table."""
        return [name for name in self.statistics["model"].unique() if name != "people"]

    def of(
        self, block: str, outcome: str, statistic: str, baseline: str = "", group: str = ""
    ) -> pd.DataFrame:
        """Rows by model: ``value, low, high`` and others."""
        wanted = dict(zip(KEYS, (block, outcome, statistic, baseline, group), strict=True))
        rows = self.statistics
        for column, value in wanted.items():
            rows = rows[rows[column] == value]
        return rows.set_index("model")

    def value(self, model: str, *where: str) -> float:
        return float(self.of(*where)["value"].get(model, np.nan))


class Outcome(NamedTuple):
    """A line of the summary."""

    what: str
    value: str
    to_reach: str
    reached: str


# -- what was to be reached ---------------------------------------------------------------

MEANS = ("recall_time_ms", "spearman"), ("recall_time_ms", "r2")
GAIN = ("train", "log_time", "delta_log_likelihood")
REPRODUCED = (
    ("training Spearman", 0.856, 3, ("train", *MEANS[0])),
    ("training R2", 0.605, 3, ("train", *MEANS[1])),
    ("transfer Spearman", 0.700, 3, ("transfer", *MEANS[0])),
    ("transfer R2", 0.474, 3, ("transfer", *MEANS[1])),
    ("delta log-likelihood on (a)", 43.3, 1, (*GAIN, "a")),
)


def outcomes(results: Results) -> Iterator[Outcome]:
    yield from means_outcomes(results)
    yield from gain_outcomes(results)
    yield from held_out_outcomes(results)
    yield from repetition_outcomes(results)
    yield from reproduced_outcomes(results)
    yield from recovery_outcomes(results)
    yield from speed_outcomes(results)


def means_outcomes(results: Results) -> Iterator[Outcome]:
    for model in ("hvm", "hvm_fit_a", "hvm_fit_b", "hvm_fit_r2"):
        for statistic, bound in (("spearman", 0.97), ("r2", 0.88)):
            value = results.value(model, "train", "recall_time_ms", statistic)
            yield at_least(f"{model}: {statistic} of training means", value, bound)


def gain_outcomes(results: Results) -> Iterator[Outcome]:
    bound = round(results.value("repeat_count", *GAIN, "a"), 1)
    for model in ("hvm", "hvm_fit_a", "hvm_fit_b", "hvm_fit_r2"):
        value = results.value(model, *GAIN, "a")
        yield at_least(f"{model}: gain on (a), training, nats", value, bound)


def held_out_outcomes(results: Results) -> Iterator[Outcome]:
    """The same on people that no constant was chosen on: five folds, repeat_count on the same."""
    table = results.table("fits")
    on_a = table[table["objective"] == "a"].groupby(["model", "constants"])["held_out_value"].sum()
    bound = round(on_a["repeat_count", "none"], 1)
    for model in ("hvm", "hcm"):
        for constants in ("published", "fitted"):
            name = f"{model}, {constants} constants: held-out gain on (a), training, nats"
            yield at_least(name, on_a[model, constants], bound)


def repetition_outcomes(results: Results) -> Iterator[Outcome]:
    table = pd.concat([results.table("repetitions"), results.table("repetitions_fitted")])
    fortieth = table[table["trial"] == 40].set_index("model")["median_bits"]
    for model, bits in fortieth.items():
        if str(model).startswith("hvm"):
            yield at_most(f"{model}: median bits of the 40th repetition", bits, 6)
        elif str(model).startswith("llm_"):
            yield at_most(f"{model}: median bits of the 40th repetition", bits, 1)


def reproduced_outcomes(results: Results) -> Iterator[Outcome]:
    for name, published, digits, where in REPRODUCED:
        value = results.value("published_HVM", *where)
        yield equal(f"published HVM reproduced: {name}", value, published, digits)
    for group, published in (("control", 20.46), ("variable", 10.04)):
        bits = results.value("published_HVM", "transfer", "surprisal_bits", "mean", "", group)
        name = f"published HVM reproduced: {group} in transfer, nats a trial"
        yield equal(name, bits * NATS_PER_BIT, published, 2)


def recovery_outcomes(results: Results) -> Iterator[Outcome]:
    table = results.table("parameter_recovery")
    for row in table[(table["noise"] == 1)].to_dict("records"):
        name = f"{row['parameter']} recovered, {row['n_people']} people at once: rank correlation"
        yield at_least(name, row["rank_correlation"], 0.8)


def speed_outcomes(results: Results) -> Iterator[Outcome]:
    table = results.table("speed")
    warm = table[table["run"] == "warm"]
    for kind in ("cpu_seconds", "wall_seconds"):
        yield at_most(f"hvm over all trials, warm, least {kind}", warm[kind].min(), 1)


def at_least(what: str, value: float, bound: float) -> Outcome:
    reached = "yes" if value >= bound else "no"
    return Outcome(what, f"{value:.4g}", f"at least {bound:g}", reached)


def at_most(what: str, value: float, bound: float) -> Outcome:
    reached = "yes" if value <= bound else "no"
    return Outcome(what, f"{value:.3g}", f"at most {bound:g}", reached)


def equal(what: str, value: float, published: float, digits: int) -> Outcome:
    reached = "yes" if round(value, digits) == published else "no"
    return Outcome(what, f"{value:.{digits}f}", f"{published:.{digits}f}", reached)


# -- tables of the statistics -------------------------------------------------------------


def with_interval(rows: pd.DataFrame, digits: int) -> pd.Series:
    """Text: value [low, high]."""

    def told(row: pd.Series) -> str:
        if not np.isfinite(row["value"]):
            return "-"
        text = f"{row['value']:.{digits}f}"
        if not np.isfinite(row["low"]):
            return text
        return f"{text} [{row['low']:.{digits}f}, {row['high']:.{digits}f}]"

    return rows.apply(told, axis=1)


def by_model(columns: dict[str, pd.Series], order: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(columns)
    table = table.reindex([name for name in order if name in table.index])
    return table.fillna("-").rename_axis("model").reset_index()


def means_table(results: Results) -> pd.DataFrame:
    columns = {}
    for block in ("train", "transfer"):
        for statistic in ("spearman", "r2"):
            rows = results.of(block, "recall_time_ms", statistic)
            columns[f"{block} {statistic}"] = with_interval(rows, 3)
    return by_model(columns, results.series)


def ceiling_table(results: Results) -> pd.DataFrame:
    columns = {}
    for block in ("train", "transfer"):
        for name in ("reliability", "ceiling_spearman", "ceiling_r2"):
            rows = results.of(block, "recall_time_ms", name)
            columns[f"{block} {name}"] = with_interval(rows, 2)
    return by_model(columns, ["people"])


def gains_table(results: Results, block: str, outcome: str) -> pd.DataFrame:
    """In sample, and cross-validated with intervals; the slope tells of the sign."""
    columns = {}
    for baseline in ("a", "b", "b_main", "c", "d"):
        inside = results.of(block, outcome, "delta_log_likelihood", baseline)
        held_out = results.of(block, outcome, "cv_delta_log_likelihood", baseline)
        if inside["value"].notna().any():
            columns[f"({baseline})"] = inside["value"].map("{:.1f}".format)
            columns[f"({baseline}) cross-validated"] = with_interval(held_out, 1)
    slopes = results.of(block, outcome, "slope", "b")
    columns["slope on (b)"] = with_interval(slopes, 4)
    return by_model(columns, results.series)


def other_outcomes_table(results: Results) -> pd.DataFrame:
    columns = {}
    for block in ("train", "transfer"):
        for outcome in ("log_time_correct", "log_time_uncut"):
            rows = results.of(block, outcome, "cv_delta_log_likelihood", "b")
            columns[f"{block}, {outcome}"] = with_interval(rows, 1)
    return by_model(columns, results.series)


def difference_table(results: Results) -> pd.DataFrame:
    columns = {}
    for block in ("train", "transfer"):
        rows = results.of(block, "surprisal_bits", "group_difference")
        rows = rows[~rows.index.isin(PLAIN)]
        columns[f"{block}, bits"] = with_interval(rows, 2)
    return by_model(columns, results.series)


def people_difference_table(results: Results) -> pd.DataFrame:
    columns = {}
    for block in ("train", "transfer"):
        for outcome, digits in (("recall_time_ms", 0), ("accuracy", 3)):
            rows = results.of(block, outcome, "group_difference")
            columns[f"{block}, {outcome}"] = with_interval(rows, digits)
    return by_model(columns, ["people"])


def exclusions_table(results: Results) -> pd.DataFrame:
    table = results.table("exclusions")
    return table[table["n_excluded"] > 0]


# -- fits ---------------------------------------------------------------------------------


def fits_table(results: Results) -> pd.DataFrame:
    """The objective on people held out, summed over folds (R2: the mean of folds)."""
    table = results.table("fits")
    keys = ["model", "constants", "objective"]
    values = table.groupby(keys, sort=False)["held_out_value"]
    found = values.sum().where(values.sum().index.get_level_values(2) != "r2", values.mean())
    wide = found.unstack("objective").reset_index()
    names = {
        "a": "gain on (a), held out",
        "b": "gain on (b), held out",
        "r2": "R2 of means, held out",
    }
    order = wide["model"].map({name: i for i, name in enumerate(table["model"].unique())})
    return wide.rename(columns=names).assign(order=order).sort_values("order").drop(columns="order")


def chosen_table(results: Results) -> pd.DataFrame:
    table = results.table("fits")
    fitted = table[table["constants"] == "fitted"]
    keys = ["model", "objective", "chosen"]
    counts = fitted.groupby(keys, sort=False)["fold"].agg(["size", lambda f: " ".join(map(str, f))])
    counts.columns = ["folds", "which"]
    return counts.reset_index()


def surface_table(results: Results) -> pd.DataFrame:
    """The best point of each grid on everybody, beside the published one: optimistic."""
    table = results.table("surfaces")
    best = table.loc[table.groupby(["model", "objective"], sort=False)["value"].idxmax()]
    published = table[table["is_published"]].set_index(["model", "objective"])["value"]
    places = pd.MultiIndex.from_frame(best[["model", "objective"]])
    points = table.groupby(["model", "objective"])["value"].size()
    return best.assign(
        published=published.reindex(places).to_numpy(), points=points.reindex(places).to_numpy()
    ).drop(columns="is_published")


# -- recovery, recall, levels -------------------------------------------------------------


def recovery_table(results: Results) -> pd.DataFrame:
    table = results.table("parameter_recovery")
    told = with_interval(table.rename(columns={"rank_correlation": "value"}), 2)
    keys = {"n_people": table["n_people"], "noise": table["noise"], "name": table["parameter"]}
    wide = pd.DataFrame({**keys, "told": told})
    return wide.pivot(index=["n_people", "noise"], columns="name", values="told").reset_index()


def confusion_table(table: pd.DataFrame, n_people: int) -> pd.DataFrame:
    mine = table[table["n_people"] == n_people]
    names = list(dict.fromkeys(mine["true"]))
    wide = mine.pivot(index="true", columns="chosen", values="n")
    return wide.loc[names, [*names, "undecided"]].rename_axis(None, axis=1).reset_index()


def recall_table(results: Results) -> pd.DataFrame:
    table = results.table("recall_agreement")
    columns = {}
    for block in ("train", "transfer"):
        for group in ("", "control", "variable"):
            rows = table[(table["block"] == block) & (table["group"] == group)]
            rows = rows.set_index(["model", "kind"])
            name = f"{block}, {group or 'both'}"
            means = rows[rows["statistic"] == "mean"]["value"]
            if group:
                columns[f"{name}: mean"] = means.map("{:.2f}".format)
            columns[f"{name}: Spearman"] = with_interval(rows[rows["statistic"] == "spearman"], 2)
    order = table[["model", "kind"]].drop_duplicates()
    wide = pd.DataFrame(columns).reindex(pd.MultiIndex.from_frame(order))
    return wide.fillna("-").reset_index()


def accuracy_ceilings(results: Results) -> pd.DataFrame:
    table = results.table("recall_agreement")
    rows = table[(table["model"] == "people") & (table["statistic"] != "mean")]
    return rows[["block", "statistic", "value", "low", "high"]]


def levels_table(results: Results) -> pd.DataFrame:
    table = results.table("levels")
    told = with_interval(table.rename(columns={"gain_nats": "value"}), 1)
    columns = ["baseline", "group", "level", "n_best", "n_people", "n_as_hcm", "median_margin_nats"]
    return table[columns].assign(**{"cross-validated gain, nats": told})


# -- writing ------------------------------------------------------------------------------


def sections(results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "What was to be reached", pd.DataFrame(outcomes(results))
    yield "Means by group and trial: people", ceiling_table(results)
    yield "Means by group and trial: models", means_table(results)
    for block in ("train", "transfer"):
        for outcome in ("log_time", "accuracy"):
            title = f"Delta log-likelihood, nats: {outcome}, {block}"
            yield title, gains_table(results, block, outcome)
    yield "Other outcomes: cross-validated gain on (b)", other_outcomes_table(results)
    yield "Group difference (control less variable): people", people_difference_table(results)
    yield "Group difference (control less variable): models", difference_table(results)
    yield "The control group's sequence again and again, bits", results.table("repetitions")
    yield "Nested fits", fits_table(results)
    yield "Constants chosen, by fold", chosen_table(results)
    yield "Best point of each grid on everybody (not an honest value)", surface_table(results)
    yield "Parameter recovery, rank correlation", recovery_table(results)
    for name, table in (("Model", "model_recovery"), ("Level", "level_recovery")):
        for n_people in (1, 20):
            title = f"{name} recovery, {n_people} at once: rows true, columns chosen"
            yield title, confusion_table(results.table(table), n_people)
    yield "Accuracy: how well people's means are known", accuracy_ceilings(results)
    yield "Simulated recall beside people's accuracy", recall_table(results)
    yield "Levels", levels_table(results)
    yield "Speed", results.table("speed")
    yield "Language models", language_table(results)
    yield "Exclusions", exclusions_table(results)


def language_table(results: Results) -> pd.DataFrame:
    table = results.table("language_models")
    if not len(table):
        return table
    return table.set_index("transcript").T.rename_axis("what").reset_index()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", default=str(HERE / "results"))
    results = Results(Path(parser.parse_args(arguments).results))
    version = read_version(results.folder)
    text = f"# People and models\n\nMade by report.py from the tables beside it; {version}.\n"
    for title, table in sections(results):
        text += f"\n## {title}\n\n{markdown(table)}\n"
    write_atomic(results.folder / "summary.md", text.encode())
    for name, ax in draw_all(results):
        write_atomic(results.folder / f"{name}.png", figure_bytes(ax, ".png"))


if __name__ == "__main__":
    main()
