"""The figures of a study by name, each drawn from the tables in its folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hvm.data.files import make_folder
from hvm.recall.statistics.lookup import StatisticsLookup
from hvm.recall.study import curve_plots, forest_plots, key_plots
from hvm.recall.study.lexicons import read_pictures
from hvm.recall.study.tables import (
    FIGURES,
    KEY_POSITIONS,
    STEM,
    block_stems,
    blocks_of_differences,
    read_table,
)

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.axes import Axes

_STEM = rf"{STEM.pattern}(-\d+)?"
_FORMATS = r"\.(png|svg|pdf)"
_IS_OURS = re.compile(
    rf"((scatter|gains|keys|lexicon-\d+)-{_STEM}|{_STEM}-difference){_FORMATS}"
).fullmatch


def write_figures(folder: Path, also: Iterable[str] = ()) -> None:
    """Draw each figure into the folder of a study, and remove those that it no longer has.

    Parameters
    ----------
    folder : Path
    also : iterable of str
        Suffixes of further formats, beside PNG.

    Raises
    ------
    InputError
        A table of the study is missing or damaged.
    OutputError
        A file cannot be written.
    """
    from hvm.show.figures import write_figure

    make_folder(folder / FIGURES)
    drawn, also = set(), list(also)
    for name, axes in draw_figures(folder):
        write_figure(folder / FIGURES / f"{name}.png", axes, also)
        drawn |= {f"{name}{suffix}" for suffix in (".png", *also)}
    for old in (folder / FIGURES).glob("*-*.*"):  # of a study before this one in the same folder
        if _IS_OURS(old.name) and old.name not in drawn:
            old.unlink(missing_ok=True)


def draw_figures(folder: Path) -> Iterator[tuple[str, Axes]]:
    """Draw each figure of a study from its tables; yields its name and one of its axes."""
    statistics, means = read_table(folder, "statistics.csv"), read_table(folder, "means.csv")
    yield "verdict", forest_plots.verdict(statistics)[0]
    yield "learning-curves", curve_plots.learning_curves(read_table(folder, "curves.csv"))[0]
    blocks = statistics["block"].unique().tolist()
    stems = block_stems(blocks)
    has_differences = len(StatisticsLookup(statistics).groups) > 1
    for block in blocks_of_differences(blocks) if has_differences else ():
        yield f"{stems[block]}-difference", forest_plots.group_differences(statistics, block)[0]
    for block, stem in stems.items():
        if len(means):
            yield f"scatter-{stem}", curve_plots.agreements(means, statistics, block)[0]
        yield f"gains-{stem}", forest_plots.gains_over_baselines(statistics, block)[0]
    if (folder / KEY_POSITIONS).is_file():
        positions = read_table(folder, KEY_POSITIONS)
        for block, stem in stems.items():
            yield f"keys-{stem}", key_plots.positions_of_block(positions, block)[0]
    for name, title, picture in read_pictures(folder):
        yield name, draw_lexicon(picture.graph, title)


def draw_lexicon(
    graph: nx.DiGraph, title: str, ax: Axes | None = None, max_nodes: int = 24
) -> Axes:
    """Draw the top of one participant's lexicon.

    Parameters
    ----------
    graph : networkx.DiGraph
        Of :func:`hvm.recall.study.lexicons.lexicon_pictures`.
    title : str
        Stands above what :func:`hvm.show.drawing.draw_graph` says itself.
    ax : matplotlib Axes, optional
        Where to draw; without it, a new figure of a fitting size.
    max_nodes : int
        Most entries to show.

    Returns
    -------
    matplotlib Axes
    """
    from hvm.show.drawing import draw_graph

    ax = draw_graph(graph, ax, max_nodes)
    ax.set_title(f"{title}: {ax.get_title()}", fontsize=10, parse_math=False)
    return ax
