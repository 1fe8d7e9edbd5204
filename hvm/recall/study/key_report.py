"""The part of the report that is by key: where keys come from, gains, and errors foretold."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from hvm.recall.study.plot_style import block_name, estimate_text
from hvm.recall.study.tables import KEY_STATISTICS, StudyFiles, read_table
from hvm.show.html import caveat, figure, table

if TYPE_CHECKING:
    import pandas as pd

_GAINS = {
    "Δ log-lik.": "delta_log_likelihood",
    "cv": "cv_delta_log_likelihood",
    "log ms per bit": "slope",
}
_ERRORS = {
    "log2 P(typed)": "wrong_log2_probability",
    "among wrong keys": "wrong_log2_share",
    "above chance": "wrong_gain_bits",
}
_ABOUT_GAINS = """<p>What a key's surprisal adds to a mixed model of its log time, in nats with 95%
intervals over participants, at the estimates and for people held out of the fit (cv); and the
slope. The baseline has an intercept of every participant, practice (log trial and trial, by group),
a mark of each position, the same key again, what the task says beside, and the log time of the key
before (practice apart for keys that have none).</p>"""
_ABOUT_ERRORS = """<p>Which wrong key is typed: the mean log2 of the probability that a model gave
to it, given the keys shown before; the same among all wrong keys; and how far that is above chance,
one in all wrong keys, in bits a key.</p>"""


def task_report(study: StudyFiles) -> Iterator[str]:
    """Lines of HTML that say what the task is and where it was published."""
    task = study.config.get("task")
    if not task:
        return
    source = task["source"]
    published = f"Published in {source['place']}, {source['paths']}. " if source else ""
    licence = f"Licence: {task['licence']}. " if task["licence"] else ""
    yield (
        f"<p>Task {escape(task['name'])}. {escape(published + licence)}A trial is "
        f"{escape(task['trial'])}; its sequence: {escape(task['sequence'])}. Names of people are "
        "hashed.</p>"
    )
    for note in task["notes"]:
        yield f"<p>{escape(note[:1].upper() + note[1:])}.</p>"


def key_report(study: StudyFiles) -> Iterator[str]:
    """Lines of HTML about keys; none of a study without them."""
    if not (study.folder / KEY_STATISTICS).is_file():
        return
    statistics = read_table(study.folder, KEY_STATISTICS)
    cuts = study.config["task"]["key_cuts"]
    yield "<h2>Key by key</h2>"
    yield (
        f"<p>An event is {escape(study.config['task']['key'])}; times from {cuts['shortest_ms']:g} "
        f"to {cuts['longest_ms']:g} ms count.</p>{_ABOUT_GAINS}"
    )
    if (statistics["statistic"] == "wrong_gain_bits").any():
        yield _ABOUT_ERRORS
    for block, rows in statistics.groupby("block", sort=False):
        yield f"<h3>{escape(block_name(str(block)))}</h3>"
        yield from _table(rows, {**_GAINS, **_ERRORS})
        yield from figure(
            study.figure_path(f"keys-{study.block_stems[str(block)]}"),
            "Accuracy and geometric mean time by position.",
        )
    faster = statistics[(statistics["statistic"] == "slope") & (statistics["high"] < 0)]
    if len(faster):
        names = ", ".join(dict.fromkeys(faster["model"]))
        yield caveat(
            f"People were <em>faster</em> where {escape(names)} was surprised: such a gain is no "
            "evidence for a model."
        )


def _table(rows: pd.DataFrame, columns: dict[str, str]) -> Iterator[str]:
    there = {title: name for title, name in columns.items() if (rows["statistic"] == name).any()}
    cells = []
    for model, of_model in rows.groupby("model", sort=False):
        by_name = of_model.set_index("statistic")
        found = (by_name.loc[name] if name in by_name.index else None for name in there.values())
        cells.append([escape(str(model)), *map(_cell, found)])
    yield from table(["model", *there], cells, is_html=True)


def _cell(row: pd.Series | None) -> str:
    if row is None:
        return ""
    return estimate_text(row) if row["value"] == row["value"] else f"<small>{row['reason']}</small>"
