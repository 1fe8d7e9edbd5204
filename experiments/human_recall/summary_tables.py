"""Tables of the summary: what the CSV files say, laid out to be read."""

from __future__ import annotations

import pandas as pd

from experiments.human_recall.results import Results
from hvm.recall.statistics.checked import PLAIN
from hvm.recall.study.plot_style import estimate_text

# -- tables of the statistics -------------------------------------------------------------


def texts(rows: pd.DataFrame, digits: int) -> pd.Series:
    """Value [low, high] of each row, minus signs as in tables of numbers."""
    cells = rows.apply(estimate_text, axis=1, style=f".{digits}f")
    return cells.str.replace("−", "-") if len(rows) else cells


def by_model(columns: dict[str, pd.Series], order: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(columns)
    table = table.reindex([name for name in order if name in table.index])
    return table.fillna("-").rename_axis("model").reset_index()


def means_table(results: Results) -> pd.DataFrame:
    columns = {}
    for block in ("train", "transfer"):
        for statistic in ("spearman", "r2"):
            rows = results.statistics.rows(block, "recall_time_ms", statistic)
            columns[f"{block} {statistic}"] = texts(rows, 3)
    return by_model(columns, results.series)


def ceiling_table(results: Results) -> pd.DataFrame:
    columns = {}
    for block in ("train", "transfer"):
        for name in ("reliability", "ceiling_spearman", "ceiling_r2"):
            rows = results.statistics.rows(block, "recall_time_ms", name)
            columns[f"{block} {name}"] = texts(rows, 2)
    return by_model(columns, ["people"])


def gains_table(results: Results, block: str, outcome: str) -> pd.DataFrame:
    """In sample, and cross-validated with intervals; the slope tells of the sign."""
    columns = {}
    for baseline in ("a", "b", "b_main", "c", "d"):
        inside = results.statistics.rows(block, outcome, "delta_log_likelihood", baseline)
        held_out = results.statistics.rows(block, outcome, "cv_delta_log_likelihood", baseline)
        if inside["value"].notna().any():
            columns[f"({baseline})"] = inside["value"].map("{:.1f}".format)
            columns[f"({baseline}) cross-validated"] = texts(held_out, 1)
    slopes = results.statistics.rows(block, outcome, "slope", "b")
    columns["slope on (b)"] = texts(slopes, 4)
    return by_model(columns, results.series)


def other_outcomes_table(results: Results) -> pd.DataFrame:
    columns = {}
    for block in ("train", "transfer"):
        for outcome in ("log_time_correct", "log_time_uncut"):
            rows = results.statistics.rows(block, outcome, "cv_delta_log_likelihood", "b")
            columns[f"{block}, {outcome}"] = texts(rows, 1)
    return by_model(columns, results.series)


def difference_table(results: Results) -> pd.DataFrame:
    columns = {}
    for block in ("train", "transfer"):
        rows = results.statistics.rows(block, "surprisal_bits", "group_difference")
        rows = rows[~rows.index.isin(PLAIN)]
        columns[f"{block}, bits"] = texts(rows, 2)
    return by_model(columns, results.series)


def people_difference_table(results: Results) -> pd.DataFrame:
    columns = {}
    for block in ("train", "transfer"):
        for outcome, digits in (("recall_time_ms", 0), ("accuracy", 3)):
            rows = results.statistics.rows(block, outcome, "group_difference")
            columns[f"{block}, {outcome}"] = texts(rows, digits)
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
    sums = values.sum()
    objective = sums.where(sums.index.get_level_values(2) != "r2", values.mean())
    wide = objective.unstack("objective").reset_index()
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
    cells = texts(table.rename(columns={"rank_correlation": "value"}), 2)
    keys = {"n_people": table["n_people"], "noise": table["noise"], "name": table["parameter"]}
    wide = pd.DataFrame({**keys, "cell": cells})
    return wide.pivot(index=["n_people", "noise"], columns="name", values="cell").reset_index()


def confusion_table(table: pd.DataFrame, n_people: int) -> pd.DataFrame:
    counts = table[table["n_people"] == n_people]
    names = list(dict.fromkeys(counts["true"]))
    wide = counts.pivot(index="true", columns="chosen", values="n")
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
            columns[f"{name}: Spearman"] = texts(rows[rows["statistic"] == "spearman"], 2)
    order = table[["model", "kind"]].drop_duplicates()
    wide = pd.DataFrame(columns).reindex(pd.MultiIndex.from_frame(order))
    return wide.fillna("-").reset_index()


def accuracy_ceilings(results: Results) -> pd.DataFrame:
    table = results.table("recall_agreement")
    rows = table[(table["model"] == "people") & (table["statistic"] != "mean")]
    return rows[["block", "statistic", "value", "low", "high"]]


def levels_table(results: Results) -> pd.DataFrame:
    table = results.table("levels")
    gains = texts(table.rename(columns={"gain_nats": "value"}), 1)
    columns = ["baseline", "group", "level", "n_best", "n_people", "n_as_hcm", "median_margin_nats"]
    return table[columns].assign(**{"cross-validated gain, nats": gains})


def language_table(results: Results) -> pd.DataFrame:
    table = results.table("language_models")
    if not len(table):
        return table
    return table.set_index("transcript").T.rename_axis("what").reset_index()
