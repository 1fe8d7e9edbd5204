"""Summary and pictures of results/, from the tables there alone.

python -m experiments.human_recall.report [--results FOLDER]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from experiments.common import markdown, read_version
from experiments.human_recall import summary_tables as tables
from experiments.human_recall.figures import figures
from experiments.human_recall.goals import goals
from experiments.human_recall.results import Results
from hvm.data.files import write_atomic
from hvm.show.figures import figure_bytes

HERE = Path(__file__).parent


def sections(results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "What was to be reached", pd.DataFrame(goals(results))
    yield "Means by group and trial: people", tables.ceiling_table(results)
    yield "Means by group and trial: models", tables.means_table(results)
    for block in ("train", "transfer"):
        for outcome in ("log_time", "accuracy"):
            title = f"Delta log-likelihood, nats: {outcome}, {block}"
            yield title, tables.gains_table(results, block, outcome)
    yield "Other outcomes: cross-validated gain on (b)", tables.other_outcomes_table(results)
    title = "Group difference (control less variable)"
    yield f"{title}: people", tables.people_difference_table(results)
    yield f"{title}: models", tables.difference_table(results)
    yield "The control group's sequence again and again, bits", results.table("repetitions")
    yield "Nested fits", tables.fits_table(results)
    yield "Constants chosen, by fold", tables.chosen_table(results)
    title = "Best point of each grid on everybody (not an honest value)"
    yield title, tables.surface_table(results)
    yield "Parameter recovery, rank correlation", tables.recovery_table(results)
    for name, table in (("Model", "model_recovery"), ("Level", "level_recovery")):
        for n_people in (1, 20):
            title = f"{name} recovery, {n_people} at once: rows true, columns chosen"
            yield title, tables.confusion_table(results.table(table), n_people)
    yield "Accuracy: how well people's means are known", tables.accuracy_ceilings(results)
    yield "Simulated recall beside people's accuracy", tables.recall_table(results)
    yield "Levels", tables.levels_table(results)
    yield "Speed", results.table("speed")
    yield "Language models", tables.language_table(results)
    yield "Exclusions", tables.exclusions_table(results)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", default=str(HERE / "results"))
    results = Results(Path(parser.parse_args(arguments).results))
    version = read_version(results.folder)
    text = f"# People and models\n\nMade by report.py from the tables beside it; {version}.\n"
    for title, table in sections(results):
        text += f"\n## {title}\n\n{markdown(table)}\n"
    write_atomic(results.folder / "summary.md", text.encode())
    for name, ax in figures(results):
        write_atomic(results.folder / f"{name}.png", figure_bytes(ax, ".png"))


if __name__ == "__main__":
    main()
