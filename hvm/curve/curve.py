"""Compression against generalization: what each iteration and each level of abstraction costs.

A run is files: :func:`write_curve` writes the table and the settings that made it, and draws
every figure from the table it wrote.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hvm.curve.abstraction import drop_order, drop_rows, rate_distortion
from hvm.curve.controls import CHOICES, other_abstraction
from hvm.curve.grains import grain_rows, iterations_on_the_way, whole_row
from hvm.curve.report import BY_EDIT, write_report
from hvm.curve.texts import CurveTexts, NamedText
from hvm.curve.verdict import verdict
from hvm.errors import InputError
from hvm.learn.model import Model
from hvm.learn.row_fit import is_for_rows
from hvm.lexicon import measures
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.likelihood import exact_bits
from hvm.predict.experts import Experts
from hvm.symbols.sequences import Symbols

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

TABLE, SETTINGS, BOUND, VERDICT = "curve.csv", "config.json", "bound.csv", "verdict.txt"


class CurvePoint(NamedTuple):
    """A lexicon on the way: which learner, which choice of what to abstract, which iteration."""

    model: str
    abstraction: str
    iteration: int
    lexicon: Lexicon


def curve_points(model: Model, hcm: Model, symbols: Symbols) -> Iterator[CurvePoint]:
    """Every lexicon on the way of HVM and of HCM, and HVM's with other variables.

    Parameters
    ----------
    model : Model
        A learner that was fitted with its lexicons traced.
    hcm : Model
        Likewise, the same learner without variables.
    symbols : Symbols
        What both were fitted to.

    Yields
    ------
    CurvePoint
        ``model`` is hvm or hcm; ``abstraction`` is none, learned, random or frequency-matched,
        the last two at iterations at which HVM has variables.
    """
    for iteration, lexicon in enumerate(model.lexicons_):
        has_variables = bool(len(lexicon.variables))
        yield CurvePoint("hvm", "learned" if has_variables else "none", iteration, lexicon)
        for number, choice in enumerate(CHOICES if has_variables else ()):
            rng = np.random.default_rng((_seed(model), number, iteration))
            other = other_abstraction(lexicon, hcm.lexicon_, symbols, choice, rng)
            yield CurvePoint("hvm", choice, iteration, other)
    for iteration, lexicon in enumerate(hcm.lexicons_):
        yield CurvePoint("hcm", "none", iteration, lexicon)


def without_variables(model: Model) -> Model:
    """Return the same learner, unfitted, that learns chunks alone (HCM)."""
    return type(model)(**{**model.get_params(), "variables": False})


def _seed(model: Model) -> int:
    return int(model.get_params().get("seed", 0))


def point_rows(point: CurvePoint, texts: CurveTexts, seed: int = 0) -> list[dict[str, Any]]:
    """One row for each abstraction level of a lexicon whose units do not depend on one another.

    Parameters
    ----------
    point : CurvePoint
    texts : CurveTexts
    seed : int
        Of the fillers that are drawn.

    Returns
    -------
    list of dict
        See docs/curve.md for the columns.
    """
    alphabet = texts.training.alphabet
    of_training, of_held_out = (
        rate_distortion(point.lexicon, alphabet, text, seed)
        for text in (texts.training, texts.held_out)
    )
    return _unigram_rows(point, texts, of_training, of_held_out)


def dropped_rows(point: CurvePoint, texts: CurveTexts, seed: int = 0) -> list[dict[str, Any]]:
    """One row for each step in which variables are dropped, by bits per edit.

    Parameters
    ----------
    point : CurvePoint
    texts : CurveTexts
        The order is that of the training text.
    seed : int
        Of the fillers that are drawn.

    Returns
    -------
    list of dict
        As :func:`point_rows`; ``level`` is how many variables are dropped.
    """
    alphabet = texts.training.alphabet
    order = drop_order(point.lexicon, alphabet, texts.training)
    of_training, of_held_out = (
        drop_rows(point.lexicon, alphabet, text, order, seed)
        for text in (texts.training, texts.held_out)
    )
    return _unigram_rows(point, texts, of_training, of_held_out)


def _unigram_rows(
    point: CurvePoint,
    texts: CurveTexts,
    of_training: list[dict[str, Any]],
    of_held_out: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Rows of a lexicon alone: what is sent and lost of both texts, and what is the same in all."""
    lexicon, training = point.lexicon, texts.training
    lexicon_bits = measures.lexicon_bits(lexicon, training.alphabet.definition_bits())
    sent = of_training[0]["rate_bits_per_symbol"]
    generalization = texts.generalization(partial(exact_bits, lexicon, training.alphabet))
    rows = []
    for trained, held in zip(of_training, of_held_out, strict=True):
        rows.append(
            {
                "model": point.model,
                "abstraction": point.abstraction,
                "context": "unigram",
                "iteration": point.iteration,
                "level": trained.pop("level"),
                "n_chunks": len(lexicon.chunks),
                "n_variables": len(lexicon.variables),
                "lexicon_bits": lexicon_bits,
                "bits_per_symbol": sent + lexicon_bits / len(training),
                **trained,
                **{f"held_out_{name}": held[name] for name in trained},
                **generalization,
            }
        )
    return rows


def expert_rows(model: Model, hcm: Model, texts: CurveTexts) -> list[dict[str, Any]]:
    """Rows of the predictor by experts: HVM's levels by grains, and HCM's whole.

    Parameters
    ----------
    model, hcm : Model
        As for :func:`curve_points`.
    texts : CurveTexts

    Returns
    -------
    list of dict
        See docs/curve.md for the columns.
    """
    last = len(model.lexicons_) - 1
    whole = getattr(model, "experts_", None) or Experts().fit(texts.training, model.lexicon_)
    numbered = []
    for iteration in iterations_on_the_way(model.lexicons_):
        experts = whole if iteration == last else None
        numbered.append((iteration, whole_row(model.lexicons_[iteration], texts, experts)))
    by_grain = grain_rows(texts, _seed(model), whole.surprisal(texts.held_out))
    numbered += [(last, row) for row in by_grain]
    of_hvm = {"model": "hvm", "abstraction": "grains", "context": "experts"}
    rows = [{**of_hvm, "iteration": iteration, **row} for iteration, row in numbered]
    of_hcm = {"model": "hcm", "abstraction": "none", "context": "experts"}
    row = whole_row(hcm.lexicon_, texts, getattr(hcm, "experts_", None), variables=False)
    return [*rows, {**of_hcm, "iteration": len(hcm.lexicons_) - 1, **row}]


def measure_curve(
    model: Model,
    training: Symbols,
    held_out: Symbols,
    transfer: Sequence[NamedText] = (),
) -> pd.DataFrame:
    """Learn, and measure every lexicon on the way at every level of abstraction.

    Parameters
    ----------
    model : Model
        An unfitted learner with variables: ``HVM()`` or ``HVM.paper()``.
    training : Symbols
    held_out : Symbols
        Of the same kind as ``training``; its symbols are looked up in the alphabet of that.
    transfer : sequence of NamedText
        Likewise, of other kinds.

    Returns
    -------
    pandas.DataFrame
        One row an iteration, choice and level: see docs/curve.md.

    Raises
    ------
    InputError
        A learner without variables, or a text without a symbol.
    """
    import pandas as pd

    if not model.get_params().get("variables"):
        raise InputError("a curve is of a learner with variables: HCM is drawn beside it anyway")
    texts = CurveTexts(training, held_out, transfer)
    if is_for_rows(training) and "context" in model.get_params():
        # What a lexicon costs here is what its units cost one by one, and so it is learned.
        model = type(model)(**{**model.get_params(), "context": "unigram"})
    hcm = without_variables(model).fit(training, trace=True)
    model.fit(training, trace=True)
    rows: list[dict[str, Any]] = []
    for point in curve_points(model, hcm, training):
        rows += point_rows(point, texts, _seed(model))
    if len(model.lexicon_.variables):
        last = CurvePoint("hvm", BY_EDIT, len(model.lexicons_) - 1, model.lexicon_)
        rows += dropped_rows(last, texts, _seed(model))
    return pd.DataFrame(rows + expert_rows(model, hcm, texts))


def write_curve(
    folder: Path,
    table: pd.DataFrame,
    settings: dict[str, Any],
    bound: pd.DataFrame | None = None,
    also: Iterable[str] = (),
) -> None:
    """Write the table, the settings with the version of hvm, the verdict and the figures.

    Parameters
    ----------
    folder : Path
        Is there.
    table : pandas.DataFrame
        Of :func:`measure_curve`.
    settings : dict
        What the table was made with.
    bound : pandas.DataFrame, optional
        The rate-distortion curve of the source, where that is known:
        :func:`hvm.worlds.rate_distortion.source_curve`.
    also : iterable of str
        Suffixes of further formats of the figures.
    """
    from hvm.data.files import write_atomic, write_settings, write_table

    write_table(folder / TABLE, table)
    if bound is not None:
        write_table(folder / BOUND, bound)
    write_settings(folder / SETTINGS, settings)
    write_atomic(folder / VERDICT, verdict(table).encode())
    draw_curve(folder, also)


def draw_curve(folder: Path, also: Iterable[str] = ()) -> None:
    """Draw the figures of a run again, in further formats ``also``, and its page, from its table.

    Raises
    ------
    InputError
        There is no table, or it lacks a column.
    """
    from hvm.show import levels, plots
    from hvm.show.figures import write_figure

    table = read_curve(folder / TABLE)
    bound = _read_table(folder / BOUND) if (folder / BOUND).exists() else None
    figures: dict[str, Callable[[pd.DataFrame], Axes]] = {
        "rate-distortion": partial(plots.rate_distortion, bound=bound),
        "compression-generalization": plots.compression_generalization,
        "bits-iteration": plots.bits_by_iteration,
    }
    for text in levels.measured_by_level(table):
        name = text.replace("_", "-")
        figures[f"levels-{name}"] = partial(levels.level_points, text=text)
        if len(levels.rivals_of(table, f"{text}_bits_per_symbol")):
            figures[f"rivals-{name}"] = partial(levels.rival_points, text=text)
    if "transfer_bits_per_symbol" in table:
        figures["compression-transfer"] = partial(plots.compression_generalization, text="transfer")
    for name, draw in figures.items():
        write_figure(folder / f"{name}.png", draw(table), also)
    write_report(folder, table, verdict(table))


def read_curve(path: Path) -> pd.DataFrame:
    """Read a table that :func:`write_curve` wrote."""
    table = _read_table(path)
    needed = ("model", "abstraction", "iteration", "level", "bits_per_symbol")
    drawn = ("rate_bits_per_symbol", "distortion_most_probable", "distortion_sampled")
    for name in (*needed, *drawn, "held_out_bits_per_symbol"):
        if name not in table:
            raise InputError(f"{path}: is no table of a curve: it has no column {name}")
    if not len(table):
        raise InputError(f"{path}: is no table of a curve: it has no row")
    return table


def _read_table(path: Path) -> pd.DataFrame:
    import pandas as pd

    from hvm.data.files import read_bytes

    data = read_bytes(path)
    try:
        return pd.read_csv(io.BytesIO(data))
    except ValueError as error:
        raise InputError(f"{path}: is no table of a curve: {error}") from None
