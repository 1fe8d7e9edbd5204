"""The first part of the report: which models add anything over baselines (e) and (f)."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from hvm.recall.statistics.baselines import LEGEND, OF_VERDICTS
from hvm.recall.statistics.checked import PEOPLE
from hvm.recall.study.plot_style import block_name, estimate_text
from hvm.recall.study.tables import StudyFiles
from hvm.show.html import figure

if TYPE_CHECKING:
    import pandas as pd

CHECK_NAMES = {
    "sd_of_trial_means": "spread of means by group and trial",
    "sd_between_people": "spread of people's means",
    "sd_within_people": "spread within people",
    "spread_of_sd": "how much steadier some people are than others (spread of log sd)",
    "autocorrelation": "correlation of neighbouring trials",
}


def verdict_report(study: StudyFiles) -> Iterator[str]:
    """Lines of HTML: the verdict in words, its figure, how much is left, what baselines miss."""
    yield "<h2>Which models add anything</h2>"
    yield (
        "<p>What the surprisal of each model adds to log recall time, on people held out of the "
        f"fit, beyond two baselines that know no sequence: (e), {escape(LEGEND['e'])}, and (f), "
        f"{escape(LEGEND['f'])}. A model adds something where its 95% interval over participants "
        "is above zero and its slope has the sign that it predicts; intervals are of each gain "
        "alone, not corrected for their number.</p>"
    )
    for block in study.statistics.blocks:
        yield from _of_block(study, block)
    yield from figure(
        study.figure_path("verdict"),
        "Gains over (e) and (f), people held out, 95% intervals; a cross: a slope of the wrong "
        "sign; grey: plain predictors.",
    )
    yield from _what_baselines_miss(study)


def models_that_add(study: StudyFiles, block: str, baseline: str) -> list[str]:
    """Models whose cross-validated gain has an interval above zero, by the sign they predict.

    Parameters
    ----------
    study : StudyFiles
    block, baseline : str
        As in the table of statistics.

    Returns
    -------
    list of str
        In the order of the table.
    """
    statistics = study.statistics
    return [
        name
        for name in statistics.models
        if (row := statistics.gain(name, block, baseline, "log_time", held_out=True)) is not None
        and row["low"] > 0
        and not statistics.is_wrong_way(name, block, baseline, "log_time")
    ]


def _of_block(study: StudyFiles, block: str) -> Iterator[str]:
    statistics = study.statistics
    parts = []
    for baseline in OF_VERDICTS:
        gains = [
            statistics.gain(name, block, baseline, "log_time", True) for name in statistics.models
        ]
        if not any(gain is not None and np.isfinite(gain["value"]) for gain in gains):
            continue
        adding = models_that_add(study, block, baseline)
        texts = [
            f"<strong>{escape(name)}</strong> "
            + estimate_text(statistics.gain(name, block, baseline, "log_time", True), ",.1f")
            for name in adding
        ]
        parts.append(f"over ({baseline}), {', '.join(texts) or '<strong>no model</strong>'}")
    name = escape(block_name(block))
    said = f"In {name}: {'; '.join(parts) or 'no gain is defined'}."
    yield f'<p class="verdict">{said}{_left(study, block)}</p>'


def _left(study: StudyFiles, block: str) -> str:
    """How bent the curve is, and what boosted trees reach, where they were asked."""
    row = study.statistics.row(PEOPLE, block, "log_time", "spline_df", baseline="e")
    text = ""
    if row is not None:
        text = f" The curve has {row['value']:.0f} degree{'s' * (row['value'] != 1)} of freedom."
    reached = [
        f"{estimate_text(each, ',.1f')} over ({baseline})"
        for baseline in OF_VERDICTS
        if (
            each := study.statistics.row(
                PEOPLE, block, "log_time", "ceiling_flexible", baseline=baseline
            )
        )
        is not None
    ]
    if reached:
        text += f" Boosted trees over each trial's history reach {' and '.join(reached)} nats."
    return text


def _what_baselines_miss(study: StudyFiles) -> Iterator[str]:
    """One line: which features of the times lie outside what (e) and (f) say."""
    checks = study.checks
    if checks is None:
        return
    outside = (checks["observed"] < checks["low"]) | (checks["observed"] > checks["high"])
    misses = checks[outside & checks["baseline"].isin(OF_VERDICTS)]
    texts = [
        f"({row['baseline']}) in {escape(block_name(row['block']))}: "
        f"{CHECK_NAMES.get(row['statistic'], escape(row['statistic']))} {_simulated(row)}"
        for _, row in misses.iterrows()
    ]
    said = "; ".join(texts) if texts else "nothing that was looked at"
    yield (
        "<p>What the baselines do not know of people's times, by simulation from their fits "
        f"(<code>checks.csv</code>): {said}.</p>"
    )


def _simulated(row: pd.Series) -> str:
    return f"{row['observed']:.2f} where it says {row['low']:.2f} to {row['high']:.2f}"
