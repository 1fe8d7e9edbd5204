"""Compare `HVM.paper()` with the published learning curves, and time it.

python -m experiments.published [--output FOLDER]
with HVM_DATA naming the folder of data
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.common import Config, data_folder, read_config, write_csv, write_provenance
from hvm import HVM
from hvm.data.files import make_folder
from hvm.lexicon.measures import PUBLISHED_MEASURES
from hvm.symbols.convert import as_symbols

HERE = Path(__file__).parent
COLUMNS = list(PUBLISHED_MEASURES)
EXACT = ["sequence_complexity_bits", "storage_cost_nats", "explanatory_volume", "n_chunks"]
KEYS = ["dataset", "model", "run", "iteration"]


def our_rows(data: Path, config: Config, published: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Learning curves of the snippets that the published rows were learned from."""
    for depth in config["depths"]:
        values = np.load(data / "reference" / f"synthetic_depth_{depth}.npy")
        dataset = f"synthetic/depth_{depth}"
        for model in config["models"]:
            rows = published[(published.dataset == dataset) & (published.model == model)]
            for run, curve in rows.groupby("run"):
                begin = config["snippet_symbols"] * int(run)
                symbols = as_symbols(values[begin : begin + config["snippet_symbols"]])
                learner = HVM.paper(
                    variables=model == "HVM", iterations=len(curve), **config["paper"]
                )
                ours = learner.fit(symbols).history_[["iteration", *COLUMNS]]
                yield ours.assign(dataset=dataset, model=model, run=run)


def ratios(both: pd.DataFrame) -> pd.DataFrame:
    """Median of ours / published for each column over the rows after iteration 0."""
    later = both[both.iteration > 0]
    rows = []
    for (dataset, model), group in [*later.groupby(["dataset", "model"]), *of_all(later)]:
        for column in COLUMNS:
            ours, theirs = group[column], group[f"{column}_published"]
            ratio = (ours / theirs)[theirs > 0]
            rows.append(
                {
                    "dataset": dataset,
                    "model": model,
                    "measure": column,
                    "rows": len(ratio),
                    "median_ratio": ratio.median(),
                    "lowest": ratio.min(),
                    "highest": ratio.max(),
                }
            )
    return pd.DataFrame(rows)


def of_all(rows: pd.DataFrame) -> list[tuple[tuple[str, str], pd.DataFrame]]:
    return [(("all", model), group) for model, group in rows.groupby("model")]


def equal_rows(both: pd.DataFrame, tolerance: float) -> pd.DataFrame:
    """How many rows of each run agree, from iteration 0 on, before the first that does not."""
    theirs = both[[f"{column}_published" for column in EXACT]].to_numpy()
    agrees = np.isclose(both[EXACT].to_numpy(), theirs, rtol=tolerance, atol=tolerance).all(axis=1)
    counted = both[KEYS].assign(agrees=agrees).sort_values(KEYS)
    runs = counted.groupby(["dataset", "model", "run"]).agrees
    return runs.agg(
        rows_equal=lambda column: int(column.cumprod().sum()), rows="size"
    ).reset_index()


def check_iteration_0(both: pd.DataFrame, tolerance: float) -> float:
    """Largest difference at iteration 0; more than ``tolerance`` ends the run with exit 1."""
    first = both[both.iteration == 0]
    theirs = first[[f"{column}_published" for column in COLUMNS]].to_numpy()
    difference = float(np.abs(first[COLUMNS].to_numpy() - theirs).max())
    if difference > tolerance:
        sys.exit(f"iteration 0 differs from the published tables by {difference}")
    return difference


def time_fit(data: Path, config: Config) -> tuple[float, int]:
    """Median milliseconds of a warm fit, and the entries it ends with."""
    timing = config["timing"]
    text = (data / timing["text"]).read_text(encoding="utf-8")[: timing["characters"]]
    symbols = as_symbols(text)
    seconds = []
    for _ in range(timing["runs"] + 1):  # the first one is warming up
        begin = time.perf_counter()
        fitted = HVM.paper(iterations=25, **config["paper"]).fit(symbols)
        seconds.append(time.perf_counter() - begin)
    return 1e3 * statistics.median(seconds[1:]), len(fitted.lexicon_)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", default=str(HERE / "results"), help="folder of the tables")
    results = Path(parser.parse_args(arguments).output)
    data, config = data_folder(), read_config(HERE)
    published = pd.read_csv(data / "reference" / "published_learning_curves.csv")
    ours = pd.concat(our_rows(data, config, published))
    both = ours.merge(published, on=KEYS, suffixes=("", "_published"), validate="one_to_one")
    difference = check_iteration_0(both, config["tolerance"])
    n_runs = len(both[both.iteration == 0])
    print(
        f"iteration 0: {n_runs} runs, {len(COLUMNS)} measures, largest difference {difference:.1e}"
    )
    table, equal = ratios(both), equal_rows(both, config["tolerance"])
    make_folder(results)
    write_csv(results / "published_ratio.csv", table, "%.4f")
    write_csv(results / "rows_equal.csv", equal)
    write_csv(results / "curves.csv", both[[*KEYS, *COLUMNS]], "%.4f")
    write_provenance(results, config)
    print_tables(table, equal)
    print_time(data, config)


def print_tables(table: pd.DataFrame, equal: pd.DataFrame) -> None:
    """Print the medians of the ratios, and how long each run agrees."""
    medians = table.pivot(index="measure", columns=["dataset", "model"], values="median_ratio")
    print("\nmedian of ours / published, iterations after 0")
    print(medians.loc[COLUMNS].round(3).to_string())
    print("\nleading rows that agree in", ", ".join(EXACT))
    print(equal.groupby(["dataset", "model"])[["rows_equal", "rows"]].agg(list).to_string())


def print_time(data: Path, config: Config) -> None:
    """Time the preset and print it."""
    milliseconds, n_entries = time_fit(data, config)
    timing = config["timing"]
    print(f"\n{timing['characters']} characters of {timing['text']}, 25 iterations:")
    print(f"{n_entries} entries, median of {timing['runs']} warm runs {milliseconds:.2f} ms")
