"""Tables and pictures of results/, from the CSV files alone.

python -m experiments.worlds.report [--results FOLDER]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from experiments.common import markdown, read_config, read_version
from experiments.goals import Goal, at_least, at_most, note, share_of, yes_or_no
from hvm.data.files import write_atomic
from hvm.show.figures import figure_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HERE = Path(__file__).parent
KEYS = ["depth", "seed"]
COLOURS = {"HVM": "#d0802b", "HCM": "#5b7fa6", "PPMd-32": "#9a9a9a"}


class Results(NamedTuple):
    """The four tables of a run, and its settings."""

    fits: pd.DataFrame
    unseen: pd.DataFrame
    recovery: pd.DataFrame
    worlds: pd.DataFrame
    config: dict

    @property
    def scored_worlds(self) -> pd.DataFrame:
        return self.worlds[self.worlds.depth.isin(self.config["report"]["score_depths"])]

    def fits_of(self, n_symbols: int) -> pd.DataFrame:
        """One row a scored world; columns by value and model."""
        rows = self.fits[self.fits.training_symbols == n_symbols]
        rows = rows.assign(description_bits=rows.lexicon_bits + rows.data_bits)
        values = ["test_bits_per_symbol", "description_bits", "seconds"]
        wide = rows.pivot(index=KEYS, columns="model", values=values)
        wide.columns = [f"{model}_{value}" for value, model in wide.columns]
        return self.scored_worlds.merge(wide.reset_index(), on=KEYS)


def read_results(folder: Path) -> Results:
    fits, unseen, recovery, worlds = (
        pd.read_csv(folder / f"{name}.csv") for name in ("fits", "unseen", "recovery", "worlds")
    )
    return Results(fits, unseen, recovery, worlds, read_config(folder))


# -- held-out bits ------------------------------------------------------------------------


def ratio_table(results: Results) -> pd.DataFrame:
    """Held-out bits of each scored world over its entropies and over the oracle."""
    table = results.fits_of(results.config["training_symbols"])
    derivation = table.derivation_entropy_bits_per_symbol
    truth = table.entropy_bits_per_symbol
    bits = table.HVM_test_bits_per_symbol
    return pd.DataFrame(
        {
            "depth": table.depth,
            "seed": table.seed,
            "redrawn": table.n_redrawn,
            "derivation entropy": derivation,
            "true entropy": truth,
            "HVM / derivation": bits / derivation,
            "HVM / true": bits / truth,
            "HVM / oracle": bits / table.oracle_bits_per_symbol,
            "oracle / derivation": table.oracle_bits_per_symbol / derivation,
            "HCM / derivation": table.HCM_test_bits_per_symbol / derivation,
            "PPMd-32 / true": table.ppmd_primed_bits_per_symbol / truth,
            "PPMd-32 / derivation": table.ppmd_primed_bits_per_symbol / derivation,
            "seconds": table.HVM_seconds,
        }
    )


def ratio_goals(ratios: pd.DataFrame) -> Iterator[Goal]:
    n = len(ratios)
    over = ratios["HVM / derivation"]
    yield at_most("HVM / derivation entropy, median", over.median(), 1.03, ".3f")
    yield share_of("HVM / derivation entropy at most 1.10", int((over <= 1.10).sum()), n, 0.9)
    yield note("HVM / derivation entropy at most 1.03", f"{(over <= 1.03).sum()} of {n}")
    yield at_most("HVM / oracle, median", ratios["HVM / oracle"].median(), 1.02, ".3f")
    for column in ("HVM / true", "HCM / derivation", "PPMd-32 / true", "oracle / derivation"):
        yield note(f"{column} entropy, median", f"{ratios[column].median():.3f}")
    yield note("worlds redrawn by rule", str(ratios.redrawn.sum()))


# -- description lengths ------------------------------------------------------------------


def description_table(results: Results) -> pd.DataFrame:
    """Description length of each scored world: HVM, HCM and the true lexicon."""
    table = results.fits_of(results.config["training_symbols"])
    return pd.DataFrame(
        {
            "depth": table.depth,
            "seed": table.seed,
            "HVM": table.HVM_description_bits,
            "HCM": table.HCM_description_bits,
            "truth": table.truth_lexicon_bits + table.truth_data_bits,
            "PPMd-32": table.ppmd_training_bits,
        }
    )


def description_goals(bits: pd.DataFrame) -> Iterator[Goal]:
    n = len(bits)
    higher, lower = int((bits.HVM > bits.HCM).sum()), int((bits.HVM < bits.HCM).sum())
    yield Goal(
        "description length, HVM above HCM", f"{higher} of {n}", "never", yes_or_no(higher == 0)
    )
    yield share_of("description length, HVM below HCM", lower, n, 0.8)
    yield note("HVM / HCM, description length, median", f"{(bits.HVM / bits.HCM).median():.3f}")
    yield note("HVM / truth, description length, median", f"{(bits.HVM / bits.truth).median():.3f}")


# -- few symbols, and units never seen ----------------------------------------------------


def size_table(results: Results) -> pd.DataFrame:
    """Median held-out bits per symbol by training size."""
    rows = []
    for n_symbols in sorted(results.fits.training_symbols.unique().tolist()):
        table = results.fits_of(n_symbols)
        hvm, hcm = table.HVM_test_bits_per_symbol, table.HCM_test_bits_per_symbol
        rows.append(
            {
                "training symbols": n_symbols,
                "HVM": hvm.median(),
                "HCM": hcm.median(),
                "oracle": table.oracle_bits_per_symbol.median(),
                "HVM / HCM": (hvm / hcm).median(),
                "HVM below": int((hvm < hcm).sum()),
                "HVM above": int((hvm > hcm).sum()),
                "worlds": len(table),
            }
        )
    return pd.DataFrame(rows)


def size_goals(sizes: pd.DataFrame, small_sizes: list[int]) -> Iterator[Goal]:
    for row in sizes[sizes["training symbols"].isin(small_sizes)].to_dict("records"):
        value = f"{row['HVM']:.4f} against {row['HCM']:.4f}"
        name = f"held-out bits after {row['training symbols']} symbols, median, HVM against HCM"
        yield Goal(name, value, "below", yes_or_no(row["HVM"] < row["HCM"]))


def unseen_table(results: Results) -> pd.DataFrame:
    """Bits a unit whose combination of fillers is new, and the excess over the oracle's."""
    depths = results.config["report"]["score_depths"]
    chosen = results.unseen[results.unseen.depth.isin(depths)]
    rows = [
        {"slots": slots, "training symbols": size, **excess(group)}
        for slots, units in (("2 or more", chosen[chosen.slots == "2+"]), ("any", chosen))
        for size, group in units.groupby("training_symbols")
    ]
    return pd.DataFrame(rows)


def excess(group: pd.DataFrame) -> dict[str, float]:
    """Means over worlds of bits a unit; shares of the excess, median and pooled."""
    worlds = group.groupby([*KEYS, "model"])[["units", "bits"]].sum().unstack("model")
    worlds = worlds[worlds["units", "HVM"] > 0]
    bits = worlds["bits"] / worlds["units"]
    over = bits[["HVM", "HCM"]].sub(bits.oracle, axis=0)
    return {
        "worlds": len(worlds),
        "units": int(worlds["units", "HVM"].sum()),
        **{f"{model} bits a unit": bits[model].mean() for model in ("HVM", "HCM", "oracle")},
        "HVM excess": over.HVM.mean(),
        "HCM excess": over.HCM.mean(),
        "excess ratio of the means": over.HVM.mean() / over.HCM.mean(),
        "median excess ratio": (over.HVM / over.HCM).median(),
    }


def unseen_goals(unseen: pd.DataFrame) -> Iterator[Goal]:
    for row in unseen.to_dict("records"):
        name = f"unseen combinations, slots {row['slots']}, {row['training symbols']} symbols"
        name += ": HVM's excess over HCM's, median"
        yield at_most(name, row["median excess ratio"], 0.5, ".3f")


# -- recovery -----------------------------------------------------------------------------


def recovery_table(results: Results) -> pd.DataFrame:
    """Shares of true entries found and of learned entries true, over the recovery worlds."""
    kept = results.recovery[in_recovery(results.recovery, results.config)]
    counts = kept.groupby(["kind", "model"], sort=False).sum(numeric_only=True).reset_index()
    n_worlds = len(kept[KEYS].drop_duplicates())
    return pd.DataFrame(
        {
            "kind": counts.kind,
            "model": counts.model,
            "worlds": n_worlds,
            "true, used": counts.n_true,
            "over the cap": counts.n_over_cap,
            "recovered": counts.n_recovered / counts.n_true,
            "Jaccard": counts.n_jaccard / counts.n_true,
            "shown in full": counts.n_shown / counts.n_true,
            "recovered of those": counts.n_shown_recovered / counts.n_shown,
            "learned, used": counts.n_learned,
            "precision": counts.n_learned_true / counts.n_learned,
        }
    )


def in_recovery(rows: pd.DataFrame, config: dict) -> pd.Series:
    """Whether a row's seed is among the first of its depth."""
    first = sorted(rows.seed.unique())[: config["report"]["recovery_seeds"]]
    return rows.seed.isin(first)


def recovery_goals(recovery: pd.DataFrame) -> Iterator[Goal]:
    rows = recovery.set_index(["kind", "model"])
    for kind, model in rows.index:
        row, name = rows.loc[(kind, model)], f"true {kind}s recovered, {model}"
        if (kind, model) == ("chunk", "HVM"):
            yield at_least(name, row.recovered, 0.85, ".3f")
        elif (kind, model) != ("variable", "HCM"):
            yield note(name, f"{row.recovered:.3f}")
    chunk = rows.loc[("chunk", "HVM")]
    yield note(
        "true chunks of which every filler occurs in training", f"{chunk['shown in full']:.3f}"
    )
    yield note("those recovered, HVM", f"{chunk['recovered of those']:.3f}")
    yield note("HVM's chunks that are true ones", f"{rows.loc[('chunk', 'HVM')].precision:.3f}")


# -- writing ------------------------------------------------------------------------------


def picture(ratios: pd.DataFrame, results: Results) -> Axes:
    """Held-out bits over the derivation entropy by depth; excess over the oracle by size."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    draw_ratios(ratios, left)
    draw_excess(results, right)
    return left


def draw_ratios(ratios: pd.DataFrame, ax: Axes) -> None:
    depths = sorted(ratios.depth.unique().tolist())
    for shift, (model, colour) in zip((-0.2, 0, 0.2), COLOURS.items(), strict=True):
        places = [depths.index(depth) + shift for depth in ratios.depth]
        ax.scatter(places, ratios[f"{model} / derivation"], s=16, color=colour, label=model)
    ax.axhline(1, color="black", lw=0.8)
    ax.set_xticks(range(len(depths)), depths)
    ax.set_xlabel("depth of the world")
    ax.set_ylabel("held-out bits / derivation entropy")
    ax.legend(frameon=False)
    ax.spines[["top", "right"]].set_visible(False)


def draw_excess(results: Results, ax: Axes) -> None:
    sizes = sorted(results.fits.training_symbols.unique().tolist())
    for model in ("HVM", "HCM"):
        medians = []
        for table in map(results.fits_of, sizes):
            over = table[f"{model}_test_bits_per_symbol"] / table.oracle_bits_per_symbol
            medians.append(over.median())
        ax.plot(sizes, medians, marker="o", color=COLOURS[model], label=model)
    ax.axhline(1, color="black", lw=0.8)
    ax.set_xscale("log")
    ax.set_xticks(sizes, sizes)
    ax.minorticks_off()
    ax.set_xlabel("training symbols")
    ax.set_ylabel("held-out bits / oracle, median")
    ax.legend(frameon=False)
    ax.spines[["top", "right"]].set_visible(False)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", default=str(HERE / "results"))
    folder = Path(parser.parse_args(arguments).results)
    results = read_results(folder)
    ratios, bits = ratio_table(results), description_table(results)
    sizes, unseen, recovery = size_table(results), unseen_table(results), recovery_table(results)
    goals = [
        *ratio_goals(ratios),
        *description_goals(bits),
        *size_goals(sizes, results.config["small_sizes"]),
        *unseen_goals(unseen),
        *recovery_goals(recovery),
    ]
    sections = {
        "Summary": pd.DataFrame(goals).rename(columns={"to_reach": "to reach"}),
        "Held-out bits per symbol": ratios,
        "Description length, bits": bits,
        "Held-out bits per symbol by training size, medians": sizes,
        "Units whose combination of fillers never occurred in training": unseen,
        "Recovery": recovery,
    }
    version = read_version(folder)
    text = f"# Worlds of known truth\n\nMade by report.py from the tables beside it; {version}.\n"
    text += "".join(f"\n## {title}\n\n{markdown(table)}\n" for title, table in sections.items())
    write_atomic(folder / "summary.md", text.encode())
    write_atomic(folder / "worlds.png", figure_bytes(picture(ratios, results), ".png"))
    print(text)


if __name__ == "__main__":
    main()
