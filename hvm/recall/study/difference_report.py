"""The part of the report about differences between groups."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from hvm.recall.statistics.checked import PEOPLE
from hvm.recall.statistics.contrasts import LESS
from hvm.recall.study.block_report import estimate_or_nothing
from hvm.recall.study.plot_style import block_name
from hvm.recall.study.tables import StudyFiles, blocks_of_differences
from hvm.show.html import caveat, figure, listed, table

MOST_CONTRASTS = 15
"""All pairs of six groups: of more, the page has those with the reference."""


def difference_report(study: StudyFiles) -> Iterator[str]:
    """Lines of HTML about differences between groups."""
    statistics = study.statistics
    blocks = blocks_of_differences(statistics.blocks)
    is_one = len(statistics.contrasts) == 1
    where = f" in {block_name(blocks[0])}" if len(blocks) == 1 else ""
    yield f"<h2>The difference{'' if is_one else 's'} between groups{escape(where)}</h2>"
    if len(study.config["trials"]["participants"]) < 2:
        yield "<p>There is one group, so there is no difference.</p>"
        return
    every = statistics.contrasts
    shown = every if len(every) <= MOST_CONTRASTS else statistics.contrasts_with_reference
    yield from _what_is_compared(study, len(shown) < len(every))
    cells: list[list[str]] = []
    for label, outcome, style in (
        ("people, recall time, ms", "recall_time_ms", ",.0f"),
        ("people, accuracy", "accuracy", ".3f"),
    ):
        cells += _rows(study, shown, PEOPLE, label, outcome, style)
    for model in statistics.models:
        label = f"{model}, bits a trial"
        cells += _rows(study, shown, model, label, "surprisal_bits", ".2f")
    head = ["", *([] if is_one else ["groups"]), *map(block_name, statistics.blocks)]
    yield from table(head, cells)
    for block in blocks:
        yield from _caveats(study, block, shown)
    for block in blocks:
        name = f"{study.block_stems[block]}-difference"
        text = f"The {block_name(block)} difference{'' if is_one else 's'} between groups."
        yield from figure(study.figure_path(name), text)


def _what_is_compared(study: StudyFiles, is_cut: bool) -> Iterator[str]:
    pairs = study.statistics.contrasts
    if len(pairs) > 1:
        names = "Each group less another"
    else:
        names = escape(pairs[0] or LESS.join(study.config["trials"]["participants"]))
    others = " The other pairs are in <code>statistics.csv</code>." if is_cut else ""
    several = " Intervals are of each difference alone, not corrected for their number."
    yield (
        f"<p>{names}, mean over participants' means; 95% intervals by bootstrap over participants "
        "within groups, the same draws for all. The reference, which others are set against, is "
        f"{escape(study.reference)}: without <code>--reference</code> it is the last group by "
        f"name.{others}{several if len(pairs) > 1 else ''}</p>"
    )


def _rows(
    study: StudyFiles, contrasts: list[str], model: str, label: str, outcome: str, style: str
) -> Iterator[list[str]]:
    """One row a contrast, one column a block."""
    statistics = study.statistics
    for contrast in contrasts:
        rows = (
            statistics.row(model, block, outcome, "group_difference", group=contrast)
            for block in statistics.blocks
        )
        name = [] if len(statistics.contrasts) == 1 else [escape(contrast)]
        yield [label, *name, *(estimate_or_nothing(row, style) for row in rows)]


def _caveats(study: StudyFiles, block: str, contrasts: list[str]) -> Iterator[str]:
    """Which of people's differences may be none."""
    for outcome, name in (("recall_time_ms", "recall time"), ("accuracy", "accuracy")):
        rows = {
            contrast: study.statistics.row(
                PEOPLE, block, outcome, "group_difference", group=contrast
            )
            for contrast in contrasts
        }
        open_ones = [
            contrast
            for contrast, row in rows.items()
            if row is not None and row["low"] <= 0 <= row["high"]
        ]
        if open_ones and len(study.statistics.contrasts) == 1:
            yield caveat(
                f"People's difference in {name}{_where(study, block)} is not established: its "
                "interval holds zero. No model is to be preferred for having, or lacking, such a "
                "difference."
            )
        elif open_ones:
            yield caveat(
                f"People's differences in {name}{_where(study, block)} are not established for "
                f"{listed(open_ones)}: intervals hold zero. No model is to be preferred for "
                "having, or lacking, such a difference."
            )


def _where(study: StudyFiles, block: str) -> str:
    only_one = len(blocks_of_differences(study.statistics.blocks)) == 1
    return "" if only_one else f" in {escape(block_name(block))}"
