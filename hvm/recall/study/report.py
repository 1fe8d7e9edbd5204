"""The written report of a study: one page that holds everything, made from the study's files."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hvm.data.files import write_atomic
from hvm.recall.study.block_report import ABOUT_THE_TABLES, block_report
from hvm.recall.study.difference_report import difference_report
from hvm.recall.study.key_report import key_report, task_report
from hvm.recall.study.lexicons import read_pictures
from hvm.recall.study.plot_style import block_name
from hvm.recall.study.published import PREFIX
from hvm.recall.study.runs import KEYS_ONLY
from hvm.recall.study.tables import REPORT, StudyFiles
from hvm.recall.study.verdict import verdict_report
from hvm.show.html import caveat, figure, listed, page, settings_text, table

if TYPE_CHECKING:
    import pandas as pd

UNEQUAL_TRIALS, UNEQUAL_RATIO = 10, 1.5
"""A cut that takes so many trials of one group, and so many times those of another, is told."""


def write_report(folder: Path) -> None:
    """Write ``report.html`` of a study, from the files in its folder alone.

    Parameters
    ----------
    folder : Path
        Of :func:`hvm.recall.study.study.run_study`, its figures drawn.

    Raises
    ------
    InputError
        A file of the study is missing or damaged.
    OutputError
        The report cannot be written.
    """
    study = StudyFiles(folder)
    parts = [
        ("<h1>People's recall beside models' surprisal</h1>",),
        verdict_report(study),
        _what_was_run(study),
        task_report(study),
        _exclusions(study),
        ("<h2>How to read the tables</h2>", ABOUT_THE_TABLES),
        *(block_report(study, block) for block in study.statistics.blocks),
        key_report(study),
        difference_report(study),
        _learning(study),
        _lexicons(study),
        _settings(study),
    ]
    body = (line for part in parts for line in part)
    write_atomic(folder / REPORT, page(f"hvm recall: {study.trials_name}", body))


# -- sections -----------------------------------------------------------------------------


def _what_was_run(study: StudyFiles) -> Iterator[str]:
    trials = study.config["trials"]
    groups = ", ".join(f"{n} {escape(name)}" for name, n in trials["participants"].items())
    blocks = ", ".join(
        f"{n:,} in {escape(block_name(name))}" for name, n in trials["blocks"].items()
    )
    yield "<h2>What was run</h2>"
    yield (
        f"<p>{escape(study.trials_name)}: {study.n_people} participants ({groups}), "
        f"{trials['rows']:,} trials ({blocks}). Each model went through each participant's trials "
        "in order: first it was asked how many bits every key of a trial cost, given only what "
        "came before, and then it learned from the trial. Its settings were the same for "
        "everybody, and no model was told a participant's group.</p>"
    )
    names = [each["model"] for each in study.config["models"] if "language_model" not in each]
    if names:
        yield f"<p>Models of trials: {listed(names)}.</p>"
    for each in study.config["models"]:
        if "language_model" in each:
            yield f"<p>{_language_model(each)}</p>"
    published = study.config["published"]
    if published:
        people = [
            f"{name.removeprefix(PREFIX)} ({n})" for name, n in published["participants"].items()
        ]
        yield (
            f"<p>Published series, for comparison, with their participants: {listed(people)}. "
            f"They are {escape(published['note'])}.</p>"
        )


def _language_model(about: dict[str, Any]) -> str:
    metadata = about["language_model"]
    transcript = metadata["transcript"]
    names = transcript["key_separator"].join(transcript["key_names"])
    begin = " ".join(metadata["bos"]) or "nothing"
    slid = metadata["participants_with_sliding_window"]
    window = (
        f"{slid} transcripts were longer than its window of {metadata['window_tokens']} tokens and "
        f"were read in windows that overlap, a new one every {metadata['stride_tokens']} tokens"
        if slid
        else "every transcript was within its window"
    )
    mass = metadata["six_keys_mass_mean"]
    return (
        f"Language model {escape(about['model'])}: {metadata['parameters']:,} parameters, "
        f"{escape(metadata['dtype'])}, on {escape(metadata['device'])}. It read each participant's "
        f"trials as one text, keys written like <code>{escape(names)}</code>, "
        f"{escape(repr(transcript['trial_separator']))} between trials, "
        f"{escape(begin)} at the beginning; separators are given and not paid for. Two series: "
        f"over the whole vocabulary, and ({escape(about['model'])}, {KEYS_ONLY}) among the keys, "
        f"which had {mass:.3f} of the probability in the mean; {window}."
    )


def _exclusions(study: StudyFiles) -> Iterator[str]:
    rows = study.exclusions
    cuts = study.config["statistics"]["cuts"]
    yield "<h2>Trials that do not count</h2>"
    yield (
        "<p>A model learns from every trial. For statistics of log time, times from "
        f"{cuts['shortest_ms']:,.0f} to {cuts['longest_ms']:,.0f} ms count; for means by group and "
        "trial, all up to the longer; for accuracy, all trials. A trial may have several "
        "reasons.</p>"
    )
    cells = []
    of_reason = dict(iter(rows.groupby("reason", sort=False)))
    for reason, part in of_reason.items():
        if part["n_excluded"].sum():
            cells.append([reason, *(_excluded(row) for _, row in part.iterrows())])
    first = next(iter(of_reason.values()))
    head = [f"{block_name(b)}, {g}" for b, g in zip(first["block"], first["group"], strict=True)]
    if cells:
        yield from table(["reason", *head], cells)
    else:
        yield "<p>None was excluded.</p>"
    yield from _unequal_exclusions(rows, cuts)


def _excluded(row: Any) -> str:
    people = "person" if row["n_participants"] == 1 else "people"
    return (
        f"{row['n_excluded']:,.0f} of {row['n_trials']:,.0f} <small>({100 * row['share']:.1f}%, "
        f"{row['n_participants']:.0f} {people})</small>"
    )


def _unequal_exclusions(rows: pd.DataFrame, cuts: dict[str, float]) -> Iterator[str]:
    """A caveat where the upper cut takes far more of one group than of another."""
    long = rows[rows["reason"] == f"longer than {cuts['longest_ms']:g} ms"]
    for block, part in long.groupby("block", sort=False):
        few, many = sorted(part["n_excluded"])[0], sorted(part["n_excluded"])[-1]
        if len(part) > 1 and many >= UNEQUAL_TRIALS and many > UNEQUAL_RATIO * few:
            counts = " and ".join(
                f"{n:.0f} ({escape(group)})"
                for n, group in zip(part["n_excluded"], part["group"], strict=True)
            )
            yield caveat(
                f"In {escape(block_name(str(block)))} the upper cut takes {counts} trials: unequal "
                "shares of the groups, so look at log time without that cut too."
            )


def _learning(study: StudyFiles) -> Iterator[str]:
    yield "<h2>Learning curves</h2>"
    yield from figure(
        study.figure_path("learning-curves"),
        "People's times and accuracy and models' bits, by group and trial.",
    )


def _lexicons(study: StudyFiles) -> Iterator[str]:
    pictures = list(read_pictures(study.folder))
    if not pictures:
        return
    name = study.config["lexicons"]["model"]
    yield "<h2>What one participant's lexicon looks like</h2>"
    yield (
        f"<p>What {escape(name)} knows after it has seen a participant's trials, with the "
        "settings below: the entries that cover most. Counts have decayed; wholes stand left of "
        "their parts, variables in orange.</p>"
    )
    for name, title, _ in pictures:
        yield from figure(study.figure_path(name), f"{title[0].upper()}{title[1:]}.")


def _settings(study: StudyFiles) -> Iterator[str]:
    config = study.config
    yield "<h2>Settings</h2>"
    cells = []
    for each in config["models"]:
        about = each.get("language_model", each.get("settings", {}))
        cells.append([escape(each["model"]), f"{settings_text(about)}"])
    if cells:
        yield from table(["model", "settings"], cells, is_html=True, is_text=True)
    statistics = {name: value for name, value in config["statistics"].items() if name != "cuts"}
    cuts = config["statistics"]["cuts"]
    yield f"<p>Statistics: {settings_text(statistics)}; cuts {settings_text(cuts)}.</p>"
    yield (
        f"<p>Trials: {escape(study.trials_name)}, sha256 "
        f"<code style='overflow-wrap:anywhere'>{config['trials']['sha256']}</code>. "
        f"Made by hvm {escape(config['version'])} from the tables in this folder; "
        "<code>hvm recall --redraw -o DIR</code> makes this page and its figures again.</p>"
    )
