"""The part of the report about one block: reliability, correlations, gains, and caveats."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from hvm.recall.statistics.baselines import GROUP_X_PRACTICE, LEGEND, OF_VERDICTS
from hvm.recall.statistics.checked import PEOPLE
from hvm.recall.statistics.lookup import Row
from hvm.recall.statistics.rows import OUTCOMES
from hvm.recall.study.plot_style import block_name, estimate_text
from hvm.recall.study.tables import StudyFiles
from hvm.recall.study.verdict import models_that_add
from hvm.show.html import caveat, figure, listed, table

TIME_BASELINES = ("e", "f", "a", "b", "c", "d")
SECOND_BASELINE = "e"
DAGGER = "†"
LOW_RELIABILITY = 0.5
"""Where splits reach below this, the report says that correlations rank nothing."""

CORRELATIONS = ("spearman", "r2")
DISPERSED = 1.05
"""Above it, keys of a trial are far enough from independent that the report says so."""

_OUTCOME_NAMES = {
    "log_time_correct": "log time, every key right",
    "log_time_uncut": "log time, without the upper cut",
    "accuracy": "accuracy",
}

ABOUT_THE_TABLES = f"""<p>Spearman and R² are of means by group and trial; a bootstrap sample of
people is noisier than the people, so their intervals reach further down than up. Δ log-lik. is what
the surprisal adds to a mixed model of log recall time, in nats, with a 95% interval over
participants; below it (cv) the same for people held out of the fit. Baselines, each with an
intercept of every participant: {"; ".join(f"({b}) {escape(LEGEND[b])}" for b in TIME_BASELINES)}.
The last rows are plain predictors, without any model: how often and how long ago the sequence, or
its pattern of equal keys, was seen; how many keys differ from the trial before and from the nearest
earlier one; how many keys and runs it has; and group and practice alone.</p>
<p>Intervals are of each gain alone, not corrected for the number of models and
baselines.</p>"""
"""How to read the tables of all blocks."""


def block_report(study: StudyFiles, block: str) -> Iterator[str]:
    """Lines of HTML about one block."""
    name, stem = block_name(block), study.block_stems[block]
    yield f"<h2>{escape(name[:1].upper() + name[1:])}</h2>"
    yield from _reliability(study, block)
    yield from _main_table(study, block)
    yield from _gain_caveats(study, block)
    yield from figure(
        study.figure_path(f"gains-{stem}"),
        "Gains over the published baselines, (a) to (d); open points: people held out.",
    )
    yield from figure(
        study.figure_path(f"scatter-{stem}"),
        "Mean recall time over mean bits, one point a group and trial.",
    )
    yield from _second_outcomes(study, block)
    yield from _undefined(study, block)


def _reliability(study: StudyFiles, block: str) -> Iterator[str]:
    reliability = study.statistics.row(PEOPLE, block, "recall_time_ms", "reliability")
    if reliability is None or not np.isfinite(reliability["value"]):
        reason = reliability["reason"] if reliability is not None else "no trials"
        yield f"<p>The reliability of people's means is not defined: {escape(reason)}.</p>"
        return
    rank, share = (
        estimate_text(study.statistics.row(PEOPLE, block, "recall_time_ms", f"ceiling_{name}"))
        for name in CORRELATIONS
    )
    yield (
        "<p>Reliability of people's mean times by group and trial: "
        f"{estimate_text(reliability)} (the interval is by split into halves). The ceiling of a "
        f"model that knew the true means: Spearman {rank}, R² {share}.</p>"
    )
    if reliability["low"] < LOW_RELIABILITY:
        yield caveat(
            f"In {escape(block_name(block))} halves of the same people rank trials "
            "differently. Correlations with these means rank no models."
        )


def _main_table(study: StudyFiles, block: str) -> Iterator[str]:
    statistics = study.statistics
    head = ["model", "Spearman", "R²"]
    head += [f"Δ log-lik. ({baseline})" for baseline in TIME_BASELINES]
    head += ["people"]
    ceilings = [
        estimate_or_nothing(
            study.statistics.row(PEOPLE, block, "recall_time_ms", f"ceiling_{name}")
        )
        for name in ("spearman", "r2")
    ]
    nothing = [""] * len(TIME_BASELINES)
    cells = [["<em>ceiling</em>", *ceilings, *nothing, f"{study.n_people}"]]
    for model in [*study.statistics.models, *study.statistics.plain]:
        correlations = [
            estimate_or_nothing(study.statistics.row(model, block, "recall_time_ms", name))
            for name in ("spearman", "r2")
        ]
        gains = [_both_gains(study, model, block, each, "log_time") for each in TIME_BASELINES]
        gain = statistics.gain(model, block, "a", "log_time", held_out=False)
        people = f"{gain['n_participants']:.0f}" if gain is not None else ""
        cells.append([escape(model), *correlations, *gains, people])
    yield from table(head, cells, is_html=True)
    if any(DAGGER in cell for row in cells for cell in row):
        yield (
            f"<p>{DAGGER} people were <em>faster</em> where the model was surprised (in (d): in "
            "one group at least). Such a gain is not evidence for the model.</p>"
        )


def estimate_or_nothing(row: Row | None, style: str = ".2f") -> str:
    """A value with its interval; nothing where there is no such statistic."""
    return "" if row is None else estimate_text(row, style)


def _both_gains(study: StudyFiles, model: str, block: str, baseline: str, outcome: str) -> str:
    inside = study.statistics.gain(model, block, baseline, outcome, held_out=False)
    outside = study.statistics.gain(model, block, baseline, outcome, held_out=True)
    if inside is None:
        return ""
    mark = DAGGER if study.statistics.is_wrong_way(model, block, baseline, outcome) else ""
    below = "" if outside is None else f"<br><small>cv {estimate_text(outside, ',.1f')}</small>"
    return f"{estimate_text(inside, ',.1f')}{mark}{below}"


def _gain_caveats(study: StudyFiles, block: str) -> Iterator[str]:
    statistics = study.statistics
    plain = {
        name: statistics.gain(name, block, "a", "log_time", held_out=False)
        for name in statistics.plain
    }
    practice = plain.get(GROUP_X_PRACTICE)
    if practice is not None and practice["value"] > 0:
        gains = f"group and practice alone, with no sequence at all, gain {practice['value']:.1f}"
        repeats = plain.get("repeat_count")
        if repeats is not None and repeats["value"] > 0:
            gains += f", and counting repetitions gains {repeats['value']:.1f}"
        yield caveat(
            f"On baseline (a) {gains}. A gain on (a) may say that groups differ in practice, not "
            "that a model knows the sequence, and (b) to (d) have no curve that practice could "
            "bend: claims about learning rest on (e) and (f)."
        )
    if statistics.models:
        added = {name: None for each in OF_VERDICTS for name in models_that_add(study, block, each)}
        yield (
            "<p>Models whose cross-validated gain over (e) or (f) has an interval above zero, with "
            f"the sign that they predict: {listed(added) or 'none'}. {_deals(study)}</p>"
        )
    yield from _partial_models(study, block)


def _deals(study: StudyFiles) -> str:
    """How much the deal of folds moves a cross-validated gain."""
    deals = study.config["statistics"].get("n_fold_seeds", 1)
    if deals > 1:
        return f"Gains are means over {deals} deals of people to folds (cv_sd_over_folds)."
    return (
        "People were dealt to folds once: another deal moves a cross-validated gain by a nat or "
        "two, so smaller differences say nothing."
    )


def _partial_models(study: StudyFiles, block: str) -> Iterator[str]:
    rows = study.statistics.table
    rows = rows[(rows["block"] == block) & (rows["statistic"] == "delta_log_likelihood")]
    rows = rows[(rows["outcome"] == "log_time") & (rows["baseline"] == "a")]
    most = rows["n_participants"].max() if len(rows) else 0
    partial = rows[rows["n_participants"] < most]
    if len(partial):
        names = listed(
            f"{model} ({n:.0f})"
            for model, n in zip(partial["model"], partial["n_participants"], strict=True)
        )
        yield caveat(
            f"There for some of the people only: {names}. Gains are sums over people, so theirs "
            "are not to be set beside those of models that have everybody."
        )


def _second_outcomes(study: StudyFiles, block: str) -> Iterator[str]:
    names = [name for name in OUTCOMES if name in _OUTCOME_NAMES]
    cells = [
        [
            escape(model),
            *(_both_gains(study, model, block, SECOND_BASELINE, name) for name in names),
        ]
        for model in [*study.statistics.models, *study.statistics.plain]
    ]
    yield f"<h3>Second outcomes, over baseline ({SECOND_BASELINE})</h3>"
    yield from table(["model", *(_OUTCOME_NAMES[name] for name in names)], cells, is_html=True)
    if any(DAGGER in cell for row in cells for cell in row):
        yield f"<p>{DAGGER} with the sign that the model does not predict.</p>"
    dispersion = study.statistics.row(PEOPLE, block, "accuracy", "dispersion", baseline="b")
    if dispersion is not None and dispersion["value"] > DISPERSED:
        yield caveat(
            f"Keys of a trial are not independent: the dispersion of accuracy is "
            f"{dispersion['value']:.2f}, and gains in accuracy are overstated by about as much."
        )


def _undefined(study: StudyFiles, block: str) -> Iterator[str]:
    """Every reason for which a statistic is not there, counted."""
    rows = study.statistics.table
    rows = rows[(rows["block"] == block) & (rows["reason"] != "")]
    rows = rows[~((rows["outcome"] == "accuracy") & (rows["baseline"] == "c"))]
    counts = rows["reason"].value_counts(sort=False)
    if len(counts):
        reasons = "; ".join(f"{escape(reason)} ({n})" for reason, n in counts.items())
        yield (
            "<p>Statistics with a reason why a value or its interval is missing or zero: "
            f"{reasons}. Each is in <code>statistics.csv</code>.</p>"
        )
