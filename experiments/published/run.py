"""Compare `HVM.paper()` with the published learning curves, and time it.

python experiments/published/run.py        with HVM_DATA naming the folder of downloaded data
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import hvm
from hvm import HVM
from hvm.lexicon.measures import PUBLISHED_MEASURES
from hvm.symbols.convert import as_symbols

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent
COLUMNS = list(PUBLISHED_MEASURES)
EXACT = ["sequence_complexity_bits", "storage_cost_nats", "explanatory_volume", "n_chunks"]
KEYS = ["dataset", "model", "run", "iteration"]


def our_rows(data: Path, config: dict, published: pd.DataFrame) -> Iterator[pd.DataFrame]:
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


def time_fit(data: Path, config: dict) -> tuple[float, int]:
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


def main() -> None:
    folder = os.environ.get("HVM_DATA")
    if not folder:
        sys.exit("HVM_DATA names no folder of downloaded data")
    data, config = Path(folder), tomllib.loads((HERE / "config.toml").read_text())
    published = pd.read_csv(data / "reference" / "published_learning_curves.csv")
    ours = pd.concat(our_rows(data, config, published))
    both = ours.merge(published, on=KEYS, suffixes=("", "_published"), validate="one_to_one")

    difference = check_iteration_0(both, config["tolerance"])
    n_runs = len(both[both.iteration == 0])
    print(
        f"iteration 0: {n_runs} runs, {len(COLUMNS)} measures, largest difference {difference:.1e}"
    )

    results = HERE / "results"
    results.mkdir(exist_ok=True)
    table, equal = ratios(both), equal_rows(both, config["tolerance"])
    table.to_csv(results / "published_ratio.csv", index=False, float_format="%.4f")
    equal.to_csv(results / "rows_equal.csv", index=False)
    both[[*KEYS, *COLUMNS]].to_csv(results / "curves.csv", index=False, float_format="%.4f")
    (results / "config.toml").write_text((HERE / "config.toml").read_text())
    (results / "version.txt").write_text(f"hvm {hvm.__version__}\n")

    print("\nmedian of ours / published, iterations after 0")
    print(
        table.pivot(index="measure", columns=["dataset", "model"], values="median_ratio")
        .loc[COLUMNS]
        .round(3)
        .to_string()
    )
    print("\nleading rows that agree in", ", ".join(EXACT))
    print(equal.groupby(["dataset", "model"])[["rows_equal", "rows"]].agg(list).to_string())

    milliseconds, n_entries = time_fit(data, config)
    timing = config["timing"]
    print(f"\n{timing['characters']} characters of {timing['text']}, 25 iterations:")
    print(f"{n_entries} entries, median of {timing['runs']} warm runs {milliseconds:.2f} ms")


if __name__ == "__main__":
    main()
