"""Pictures of the results: people beside models, fits, recovery, recall."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from experiments.human_recall.report import Results

COLOURS = {"control": "#5b7fa6", "variable": "#d0802b"}
MAIN = ("hvm", "hcm", "hvm_no_context", "hvm_fit_a", "hvm_fit_b", "hvm_fit_r2")
RIVALS = ("bigram", "ppm", "ppm_decay", "parser", "repeats", "lz78")
PUBLISHED = ("published_HVM", "published_HCM", "published_AL", "published_Llama-3-8B")
PLAIN = ("repeat_count", "group_x_practice")
TICKS = {"theta": [0.001, 0.005, 0.02], "chunk_min": [2, 5, 15], "frame_min": [3, 8, 25]}


def draw_all(results: Results) -> Iterator[tuple[str, Axes]]:
    yield "means", draw_means(results)
    yield "gains", draw_gains(results)
    yield "curves", draw_curves(results)
    yield "transfer_difference", draw_differences(results)
    yield "parameter_recovery", draw_recovery(results.table("parameter_recovery_people"))
    yield "confusion", draw_confusions(results)
    yield "recall", draw_recall(results.table("recall"))


def new_figure(width: float, height: float) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def plain_axes(ax: Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)


def shown_models(results: Results) -> list[str]:
    """Those worth a line in a figure, the first on top."""
    language = [name for name in results.series if name.startswith("llm_")]
    wanted = [*MAIN, *RIVALS, *language, *PUBLISHED, *PLAIN]
    return [name for name in wanted if name in results.series]


def colour_of(model: str) -> str:
    if model in MAIN:
        return "#d0802b"
    if model in PLAIN:
        return "black"
    return "#5b7fa6" if model in RIVALS else "#9a9a9a"


def draw_dots(ax: Axes, rows: pd.DataFrame, models: list[str]) -> None:
    """A line a model: value and interval."""
    for place, model in enumerate(models):
        if model in rows.index:
            row = rows.loc[model]
            colour = colour_of(model)
            ax.plot([row["low"], row["high"]], [place, place], color=colour, lw=1.2)
            ax.plot(row["value"], place, "o", color=colour, ms=4)
    ax.set_yticks(range(len(models)), models)
    ax.set_ylim(len(models) - 0.5, -0.5)
    ax.grid(axis="x", color="#e5e5e5", lw=0.6)
    ax.set_axisbelow(True)
    plain_axes(ax)


# -- statistics ---------------------------------------------------------------------------


def draw_means(results: Results) -> Axes:
    """Spearman and R2 of means by group and trial, with what a perfect model would reach."""
    models = [name for name in shown_models(results) if name != "group_x_practice"]
    figure = new_figure(10, 0.24 * len(models) + 1.2)
    axes = figure.subplots(1, 4, sharey=True)
    panels = [(block, name) for block in ("train", "transfer") for name in ("spearman", "r2")]
    for ax, (block, statistic) in zip(axes, panels, strict=True):
        rows = results.of(block, "recall_time_ms", statistic)
        draw_dots(ax, rows, models)
        people = results.of(block, "recall_time_ms", f"ceiling_{statistic}").loc["people"]
        ax.axvspan(people["low"], people["high"], color="black", alpha=0.08, lw=0)
        ax.axvline(people["value"], color="black", lw=0.8, ls="--")
        ax.set_xlim(*((-1.02, 1.02) if statistic == "spearman" else (-0.01, 1.01)))
        name = {"spearman": "Spearman", "r2": "R2"}[statistic]
        block_name = {"train": "training", "transfer": "transfer"}[block]
        ax.set_title(f"{name}, {block_name}", fontsize=9)
    figure.supxlabel("means by group and trial; dashed: ceiling, grey: its interval", fontsize=9)
    return axes[0]


def draw_gains(results: Results) -> Axes:
    """Cross-validated gains in training over each baseline."""
    models = shown_models(results)
    figure = new_figure(11, 0.24 * len(models) + 1.2)
    axes = figure.subplots(1, 4, sharey=True)
    for ax, baseline in zip(axes, ("a", "b", "c", "d"), strict=True):
        rows = results.of("train", "log_time", "cv_delta_log_likelihood", baseline)
        draw_dots(ax, rows, models)
        ax.axvline(0, color="black", lw=0.8)
        ax.set_title(f"baseline ({baseline})", fontsize=9)
    figure.supxlabel("cross-validated delta log-likelihood of log time, training, nats", fontsize=9)
    return axes[0]


def draw_curves(results: Results) -> Axes:
    """People's times and models' bits, by group and trial."""
    table = pd.concat([results.table("curves"), results.table("curves_fitted")])
    models = [name for name in dict.fromkeys(table["model"]) if not name.startswith("people_")]
    n_columns = 4
    n_rows = -(-len(models) // n_columns)
    figure = new_figure(2.9 * n_columns, 2.2 * n_rows)
    axes = figure.subplots(n_rows, n_columns, sharex=True, squeeze=False).ravel()
    for ax, model in zip(axes, models, strict=False):
        draw_curve(ax, table[table["model"] == model], model)
    for ax in axes[len(models) :]:
        ax.set_visible(False)
    axes[0].legend(frameon=False, fontsize=8)
    figure.supxlabel("trial", fontsize=9)
    return axes[0]


def draw_curve(ax: Axes, rows: pd.DataFrame, model: str) -> None:
    scale, unit = (1000, "s") if model == "people" else (1, "bits")
    for (group, block), mine in rows.groupby(["group", "block"]):
        label = group if block == "train" else None
        ax.plot(mine["trial"], mine["mean"] / scale, color=COLOURS[group], lw=1.2, label=label)
    ax.axvline(40.5, color="#9a9a9a", lw=0.6)
    ax.set_ylim(0, None)
    ax.set_title(f"{model}, {unit}", fontsize=9)
    plain_axes(ax)


def draw_differences(results: Results) -> Axes:
    """Control less variable in transfer: people's times and accuracy, models' bits."""
    models = [name for name in shown_models(results) if name not in PLAIN]
    figure = new_figure(10, 0.24 * len(models) + 1.2)
    axes = figure.subplots(1, 3, width_ratios=[1, 1, 2])
    panels = (("recall_time_ms", 1000, "recall time, s"), ("accuracy", 1, "accuracy"))
    for ax, (outcome, scale, label) in zip(axes, panels, strict=False):
        row = results.of("transfer", outcome, "group_difference").loc["people"]
        ax.plot([row["low"] / scale, row["high"] / scale], [0, 0], color="black", lw=1.2)
        ax.plot(row["value"] / scale, 0, "o", color="black", ms=4)
        ax.set_yticks([0], ["people"])
        ax.axvline(0, color="black", lw=0.8)
        ax.set_title(label, fontsize=9)
        plain_axes(ax)
    rows = results.of("transfer", "surprisal_bits", "group_difference")
    draw_dots(axes[2], rows, models)
    axes[2].axvline(0, color="black", lw=0.8)
    axes[2].set_title("bits a trial", fontsize=9)
    figure.supxlabel("control less variable group, transfer; 95% over participants", fontsize=9)
    return axes[0]


# -- recovery -----------------------------------------------------------------------------


def draw_recovery(people: pd.DataFrame) -> Axes:
    """True constants against fitted ones, real noise: one person, twenty, 108 at once."""
    real = people[people["noise"] == 1]
    sizes = sorted(real["n_people"].unique())
    figure = new_figure(8.4, 2.7 * len(sizes))
    axes = figure.subplots(len(sizes), len(TICKS), squeeze=False)
    rng = np.random.default_rng(0)
    for row, n_people in zip(axes, sizes, strict=True):
        for ax, name in zip(row, TICKS, strict=True):
            mine = real[(real["n_people"] == n_people) & (real["parameter"] == name)]
            draw_scatter(ax, mine, name, rng)
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
    ax.plot([true.min(), true.max()], [true.min(), true.max()], color="#9a9a9a", lw=0.8)
    ax.scatter(true, fitted, s=9, color="#d0802b", alpha=0.7, lw=0)
    for axis, scale in ((ax.xaxis, ax.set_xscale), (ax.yaxis, ax.set_yscale)):
        scale("log")
        axis.set_ticks(TICKS[name], [f"{tick:g}" for tick in TICKS[name]])
        axis.set_ticks([], minor=True)
    plain_axes(ax)


def draw_confusions(results: Results) -> Axes:
    figure = new_figure(11, 8)
    axes = figure.subplots(2, 2)
    for row, name in zip(axes, ("model_recovery", "level_recovery"), strict=True):
        for ax, n_people in zip(row, (1, 20), strict=True):
            table = results.table(name)
            draw_confusion(ax, table[table["n_people"] == n_people])
            told = name.replace("_", " ")
            ax.set_title(f"{told}, {n_people} at once (true by chosen)", fontsize=9)
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
    models = [name for name in ("hvm", "hcm", "bigram", "repeats") if name in set(table["model"])]
    figure = new_figure(11, 4.6)
    axes = figure.subplots(2, len(models), sharex=True, sharey=True)
    for column, model in zip(axes.T, models, strict=True):
        for ax, group in zip(column, COLOURS, strict=True):
            mine = table[(table["model"] == model) & (table["group"] == group)]
            draw_recalled(ax, mine, kinds, COLOURS[group])
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
            mine = of_block[of_block["kind"] == kind]
            label = kind if block == "train" and len(mine) else None
            ax.plot(
                mine["trial"], mine["simulated_accuracy"], style, color=colour, lw=1.2, label=label
            )
    ax.axvline(40.5, color="#9a9a9a", lw=0.6)
    ax.set_ylim(0, 1)
    plain_axes(ax)
