"""The written report of a study: one page that holds everything, made from the study's files."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hvm.data.files import read_bytes, write_atomic
from hvm.recall.statistics.comparisons import GROUP_X_PRACTICE
from hvm.recall.statistics.rows import OUTCOMES, PLAIN
from hvm.recall.statistics.table import PEOPLE
from hvm.recall.study.plots import BLOCK_NAMES, is_wrong_way, shown
from hvm.recall.study.published import PREFIX
from hvm.recall.study.runs import KEYS_ONLY
from hvm.recall.study.study import FIGURES, REPORT, named_pictures, read_config, read_table

if TYPE_CHECKING:
    import pandas as pd

MEAN_BASELINES = ("a", "b", "c", "d")
DAGGER = "†"
LOW_RELIABILITY = 0.5
"""Where splits reach below this, the report says that correlations rank nothing."""

_OUTCOME_NAMES = {
    "log_time_correct": "log time, every key right",
    "log_time_uncut": "log time, without the upper cut",
    "accuracy": "accuracy",
}

_ABOUT_THE_TABLE = """<p>Spearman and R² are of means by group and trial; a bootstrap sample of
people is noisier than the people, so their intervals reach further down than up. Δ log-lik. is what
the surprisal adds to a mixed model of log recall time, in nats, with a 95% interval over
participants; below it (cv) the same for people held out of the fit. Baselines, each with an
intercept of every participant: (a) log trial and trial; (b) these and their products with group;
(c) these and a slope of log trial of every participant; (d) those of (a) in each group alone. The
last rows are plain predictors that know nothing of a sequence but whether it was seen
before.</p>"""

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 76rem; margin: 0 auto;
  padding: 0 1rem 3rem; }
p { max-width: 46rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; } h3 { font-size: 1rem; }
.wide { overflow-x: auto; margin: .8rem 0; }
.wide img { display: block; max-width: none; }
table { border-collapse: collapse; font-size: .82rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .7rem .25rem 0; vertical-align: top;
  border-bottom: 1px solid #ddd; white-space: nowrap; }
th:first-child, td:first-child { position: sticky; left: 0; background: #fff; }
@media (max-width: 40rem) { th:first-child, td:first-child { white-space: normal; width: 6.5rem;
  min-width: 6.5rem; overflow-wrap: anywhere; } }
td small { color: #555; font-size: 1em; }
td.text { white-space: normal; min-width: 18rem; }
.caveat { border-left: 3px solid #d0802b; padding: .1rem 0 .1rem .8rem; margin: .5rem 0; }
"""


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
    study = _Study(folder)
    parts = [
        _what_was_run(study),
        _exclusions(study),
        *(_block(study, block) for block in study.blocks),
        _difference(study),
        _learning(study),
        _lexicons(study),
        _settings(study),
    ]
    body = "\n".join(line for part in parts for line in part)
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>hvm recall: {escape(study.trials_name)}</title>\n<style>{_STYLE}</style>\n"
        f"</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
    write_atomic(folder / REPORT, page.encode("utf-8", "backslashreplace"))


class _Study:
    """The files of a study, read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = read_config(folder)
        self.statistics = read_table(folder, "statistics.csv")
        self.exclusions = read_table(folder, "exclusions.csv")
        key = ["model", "block", "outcome", "statistic", "baseline", "group"]
        records = self.statistics.to_dict("records")
        self._rows = {tuple(record[name] for name in key): record for record in records}
        self.blocks = list(self.statistics["block"].unique())
        self.trials_name = self.config["trials"]["file"].replace("\\", "/").rsplit("/", 1)[-1]
        gains = self.statistics[self.statistics["statistic"] == "delta_log_likelihood"]
        every = list(gains["model"].unique())
        self.models = [name for name in every if name not in PLAIN]
        self.plain = [name for name in every if name in PLAIN]
        self.n_people = sum(self.config["trials"]["participants"].values())

    def row(self, model: str, block: str, outcome: str, statistic: str, **more: str) -> Any:
        """The one row of a statistic; None if there is none."""
        where = {"baseline": "", "group": "", **more}
        return self._rows.get((model, block, outcome, statistic, where["baseline"], where["group"]))

    def gain(self, model: str, block: str, baseline: str, outcome: str, held_out: bool) -> Any:
        statistic = "cv_delta_log_likelihood" if held_out else "delta_log_likelihood"
        return self.row(model, block, outcome, statistic, baseline=baseline)

    def is_wrong_way(self, model: str, block: str, baseline: str, outcome: str) -> bool:
        """Whether people were faster, or more accurate, where the model was surprised."""
        return is_wrong_way(self.statistics, model, block, baseline, outcome)


# -- sections -----------------------------------------------------------------------------


def _what_was_run(study: _Study) -> Iterator[str]:
    trials = study.config["trials"]
    groups = ", ".join(f"{n} {escape(name)}" for name, n in trials["participants"].items())
    blocks = ", ".join(
        f"{n:,} in {BLOCK_NAMES.get(name, name)}" for name, n in trials["blocks"].items()
    )
    yield "<h1>People's recall beside models' surprisal</h1>"
    yield (
        f"<p>{escape(study.trials_name)}: {study.n_people} participants ({groups}), "
        f"{trials['rows']:,} trials ({blocks}). Each model went through each participant's trials "
        "in order: first it was asked how many bits every key of a trial cost, given only what "
        "came before, and then it learned from the trial. Its settings were the same for "
        "everybody, and no model was told a participant's group.</p>"
    )
    own = [each["model"] for each in study.config["models"] if "language_model" not in each]
    if own:
        yield f"<p>Models of trials: {_listed(own)}.</p>"
    for each in study.config["models"]:
        if "language_model" in each:
            yield f"<p>{_language_model(each)}</p>"
    published = study.config["published"]
    if published:
        people = [
            f"{name.removeprefix(PREFIX)} ({n})" for name, n in published["participants"].items()
        ]
        yield (
            f"<p>Published series, for comparison, with their participants: {_listed(people)}. "
            f"They are {escape(published['note'])}.</p>"
        )


def _language_model(about: dict[str, Any]) -> str:
    told = about["language_model"]
    transcript = told["transcript"]
    names = transcript["key_separator"].join(transcript["key_names"])
    begin = " ".join(told["bos"]) or "nothing"
    slid = told["participants_with_sliding_window"]
    window = (
        f"{slid} transcripts were longer than its window of {told['window_tokens']} tokens and "
        f"were read in windows that overlap, a new one every {told['stride_tokens']} tokens"
        if slid
        else "every transcript was within its window"
    )
    mass = told["six_keys_mass_mean"]
    return (
        f"Language model {escape(about['model'])}: {told['parameters']:,} parameters, "
        f"{escape(told['dtype'])}, on {escape(told['device'])}. It read each participant's trials "
        f"as one text, keys written like <code>{escape(names)}</code>, "
        f"{escape(repr(transcript['trial_separator']))} between trials, "
        f"{escape(begin)} at the beginning; separators are given and not paid for. Two series: "
        f"over the whole vocabulary, and ({escape(about['model'])}, {KEYS_ONLY}) among the keys, "
        f"which had {mass:.3f} of the probability in the mean; {window}."
    )


def _exclusions(study: _Study) -> Iterator[str]:
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
    head = [f"{BLOCK_NAMES.get(b, b)}, {g}" for b, g in _pairs_of(first, "block", "group")]
    if cells:
        yield from _table(["reason", *head], cells)
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
    """A caveat where the upper cut takes far more of one group than of the other."""
    long = rows[rows["reason"] == f"longer than {cuts['longest_ms']:g} ms"]
    for block, part in long.groupby("block", sort=True):
        few, many = sorted(part["n_excluded"])[0], sorted(part["n_excluded"])[-1]
        if len(part) == 2 and many >= 10 and many > 1.5 * few:
            counts = " and ".join(
                f"{n:.0f} ({escape(group)})" for n, group in _pairs_of(part, "n_excluded", "group")
            )
            yield _caveat(
                f"In {BLOCK_NAMES.get(block, block)} the upper cut takes {counts} trials: unequal "
                "shares of the groups, so look at log time without that cut too."
            )


def _block(study: _Study, block: str) -> Iterator[str]:
    yield f"<h2>{BLOCK_NAMES.get(block, block).capitalize()}</h2>"
    yield from _reliability(study, block)
    yield from _main_table(study, block)
    yield from _gain_caveats(study, block)
    yield from _figure(
        study,
        f"gains-{block}",
        "Gains over four baselines, by model; open points: people held out.",
    )
    yield from _figure(
        study, f"scatter-{block}", "Mean recall time over mean bits, one point a group and trial."
    )
    yield from _second_outcomes(study, block)
    yield from _undefined(study, block)


def _reliability(study: _Study, block: str) -> Iterator[str]:
    found = study.row(PEOPLE, block, "recall_time_ms", "reliability")
    if found is None or not np.isfinite(found["value"]):
        reason = found["reason"] if found is not None else "no trials"
        yield f"<p>The reliability of people's means is not defined: {escape(reason)}.</p>"
        return
    yield (
        f"<p>Reliability of people's mean times by group and trial: {shown(found)} (the interval "
        "is by split into halves). The ceiling of a model that knew the true means: Spearman "
        f"{shown(study.row(PEOPLE, block, 'recall_time_ms', 'ceiling_spearman'))}, R² "
        f"{shown(study.row(PEOPLE, block, 'recall_time_ms', 'ceiling_r2'))}.</p>"
    )
    if found["low"] < LOW_RELIABILITY:
        yield _caveat(
            f"In {BLOCK_NAMES.get(block, block)} halves of the same people rank trials "
            "differently. Correlations with these means rank no models."
        )


def _main_table(study: _Study, block: str) -> Iterator[str]:
    head = ["model", "Spearman", "R²"]
    head += [f"Δ log-lik. ({baseline})" for baseline in MEAN_BASELINES]
    head += ["people"]
    ceilings = [
        _of(study.row(PEOPLE, block, "recall_time_ms", f"ceiling_{name}"))
        for name in ("spearman", "r2")
    ]
    cells = [["<em>ceiling</em>", *ceilings, "", "", "", "", f"{study.n_people}"]]
    for model in [*study.models, *study.plain]:
        correlations = [
            _of(study.row(model, block, "recall_time_ms", name)) for name in ("spearman", "r2")
        ]
        gains = [_both_gains(study, model, block, each, "log_time") for each in MEAN_BASELINES]
        found = study.gain(model, block, "a", "log_time", False)
        people = f"{found['n_participants']:.0f}" if found is not None else ""
        cells.append([escape(model), *correlations, *gains, people])
    yield _ABOUT_THE_TABLE
    yield from _table(head, cells, is_html=True)
    if any(DAGGER in cell for row in cells for cell in row):
        yield (
            f"<p>{DAGGER} people were <em>faster</em> where the model was surprised (in (d): in "
            "one group at least). Such a gain is not evidence for the model.</p>"
        )


def _of(row: Any, style: str = ".2f") -> str:
    return "" if row is None else shown(row, style)


def _both_gains(study: _Study, model: str, block: str, baseline: str, outcome: str) -> str:
    inside = study.gain(model, block, baseline, outcome, held_out=False)
    outside = study.gain(model, block, baseline, outcome, held_out=True)
    if inside is None:
        return ""
    mark = DAGGER if study.is_wrong_way(model, block, baseline, outcome) else ""
    below = "" if outside is None else f"<br><small>cv {shown(outside, ',.1f')}</small>"
    return f"{shown(inside, ',.1f')}{mark}{below}"


def _gain_caveats(study: _Study, block: str) -> Iterator[str]:
    plain = {name: study.gain(name, block, "a", "log_time", held_out=False) for name in study.plain}
    practice = plain.get(GROUP_X_PRACTICE)
    if practice is not None and practice["value"] > 0:
        told = f"group and practice alone, with no sequence at all, gain {practice['value']:.1f}"
        repeats = plain.get("repeat_count")
        if repeats is not None and repeats["value"] > 0:
            told += f", and counting repetitions gains {repeats['value']:.1f}"
        yield _caveat(
            f"On baseline (a) {told}. A gain on (a) may say that groups differ in practice, not "
            "that a model knows the sequence: claims about learning rest on (b) to (d)."
        )
    held_out = [
        name
        for name in study.models
        for baseline in ("b", "c", "d")
        if (row := study.gain(name, block, baseline, "log_time", True)) is not None
        and row["low"] > 0
        and not study.is_wrong_way(name, block, baseline, "log_time")
    ]
    if study.models:
        names = _listed(dict.fromkeys(held_out))
        yield (
            "<p>Models whose cross-validated gain over (b), (c) or (d) has an interval above zero, "
            f"with the sign that they predict: {names or 'none'}. The interval is of each gain "
            "alone, not corrected for the number of models and baselines. Other folds "
            "move a cross-validated gain by a nat or two, so smaller differences say nothing.</p>"
        )
    yield from _partial_models(study, block)


def _partial_models(study: _Study, block: str) -> Iterator[str]:
    rows = study.statistics
    rows = rows[(rows["block"] == block) & (rows["statistic"] == "delta_log_likelihood")]
    rows = rows[(rows["outcome"] == "log_time") & (rows["baseline"] == "a")]
    most = rows["n_participants"].max() if len(rows) else 0
    partial = rows[rows["n_participants"] < most]
    if len(partial):
        names = _listed(
            f"{model} ({n:.0f})" for model, n in _pairs_of(partial, "model", "n_participants")
        )
        yield _caveat(
            f"There for some of the people only: {names}. Gains are sums over people, so theirs "
            "are not to be set beside those of models that have everybody."
        )


def _second_outcomes(study: _Study, block: str) -> Iterator[str]:
    names = [name for name in OUTCOMES if name in _OUTCOME_NAMES]
    cells = [
        [escape(model), *(_both_gains(study, model, block, "b", name) for name in names)]
        for model in [*study.models, *study.plain]
    ]
    yield "<h3>Second outcomes, over baseline (b)</h3>"
    yield from _table(["model", *(_OUTCOME_NAMES[name] for name in names)], cells, is_html=True)
    if any(DAGGER in cell for row in cells for cell in row):
        yield f"<p>{DAGGER} with the sign that the model does not predict.</p>"
    dispersion = study.row(PEOPLE, block, "accuracy", "dispersion", baseline="b")
    if dispersion is not None and dispersion["value"] > 1.05:
        yield _caveat(
            f"Keys of a trial are not independent: the dispersion of accuracy is "
            f"{dispersion['value']:.2f}, and gains in accuracy are overstated by about as much."
        )


def _undefined(study: _Study, block: str) -> Iterator[str]:
    """Every reason for which a statistic is not there, counted."""
    rows = study.statistics
    rows = rows[(rows["block"] == block) & (rows["reason"] != "")]
    rows = rows[~((rows["outcome"] == "accuracy") & (rows["baseline"] == "c"))]
    counts = rows["reason"].value_counts(sort=False)
    if len(counts):
        told = "; ".join(f"{escape(reason)} ({n})" for reason, n in counts.items())
        yield (
            f"<p>Statistics with a reason why a value or its interval is missing or zero: {told}. "
            "Each is in <code>statistics.csv</code>.</p>"
        )


def _difference(study: _Study) -> Iterator[str]:
    groups = list(study.config["trials"]["participants"])
    if "transfer" not in study.blocks:
        return
    yield "<h2>The difference between groups in transfer</h2>"
    if len(groups) != 2:
        yield "<p>There is one group, so there is no difference.</p>"
        return
    yield (
        f"<p>{escape(groups[0])} less {escape(groups[1])}, mean over participants' means; 95% "
        "intervals by bootstrap over participants within groups, the same draws for all.</p>"
    )
    cells = []
    for label, outcome, style in (
        ("people, recall time, ms", "recall_time_ms", ",.0f"),
        ("people, accuracy", "accuracy", ".3f"),
    ):
        cells.append([label, *_by_block(study, PEOPLE, outcome, style)])
    for model in study.models:
        found = _by_block(study, model, "surprisal_bits", ".2f")
        cells.append([f"{escape(model)}, bits a trial", *found])
    head = ["", *(BLOCK_NAMES.get(block, block) for block in study.blocks)]
    yield from _table(head, cells, is_html=True)
    yield from _difference_caveat(study)
    yield from _figure(study, "transfer-difference", "The transfer difference between groups.")


def _by_block(study: _Study, model: str, outcome: str, style: str) -> list[str]:
    return [
        _of(study.row(model, block, outcome, "group_difference"), style) for block in study.blocks
    ]


def _difference_caveat(study: _Study) -> Iterator[str]:
    for outcome, name in (("recall_time_ms", "recall time"), ("accuracy", "accuracy")):
        found = study.row(PEOPLE, "transfer", outcome, "group_difference")
        if found is not None and found["low"] <= 0 <= found["high"]:
            yield _caveat(
                f"People's difference in {name} is not established: its interval holds zero. No "
                "model is to be preferred for having, or lacking, such a difference."
            )


def _learning(study: _Study) -> Iterator[str]:
    yield "<h2>Learning curves</h2>"
    yield from _figure(
        study,
        "learning-curves",
        "People's times and accuracy and models' bits, by group and trial.",
    )


def _lexicons(study: _Study) -> Iterator[str]:
    pictures = list(named_pictures(study.folder))
    if not pictures:
        return
    name = study.config["lexicons"]["model"]
    yield "<h2>What one participant's lexicon looks like</h2>"
    yield (
        f"<p>What {escape(name)} knows after it has seen a participant's trials, with the "
        "settings below: the entries that cover most. Counts have decayed; wholes stand left of "
        "their parts, variables in orange.</p>"
    )
    for figure, title, _ in pictures:
        yield from _figure(study, figure, f"{title[0].upper()}{title[1:]}.")


def _settings(study: _Study) -> Iterator[str]:
    config = study.config
    yield "<h2>Settings</h2>"
    cells = []
    for each in config["models"]:
        about = each.get("language_model", each.get("settings", {}))
        cells.append([escape(each["model"]), f"{_pairs(about)}"])
    if cells:
        yield from _table(["model", "settings"], cells, is_html=True, is_text=True)
    statistics = {name: value for name, value in config["statistics"].items() if name != "cuts"}
    yield f"<p>Statistics: {_pairs(statistics)}; cuts {_pairs(config['statistics']['cuts'])}.</p>"
    yield (
        f"<p>Trials: {escape(study.trials_name)}, sha256 "
        f"<code style='overflow-wrap:anywhere'>{config['trials']['sha256']}</code>. "
        f"Made by hvm {escape(config['version'])} from the tables in this folder; "
        "<code>hvm recall --redraw -o DIR</code> makes this page and its figures again.</p>"
    )


# -- pieces ---------------------------------------------------------------------------------


def _pairs_of(table: pd.DataFrame, left: str, right: str) -> list[tuple[Any, Any]]:
    return list(zip(table[left], table[right], strict=True))


def _pairs(values: dict[str, Any]) -> str:
    return escape(", ".join(f"{name} {_short(value)}" for name, value in values.items()))


def _short(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(escape(name) for name in names)


def _caveat(html: str) -> str:
    return f'<p class="caveat">{html}</p>'


def _table(
    head: Sequence[str],
    cells: Sequence[Sequence[str]],
    is_html: bool = False,
    is_text: bool = False,
) -> Iterator[str]:
    yield '<div class="wide"><table>'
    yield "<tr>" + "".join(f"<th>{escape(name)}</th>" for name in head) + "</tr>"
    for name, *row in cells:
        name = name if is_html else escape(name)
        kind = ' class="text"' if is_text else ""
        yield f"<tr><td>{name}</td>" + "".join(f"<td{kind}>{cell}</td>" for cell in row) + "</tr>"
    yield "</table></div>"


def _figure(study: _Study, name: str, text: str) -> Iterator[str]:
    """A figure in a size at which it can be read; a narrow page scrolls it."""
    path = study.folder / FIGURES / f"{name}.png"
    if not path.is_file():
        return
    data = read_bytes(path)
    width = int.from_bytes(data[16:20], "big") * 2 // 3  # of 150 dots an inch
    held = base64.b64encode(data).decode()
    yield f'<p>{escape(text)}</p><div class="wide">'
    yield f'<img alt="{escape(text)}" width="{width}" src="data:image/png;base64,{held}"></div>'
