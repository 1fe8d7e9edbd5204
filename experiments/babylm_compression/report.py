"""Tables and pictures of results/, which run.py wrote; nothing is measured here.

python -m experiments.babylm_compression.report [--results DIR]

HVM_DATA, if it is set, adds the published values beside ours.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.common import Config, Row, bootstrap_interval, markdown, read_config
from hvm.data.files import write_atomic
from hvm.data.registry import offline_folder
from hvm.show.figures import figure_bytes
from hvm.show.plots import compare_curves

HERE = Path(__file__).parent
N_RESAMPLES = 4000
DRAWN = ("HVM, published algorithm", "HVM", "LZ78", "hvm, a file", "mixed, a file", "ppmd", "lzma")


def mean_and_interval(values: pd.Series, share: float) -> tuple[float, float, float]:
    """Mean and its bootstrap interval; nan where there is one value."""
    if len(values) < 2:
        return float(values.mean()), np.nan, np.nan
    return float(values.mean()), *bootstrap_interval(values, N_RESAMPLES, share=share)


def interval_text(values: pd.Series, share: float, digits: int) -> str:
    if values.isna().all():
        return "-"
    mean, low, high = mean_and_interval(values, share)
    interval = "" if np.isnan(low) else f" ({low:.{digits}f}-{high:.{digits}f})"
    return f"{mean:.{digits}f}{interval}"


def paper_table(rows: pd.DataFrame, share: float) -> pd.DataFrame:
    """The table's three measures, by 1000 characters, beside the bits that decode."""
    table = []
    for (corpus, size, model), snippets in rows.groupby(["corpus", "symbols", "model"], sort=False):
        thousands = size / 1000
        table.append(
            {
                "corpus": corpus,
                "characters": size,
                "model": model,
                "snippets": len(snippets),
                "units / 1000": interval_text(snippets["units"] / thousands, share, 0),
                "-log2 P / character": interval_text(
                    snippets["sequence_complexity_bits"] / size, share, 3
                ),
                "coding efficiency": interval_text(snippets["coding_efficiency"], share, 4),
                "bits / character, honest": interval_text(snippets["bits"] / size, share, 3),
            }
        )
    return pd.DataFrame(table)


def published_table(config: Config) -> pd.DataFrame | None:
    """The published runs at their last iteration: means, and what the paper's table takes."""
    data = offline_folder()
    path = data and data / "reference" / "published_learning_curves.csv"
    if path is None or not path.exists():
        return None
    curves = pd.read_csv(path)
    curves["corpus"] = curves["dataset"].str.removeprefix("babylm/")
    curves = curves[curves["corpus"].isin(config["corpora"])]
    table = []
    for (corpus, model), runs in curves.groupby(["corpus", "model"], sort=False):
        last = runs[runs["iteration"] == runs["iteration"].max()]
        measures = {
            "units": last["sequence_length"] / last["explanatory_volume"],
            "-log2 P / character": last["sequence_complexity_bits"] / last["sequence_length"],
        }
        row: Row = {"corpus": corpus, "model": model, "snippets": len(last)}
        for name, values in measures.items():
            row |= {f"{name}, mean": values.mean(), f"{name}, lowest": values.min()}
        table.append(row | {"units, highest": measures["units"].max()})
    return pd.DataFrame(table)


def bits_by_length(rows: pd.DataFrame, share: float) -> Figure:
    """Honest bits a character against length, with intervals over snippets."""
    corpora = rows["corpus"].unique()
    figure = Figure(figsize=(4.2 * len(corpora), 3.8), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, len(corpora), sharey=True))
    for ax, corpus in zip(axes, corpora, strict=True):
        of_corpus = rows[rows["corpus"] == corpus]
        for number, model in enumerate(DRAWN):
            each = of_corpus[of_corpus["model"] == model].groupby("symbols")
            values = [mean_and_interval(part["bits"] / size, share) for size, part in each]
            mean, low, high = np.array(values).T
            sizes = list(each.groups)
            ax.plot(sizes, mean, marker="o", ms=3, lw=1.2, color=f"C{number}", label=model)
            ax.fill_between(sizes, low, high, color=f"C{number}", alpha=0.25, lw=0)
        ax.set_xscale("log")
        ax.set_title(corpus)
        ax.set_xlabel("characters")
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("bits per character, all included")
    axes[-1].legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def compared(rows: pd.DataFrame) -> pd.DataFrame:
    """Bits a byte by method and corpus, all of each test text and its beginnings, and primed."""
    rows = rows.copy()
    whole = rows.groupby("file")["symbols"].transform("max")
    size = rows["symbols"].astype(str).where(rows["symbols"] < whole, "all")
    rows["size"] = size.where(~rows["primed"], "primed")
    order = [*dict.fromkeys(rows["size"])]
    table = rows.pivot(index="method", columns=["file", "size"], values="bits_per_symbol")
    columns = [(file, size) for file in dict.fromkeys(rows["file"]) for size in order]
    table = table[[column for column in columns if column in table.columns]]
    table = table.sort_values(columns[-2])
    table.columns = [f"{file} {size}" for file, size in table.columns]
    return table.reset_index().round(3)


def last_points(results: Path) -> pd.DataFrame:
    """The last iteration of every curve."""
    tables = []
    for path in sorted(results.glob("curves/*/curve.csv")):
        table = pd.read_csv(path)
        last = table[table["iteration"] == table.groupby("model")["iteration"].transform("max")]
        tables.append(last.assign(curve=path.parent.name))
    columns = ["curve", "model", "abstraction", "level", "n_variables", "lexicon_bits"]
    bits = ["bits_per_symbol", "rate_bits_per_symbol", "distortion_most_probable"]
    general = ["held_out_bits_per_symbol", "transfer_bits_per_symbol"]
    return pd.concat(tables).reindex(columns=[*columns, *bits, *general])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=HERE / "results")
    results = parser.parse_args(arguments).results
    config = read_config(HERE)
    parts = ["# Three domains of BabyLM", "Made by report.py from what run.py wrote."]
    if (results / "snippets.csv").exists():
        rows = pd.read_csv(results / "snippets.csv")
        share = config["intervals"]
        parts += ["## The paper's table, by length", markdown(paper_table(rows, share))]
        figure = bits_by_length(rows, share)
        write_atomic(results / "bits-by-length.png", figure_bytes(figure.axes[0], ".png"))
        published = published_table(config)
        if published is not None:
            parts += ["## The published runs, last iteration", markdown(published)]
    if (results / "compare.csv").exists():
        rows = pd.read_csv(results / "compare.csv")
        parts += ["## Bits a byte of the test texts", markdown(compared(rows))]
        for corpus, of_corpus in rows[~rows["primed"]].groupby("file"):
            picture = figure_bytes(compare_curves(of_corpus), ".png")
            write_atomic(results / f"compare-{corpus}.png", picture)
    if any(results.glob("curves/*/curve.csv")):
        parts += ["## Curves, last iteration", markdown(last_points(results))]
    write_atomic(results / "summary.md", ("\n\n".join(parts) + "\n").encode())
    print(results / "summary.md")


if __name__ == "__main__":
    main()
