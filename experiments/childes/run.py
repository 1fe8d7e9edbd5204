"""Learn child-directed speech with variables and without, and show the variables.

python -m experiments.childes [--units word char] [--max-entries K] [--lines N]
with HVM_DATA naming the folder of data
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.common import (
    Config,
    Row,
    data_folder,
    markdown,
    read_config,
    read_version,
    write_csv,
    write_provenance,
)
from hvm import HVM, Symbols, as_symbols
from hvm.data.files import make_folder, write_atomic
from hvm.lexicon.parsing import Parse
from hvm.show.scores import score_report
from hvm.show.summary import kind_counts, quoted, top_variables

HERE = Path(__file__).parent
MODELS = ("HCM", "HVM")


def read_lines(name: str, limit: int | None) -> str:
    with open(data_folder() / name, encoding="utf-8", newline="\n") as file:
        return "".join(islice(file, limit))


# -- bits ---------------------------------------------------------------------------------


def fit_row(unit: str, name: str, model: HVM, training: Symbols, dev_text: str) -> Row:
    dev = as_symbols(dev_text, unit, "line", model.alphabet_)
    score = score_report(model, [dev], best_parse=True)
    return {
        "unit": unit,
        "model": name,
        **kind_counts(model.lexicon_),
        "atoms": model.lexicon_.n_atoms,
        "training_symbols": len(training),
        "lexicon_bits": model.lexicon_bits_,
        "data_bits": model.data_bits_,
        "description_bits": model.lexicon_bits_ + model.data_bits_,
        "slot_share": slot_share(model.parse(training)),
        "dev_symbols": len(dev),
        "dev_unknown_symbols": score["unknown_symbols"],
        "dev_bits": score["bits"],
        "dev_slot_share": slot_share(model.parse(dev)),
        "iterations": model.n_iterations_,
        "seconds": model.seconds_,
    }


def slot_share(parsed: Parse) -> float:
    """Share of the units that hold a slot."""
    return len(np.unique(parsed.slot_units)) / max(len(parsed), 1)


def saved_table(fits: pd.DataFrame) -> pd.DataFrame:
    """Bits that variables save: HCM's less HVM's, in all and in per cent."""
    rows = []
    for unit, group in fits.groupby("unit", sort=False):
        by_model = group.set_index("model")
        hvm, hcm = by_model.loc["HVM"], by_model.loc["HCM"]
        for what in ("lexicon_bits", "data_bits", "description_bits", "dev_bits"):
            saved = hcm[what] - hvm[what]
            rows.append(
                {
                    "unit": unit,
                    "what": what,
                    "HCM": hcm[what],
                    "HVM": hvm[what],
                    "saved": saved,
                    "per_cent": 100 * saved / hcm[what],
                }
            )
    return pd.DataFrame(rows)


# -- variables ----------------------------------------------------------------------------


def variable_rows(unit: str, model: HVM, show: dict[str, int]) -> list[Row]:
    """One row a frame and one a filler of each of the most used variables."""
    rows = []
    tops = top_variables(model.lexicon_, model.alphabet_, show["variables"])
    for rank, variable in enumerate(tops, 1):
        about = {
            "unit": unit,
            "rank": rank,
            "variable": variable["entry"],
            "level": variable["level"],
            "slots": variable["count"],
            "n_fillers": len(variable["fillers"]),
        }
        rows += [{**about, "what": "frame", "text": text} for text in variable["frames"]]
        rows += [
            {**about, "what": "filler", **{key: filler[key] for key in ("text", "probability")}}
            for filler in variable["fillers"][: show["fillers"]]
        ]
    return rows


def variable_lines(rows: pd.DataFrame) -> list[str]:
    """A paragraph a variable: its frames, and its fillers with their probabilities."""
    lines = []
    for _, variable in rows.groupby("rank"):
        about = variable.iloc[0]
        frames = ", ".join(quoted(text) for text in variable[variable.what == "frame"].text)
        fillers = variable[variable.what == "filler"]
        shown = ", ".join(
            f"{quoted(text)} {probability:.2f}"
            for text, probability in zip(fillers.text, fillers.probability, strict=True)
        )
        more = f", and {rest} more" if (rest := about.n_fillers - len(fillers)) else ""
        lines += [
            f"{about['rank']}. V{about.variable}, {about.slots} slots. "
            f"Frames: {frames}. Fillers: {shown}{more}."
        ]
    return lines


# -- all of it ----------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> None:
    config, results = parse_arguments(arguments)
    make_folder(results)
    training_text = read_lines(config["training"], config.get("lines"))
    dev_text = read_lines(config["dev"], None)
    fits: list[Row] = []
    shown: list[Row] = []
    for unit in config["units"]:
        training = as_symbols(training_text, unit, "line")
        models = {
            name: HVM(variables=name == "HVM", context="unigram", **config["learner"])
            for name in MODELS
        }
        for name, model in models.items():
            model.fit(training)
            fits.append(fit_row(unit, name, model, training, dev_text))
            print(f"{unit}, {name}: {model.seconds_:.1f} s to fit", file=sys.stderr)
        shown += variable_rows(unit, models["HVM"], config["show"])
    write_results(results, config, pd.DataFrame(fits), pd.DataFrame(shown))


def parse_arguments(arguments: Sequence[str] | None) -> tuple[Config, Path]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", nargs="+", choices=("word", "char"))
    parser.add_argument("--max-entries", type=int, help="of the lexicon, atoms included")
    parser.add_argument("--lines", type=int, help="learn from the first lines only")
    parser.add_argument("--restarts", type=int, help="instead of the learner's default")
    parser.add_argument("--output", default=str(HERE / "results"), help="folder of the tables")
    options = parser.parse_args(arguments)
    config = read_config(HERE)
    learner = {"max_entries": options.max_entries, "restarts": options.restarts}
    config["learner"].update({key: value for key, value in learner.items() if value})
    config["units"] = options.units or config["units"]
    if options.lines:
        config["lines"] = options.lines
    return config, Path(options.output)


def write_results(results: Path, config: Config, fits: pd.DataFrame, shown: pd.DataFrame) -> None:
    write_provenance(results, config)
    write_csv(results / "fits.csv", fits)
    saved = saved_table(fits)
    write_csv(results / "saved.csv", saved)
    columns = ["unit", "rank", "variable", "level", "slots", "n_fillers", "what", "text"]
    shown = shown.reindex(columns=[*columns, "probability"])
    write_csv(results / "variables.csv", shown)
    text = summary(fits, saved, shown, read_version(results))
    write_atomic(results / "summary.md", text.encode())
    print(text)


def summary(fits: pd.DataFrame, saved: pd.DataFrame, shown: pd.DataFrame, version: str) -> str:
    names = fits.unit + ", " + fits.model
    turned = fits.drop(columns=["unit", "model"]).astype(object).T.set_axis(names, axis=1)
    lines = ["# Child-directed speech", "", f"Made by run.py; {version}.", ""]
    lines += [markdown(turned.reset_index(names="")), "", "## Bits that variables save", ""]
    lines += [markdown(saved), ""]
    for unit in fits.unit.unique():
        lines += [f"## The most used variables, unit {unit}", ""]
        lines += variable_lines(shown[shown.unit == unit]) or ["None was learned."]
        lines += [""]
    return "\n".join(lines)
