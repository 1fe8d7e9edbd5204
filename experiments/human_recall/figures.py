"""Pictures of the results: people beside models as a study draws them, fits, recovery, recall."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.human_recall.results import Results
from hvm.recall.study.curve_plots import learning_curves
from hvm.recall.study.forest_plots import forest, gains_over_baselines, group_differences
from hvm.recall.study.plot_style import BLOCK_NAMES, colours_of
from hvm.show.figures import open_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAIN = ("hvm", "hcm", "hvm_no_context", "hvm_fit_a", "hvm_fit_b", "hvm_fit_r2")
RIVALS = ("bigram", "ppm", "ppm_decay", "parser", "repeats", "lz78")
PUBLISHED = ("published_HVM", "published_HCM", "published_AL", "published_Llama-3-8B")
PLAIN = ("repeat_count", "group_x_practice")
TICKS = {"theta": [0.001, 0.005, 0.02], "chunk_min": [2, 5, 15], "frame_min": [3, 8, 25]}
GREY, ORANGE = "#9a9a9a", "#d0802b"
LAST_TRAINING_TRIAL = 40


def figures(results: Results) -> Iterator[tuple[str, Axes]]:
    """The figures by the names of their files."""
    statistics = results.statistics.table
    shown = statistics[statistics["model"].isin(["people", *shown_models(results)])]
    yield "means", draw_means(results)
    yield "gains", gains_over_baselines(shown, "train")[0]
    yield "curves", learning_curves(curves_of_a_study(results))[0]
    yield "transfer_difference", group_differences(shown)[0]
    yield "parameter_recovery", draw_recovery(results.table("parameter_recovery_people"))
    yield "confusion", draw_confusions(results)
    yield "recall", draw_recall(results.table("recall"))


def shown_models(results: Results) -> list[str]:
    """Those worth a line in a figure, the first on top."""
    language = [name for name in results.series if name.startswith("llm_")]
    wanted = [*MAIN, *RIVALS, *language, *PUBLISHED, *PLAIN]
    return [name for name in wanted if name in results.series]


# -- statistics ---------------------------------------------------------------------------


def draw_means(results: Results) -> Axes:
    """Spearman and R2 of means by group and trial, with what a perfect model would reach."""
    models = [name for name in shown_models(results) if name != "group_x_practice"]
    figure = Figure(figsize=(10, 0.24 * len(models) + 1.2), layout="constrained")
    axes = figure.subplots(1, 4, sharey=True)
    panels = [(block, name) for block in ("train", "transfer") for name in ("spearman", "r2")]
    for ax, (block, statistic) in zip(axes, panels, strict=True):
        lookup = results.statistics
        forest(ax, models, lookup.estimates(models, block, "recall_time_ms", statistic))
        ceiling = lookup.row("people", block, "recall_time_ms", f"ceiling_{statistic}")
        if ceiling is not None:
            ax.axvspan(ceiling["low"], ceiling["high"], color="black", alpha=0.08, lw=0)
            ax.axvline(ceiling["value"], color="black", lw=0.8, ls="--")
        ax.set_xlim(*((-1.02, 1.02) if statistic == "spearman" else (-0.01, 1.01)))
        name = {"spearman": "Spearman", "r2": "R2"}[statistic]
        ax.set_title(f"{name}, {BLOCK_NAMES[block]}", fontsize=9)
    figure.supxlabel("means by group and trial; dashed: ceiling, grey: its interval", fontsize=9)
    return axes[0]


def curves_of_a_study(results: Results) -> pd.DataFrame:
    """The means by group and trial in the columns that a study gives them; without intervals."""
    table = pd.concat([results.table("curves"), results.table("curves_fitted")])
    outcomes = {"people": "recall_time_ms", "people_accuracy": "accuracy"}
    outcome = table["model"].map(outcomes).fillna("surprisal_bits")
    names = {"mean": "value", "size": "n_participants"}
    model = table["model"].replace("people_accuracy", "people")
    return table.rename(columns=names).assign(outcome=outcome, model=model, low=np.nan, high=np.nan)


# -- recovery -----------------------------------------------------------------------------


def draw_recovery(people: pd.DataFrame) -> Axes:
    """True constants against fitted ones, real noise: one person, twenty, 108 at once."""
    real = people[people["noise"] == 1]
    sizes = sorted(real["n_people"].unique())
    figure = Figure(figsize=(8.4, 2.7 * len(sizes)), layout="constrained")
    axes = figure.subplots(len(sizes), len(TICKS), squeeze=False)
    rng = np.random.default_rng(0)
    for row, n_people in zip(axes, sizes, strict=True):
        for ax, name in zip(row, TICKS, strict=True):
            rows = real[(real["n_people"] == n_people) & (real["parameter"] == name)]
            draw_scatter(ax, rows, name, rng)
            ax.set_title(f"{name}, {n_people} at once", fontsize=9)
    figure.supxlabel("true", fontsize=9)
    figure.supylabel("fitted", fontsize=9)
    return axes[0, 0]


def draw_scatter(ax: Axes, rows: pd.DataFrame, name: str, rng: np.random.Generator) -> None:
    true, fitted = (rows[column].to_numpy() for column in ("true", "fitted"))
    if name == "theta":
        true, fitted = 1 - true, 1 - fitted
        ax.set_xlabel("1 - theta", fontsize=8)
    fitted = fitted * np.exp(0.02 * rng.standard_normal(len(fitted)))  # so that points stay apart
    ax.plot([true.min(), true.max()], [true.min(), true.max()], color=GREY, lw=0.8)
    ax.scatter(true, fitted, s=9, color=ORANGE, alpha=0.7, lw=0)
    for axis, scale in ((ax.xaxis, ax.set_xscale), (ax.yaxis, ax.set_yscale)):
        scale("log")
        axis.set_ticks(TICKS[name], [f"{tick:g}" for tick in TICKS[name]])
        axis.set_ticks([], minor=True)
    open_frame(ax)


def draw_confusions(results: Results) -> Axes:
    figure = Figure(figsize=(11, 8), layout="constrained")
    axes = figure.subplots(2, 2)
    for row, name in zip(axes, ("model_recovery", "level_recovery"), strict=True):
        for ax, n_people in zip(row, (1, 20), strict=True):
            table = results.table(name)
            draw_confusion(ax, table[table["n_people"] == n_people])
            title = name.replace("_", " ")
            ax.set_title(f"{title}, {n_people} at once (true by chosen)", fontsize=9)
    return axes[0, 0]


def draw_confusion(ax: Axes, rows: pd.DataFrame) -> None:
    names = list(dict.fromkeys(rows["true"]))
    chosen = [*names, "undecided"]
    wide = rows.pivot(index="true", columns="chosen", values="n").loc[names, chosen]
    share = wide.div(wide.sum(axis=1), axis=0).to_numpy()
    ax.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (i, j), value in np.ndenumerate(share):
        colour = "white" if value > 0.5 else "black"
        ax.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=7, color=colour)
    ax.set_xticks(range(len(chosen)), chosen, rotation=30, ha="right", fontsize=7)
    ax.set_yticks(range(len(names)), names, fontsize=7)


# -- recall -------------------------------------------------------------------------------


def draw_recall(table: pd.DataFrame) -> Axes:
    """People's accuracy by trial, and what models would reach."""
    kinds = {"keywise": "-", "free_before": ":", "free_after": "--"}
    colours = colours_of(table["group"].unique())
    models = [name for name in ("hvm", "hcm", "bigram", "repeats") if name in set(table["model"])]
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    axes = figure.subplots(2, len(models), sharex=True, sharey=True)
    for column, model in zip(axes.T, models, strict=True):
        for ax, (group, colour) in zip(column, colours.items(), strict=True):
            rows = table[(table["model"] == model) & (table["group"] == group)]
            draw_recalled(ax, rows, kinds, colour)
            ax.set_title(f"{model}, {group}", fontsize=9)
    lines, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside upper center", ncols=4, frameon=False, fontsize=8)
    figure.supxlabel("trial", fontsize=9)
    figure.supylabel("share of keys right", fontsize=9)
    return axes[0, 0]


def draw_recalled(ax: Axes, rows: pd.DataFrame, kinds: dict[str, str], colour: str) -> None:
    for block in ("train", "transfer"):
        of_block = rows[rows["block"] == block]
        people = of_block[of_block["kind"] == "keywise"]
        label = "people" if block == "train" else None
        ax.plot(people["trial"], people["accuracy"], color="black", lw=1.4, label=label)
        for kind, style in kinds.items():
            typed = of_block[of_block["kind"] == kind]
            label = kind if block == "train" and len(typed) else None
            shares = typed["simulated_accuracy"]
            ax.plot(typed["trial"], shares, style, color=colour, lw=1.2, label=label)
    ax.axvline(LAST_TRAINING_TRIAL + 0.5, color=GREY, lw=0.6)
    ax.set_ylim(0, 1)
    open_frame(ax)
