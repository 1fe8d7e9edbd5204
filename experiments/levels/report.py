"""Tables of results/, from its CSV files alone.

python -m experiments.levels.report [--results FOLDER]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.common import Config, markdown, read_config, read_version
from experiments.levels.bounds import bound_table
from hvm.curve.verdict import verdict
from hvm.data.files import write_atomic

HERE = Path(__file__).parent
WORLD = ["depth", "alphabet", "seed"]
GROUP = ["alphabet", "depth", "training_symbols"]
TESTS = ("held_out", "unseen", "unseen_alone", "new_fillers", "new_frames")
GOAL = 0.5
"""Of HCM's excess over the truth on unseen combinations; HVM's is to be no more."""


def interval(pairs: np.ndarray, config: Config) -> str:
    """Ratio of summed columns, and 95% of it over resampled rows, float64[worlds, 2]."""
    drawn = np.random.default_rng(config["seed"]).integers(
        0, len(pairs), (config["resamples"], len(pairs))
    )
    sums = pairs[drawn].sum(axis=1)
    sums = sums[sums[:, 1] != 0]
    low, high = np.quantile(sums[:, 0] / sums[:, 1], [0.025, 0.975])
    ratio = pairs[:, 0].sum() / pairs[:, 1].sum()
    return f"{ratio:.3f} ({low:.3f} to {high:.3f})"


def with_excess(bits: pd.DataFrame) -> pd.DataFrame:
    return bits.assign(excess_bits=bits.bits - bits.truth_bits)


def ratios(bits: pd.DataFrame, config: Config) -> pd.DataFrame:
    """HVM's excess over the truth as a share of HCM's, one row a size and context."""
    rows = []
    for size, of_size in bits.groupby("training_symbols"):
        for context in ("experts", "unigram"):
            row = {"training symbols": size, "context": context}
            for test in ("unseen", "unseen_alone", "held_out"):
                wide = of_size[(of_size.test == test) & (of_size.symbols > 0)]
                wide = wide.pivot(index=WORLD, columns="model", values="excess_bits")
                pairs = wide[[f"HVM {context}", f"HCM {context}"]].to_numpy()
                row |= {test: interval(pairs, config)}
                if test == "unseen":
                    reached = pairs[:, 0].sum() <= GOAL * pairs[:, 1].sum()
                    row |= {"worlds": len(pairs), f"<= {GOAL}": "yes" if reached else "no"}
            rows.append(row)
    return pd.DataFrame(rows)


def excesses(bits: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Excess bits a symbol of each test, and bits of training a symbol, by model."""
    rows = []
    for keys, group in bits.groupby([*GROUP, "model"], sort=False):
        row = dict(zip([*GROUP, "model"], keys, strict=True))
        once = group[group.test == "held_out"]
        trained = once.training_bits / once.training_symbols
        row["training, all told"] = interval(
            np.column_stack([trained, np.ones(len(trained))]), config
        )
        for test in TESTS:
            of_test = group[(group.test == test) & (group.symbols > 0)]
            pairs = of_test[["excess_bits", "symbols"]].to_numpy(float)
            row[test] = interval(pairs, config) if len(pairs) else "-"
        rows.append(row)
    table = pd.DataFrame(rows).sort_values(GROUP, kind="stable")
    return table.rename(columns={"training_symbols": "training symbols"})


def best_levels(bits: pd.DataFrame) -> pd.DataFrame:
    """Worlds in which each level is best, by test and by training bits; ties go to the finer."""
    levels = bits[bits.model.str.match(r"level|HVM experts|experts, no lexicon")]
    rows = []
    for keys, group in levels.groupby(GROUP):
        trained = group[group.test == "held_out"].assign(test="training", bits=group.training_bits)
        for test, of_test in pd.concat([trained, group[group.symbols > 0]]).groupby("test"):
            best = of_test.loc[of_test.groupby("seed").bits.idxmin(), "model"].value_counts()
            rows.append(dict(zip(GROUP, keys, strict=True)) | {"best by": test} | best.to_dict())
    table = pd.DataFrame(rows).rename(columns={"training_symbols": "training symbols"})
    names = sorted(set(table.columns) & set(levels.model), key=list(levels.model.unique()).index)
    table[names] = table[names].fillna(0).astype(int)
    return table[["alphabet", "depth", "training symbols", "best by", *names]]


def write_summary(results: Path) -> None:
    """Write summary.md, and print it."""
    config = read_config(results)
    parts = [f"Made by `python -m experiments.levels.report` ({read_version(results)})."]
    if (results / "texts.csv").exists():
        parts += text_parts(pd.read_csv(results / "texts.csv"))
    if (results / "bits.csv").exists():
        parts += world_parts(with_excess(pd.read_csv(results / "bits.csv")), config)
    if (results / "bounds.csv").exists():
        parts += [
            "## Rate over the least rate at the same distortion, by the source's own curve",
            markdown(bound_table(pd.read_csv(results / "bounds.csv"))),
        ]
    text = "\n\n".join(parts) + "\n"
    write_atomic(results / "summary.md", text.encode())
    print(text)


def text_parts(table: pd.DataFrame) -> list[str]:
    """Of each corpus the levels at the last iteration, HCM, and the verdict."""
    parts = []
    for corpus, rows in table.groupby("corpus", sort=False):
        last = rows[rows.iteration == rows.groupby("model").iteration.transform("max")]
        is_grain = last.abstraction == "grains"
        name = last.model.str.upper() + np.where(is_grain, ", level " + last.level.astype(str), "")
        columns = {
            name: f"{name}bits_per_symbol" for name in ("", "held_out_", "unseen_", "transfer_")
        }
        shown = pd.DataFrame(
            {"model": name}
            | {
                column.removesuffix("_bits_per_symbol") if key else "training, all told": last[
                    column
                ]
                for key, column in columns.items()
            }
        )
        bounds = [last[f"unseen_over_level_0_{side}"] for side in ("low", "high")]
        shown["unseen, over level 0 (95%)"] = [
            f"{low:+.3f} to {high:+.3f}" if low == low else "-"
            for low, high in zip(*bounds, strict=True)
        ]
        size, unseen = int(last.training_symbols.iloc[0]), int(last.n_unseen.iloc[0])
        parts.append(f"## {corpus}: {size:,} words, {unseen:,} unseen combinations; bits a word")
        parts += [markdown(shown), verdict(rows).strip()]
    return parts


def world_parts(bits: pd.DataFrame, config: Config) -> list[str]:
    return [
        "## HVM's excess bits over the truth as a share of HCM's, all worlds together",
        markdown(ratios(bits, config)),
        "## Excess bits a symbol over the truth, and bits a training symbol",
        markdown(excesses(bits, config)),
        "## Worlds in which each level takes the fewest bits",
        markdown(best_levels(bits)),
    ]


def main() -> None:
    """Make the summary again."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=HERE / "results", help="folder")
    write_summary(parser.parse_args().results)


if __name__ == "__main__":
    main()
