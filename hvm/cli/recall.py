"""The part of the command line that sets models beside people: ``hvm recall``."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hvm.cli.options import AlsoAs, AsJson, Seed, output_option, suffixes
from hvm.cli.printing import print_json
from hvm.cli.recall_tables import print_by_key, print_statistics
from hvm.errors import InputError, one_line_path
from hvm.progress import bar, compile_notice

if TYPE_CHECKING:
    import pandas as pd

    from hvm.recall.statistics.rows import Cuts
    from hvm.recall.study.study import Plan

Transcript = Literal["letters", "digits"]

_NO_TRIALS = (
    "recall needs TRIALS: a table of your own, or that of the published people: `hvm data fetch "
    "recall` prints where it is (in Python, hvm.data.load_recall() returns it); --redraw needs none"
)
_CUT = "The {} time that counts; with --task, of an event."


def recall(
    output: Annotated[Path, output_option("DIR", "For tables, figures, report.")],
    trials: Annotated[
        Path | None,
        typer.Argument(metavar="TRIALS", help="Table of trials, CSV; with --task, its files."),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Published files of another task: {tasks}."),
    ] = None,
    models: Annotated[
        str | None, typer.Option(help="Of {models}, with commas, or ''; without, all.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="MODEL.NAME=VALUE", help="A setting; repeatable."),
    ] = None,
    llm: Annotated[
        list[str] | None,
        typer.Option(metavar="MODEL", help="A language model: name, folder or GGUF; repeatable."),
    ] = None,
    device: Annotated[
        str, typer.Option(help="Where language models run: auto, cpu, cuda or cuda:N.")
    ] = "auto",
    transcript: Annotated[
        Transcript, typer.Option(help="How language models read keys: a b c, or 123.")
    ] = "letters",
    published: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Published series: CSV with nll_nats.")
    ] = None,
    participant: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Whose lexicon to draw; repeatable.",
            show_default="the first of each group",
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=SOURCE", help="participant=subject; repeatable."),
    ] = None,
    decimal: Annotated[
        str | None,
        typer.Option(metavar="SIGN", help=". or ,", show_default="what numbers hold"),
    ] = None,
    separator: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="Between symbols; none: one symbol a character.",
            show_default="what sequences hold",
        ),
    ] = None,
    time_unit: Annotated[
        Literal["ms", "s"], typer.Option(help="Of recall_time_ms: ms or s.")
    ] = "ms",
    encoding: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of the table.", show_default="UTF-8 or UTF-16"),
    ] = None,
    delimiter: Annotated[
        str | None,
        typer.Option(metavar="SIGN", help="Between cells.", show_default=", ; or tab"),
    ] = None,
    shortest_ms: Annotated[
        float | None,
        typer.Option(min=0, help=_CUT.format("shortest"), show_default="500, or the task's"),
    ] = None,
    longest_ms: Annotated[
        float | None,
        typer.Option(min=0, help=_CUT.format("longest"), show_default="20,000, or the task's"),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(
            metavar="GROUP",
            help="The group that others are compared with.",
            show_default="the last by name",
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option(min=1, help="Bootstrap samples of people, and splits into halves.")
    ] = 2000,
    folds: Annotated[int, typer.Option(min=2, help="Folds of people.")] = 10,
    seed: Seed = 0,
    is_thorough: Annotated[
        bool,
        typer.Option("--thorough", help="20 deals of folds; what a flexible learner reaches."),
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Run every model again, whatever DIR keeps.")
    ] = False,
    is_redraw: Annotated[
        bool, typer.Option("--redraw", help="Only make figures and report again, from DIR.")
    ] = False,
    figures: AlsoAs = None,
    as_json: AsJson = False,
) -> None:
    """People's recall beside models' surprisal: statistics, figures and a report.

    DIR keeps runs by model: one more runs alone, and an interrupted one goes on.
    """
    from hvm.recall.statistics.settings import StatisticsSettings
    from hvm.recall.study import study
    from hvm.recall.study.tables import REPORT, read_table
    from hvm.recall.task.dialect import TableOptions

    if is_redraw:
        _require_nothing_new(trials, task, reference)
        with bar("drawing figures"):
            study.redraw(output, suffixes(figures))
        rows = read_table(output, "statistics.csv")
    elif trials is None:
        raise InputError(_NO_TRIALS)
    else:
        cuts = shortest_ms, longest_ms
        statistics = StatisticsSettings(_cuts(*cuts), draws, draws, folds, seed, reference)
        plan = study.Plan(
            models=_settings(_names(models), settings or []),
            language_models=tuple(llm or ()),
            device=device,
            transcript=transcript,
            published=published,
            participants=tuple(participant or ()),
            statistics=statistics.thorough if is_thorough else statistics,
            fresh=fresh,
            figures=suffixes(figures),
            table=TableOptions(
                _renamed(column or []), decimal, separator, time_unit, encoding, delimiter
            ),
        )
        source, plan = _source(task, trials, output, plan, cuts)
        with compile_notice():
            rows = study.run_study(source, output, plan, bar, _tell)
    if as_json:
        print_json(_report(output, rows))
    else:
        print_statistics(rows)
        by_key = _by_key(output)
        if by_key is not None:
            print_by_key(by_key)
        print(output / REPORT)


def _require_nothing_new(trials: Path | None, task: str | None, reference: str | None) -> None:
    if trials is not None or task is not None:
        raise InputError("--redraw works from the files in DIR: it takes no TRIALS and no --task")
    if reference is not None:
        raise InputError("--redraw compares as DIR was made: give TRIALS and --reference again")


def _cuts(shortest_ms: float | None, longest_ms: float | None) -> Cuts:
    from hvm.recall.statistics.rows import CUTS

    named = {"shortest_ms": shortest_ms, "longest_ms": longest_ms}
    return CUTS._replace(**{name: each for name, each in named.items() if each is not None})


def _source(
    name: str | None, path: Path, output: Path, plan: Plan, cuts: tuple[float | None, float | None]
) -> tuple[Path | pd.DataFrame, Plan]:
    """The table of trials; of a task, made of its files, and the plan with its keys and cuts."""
    from hvm.recall.task.dialect import AS_FOUND
    from hvm.recall.tasks.loading import load_task, require_outside
    from hvm.recall.tasks.registry import TASKS

    if name is None and path.is_dir():
        named = ", ".join(TASKS)
        raise InputError(f"{one_line_path(path)}: is a folder: say --task, one of {named}")
    if name is None:
        return path, plan
    if plan.table._replace(columns={}) != AS_FOUND:
        raise InputError(
            "--task reads files as they are published: of table options, --column only"
        )
    require_outside(output, path)
    with bar("reading files"):
        loaded = load_task(name, path, plan.table.columns, *cuts)
    for line in loaded.lines():
        _tell(line)
    statistics = plan.statistics._replace(cuts=loaded.trial_cuts)
    plan = replace(plan, task=loaded, table=AS_FOUND, statistics=statistics)
    return loaded.tables.trials, plan


def _tell(message: str) -> None:
    print(f"hvm: {message}", file=sys.stderr)


def _renamed(texts: Iterable[str]) -> dict[str, str]:
    """Sources of columns, of texts such as ``participant=subject``."""
    renamed: dict[str, str] = {}
    for text in texts:
        name, equals, source = text.partition("=")
        if not (equals and name.strip() and source.strip()):
            raise InputError(f"--column {text!r:.60}: is not like participant=subject")
        if renamed.setdefault(name.strip(), source.strip()) != source.strip():
            raise InputError(f"--column {text!r:.60}: {name.strip()} is {renamed[name.strip()]!r}")
    return renamed


def _names(text: str | None) -> list[str]:
    """Names of models, all of them without a text."""
    from hvm.recall.models.registry import MODELS, make_model

    if text is None:
        return list(MODELS)
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        make_model(name)
    return names


def _settings(names: Iterable[str], texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Settings of each model, of texts such as ``hvm.theta=0.999``."""
    settings: dict[str, dict[str, Any]] = {name: {} for name in names}
    for text in texts:
        place, equals, value = text.partition("=")
        model, dot, name = place.strip().partition(".")
        if not (equals and dot and name):
            raise InputError(f"--set {text!r:.60}: is not like hvm.theta=0.999")
        if model not in settings:
            close = difflib.get_close_matches(model, settings, n=1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            raise InputError(f"--set {text!r:.60}: {model!r:.40} is not among --models{hint}")
        settings[model][name] = _value(value.strip())
    return settings


def _value(text: str) -> Any:
    """A number, true, false or null, as JSON writes them; anything else is text."""
    try:
        return json.loads(text.lower() if text in ("True", "False", "None") else text)
    except ValueError:
        return None if text == "None" else text


def _report(folder: Path, rows: pd.DataFrame) -> dict[str, Any]:
    from hvm.recall.study import tables

    by_key = _by_key(folder)
    tables_there = (*tables.TABLES, *(tables.KEY_TABLES if by_key is not None else ()))
    figures = sorted(path for path in (folder / tables.FIGURES).glob("*.png"))
    return {
        "rows": _records(rows),
        **({} if by_key is None else {"key_rows": _records(by_key)}),
        "report": str(folder / tables.REPORT),
        "config": str(folder / tables.CONFIG),
        "tables": [str(folder / name) for name in tables_there],
        "figures": [str(path) for path in figures],
    }


def _records(table: pd.DataFrame) -> Any:
    return json.loads(table.to_json(orient="records", double_precision=15))


def _by_key(folder: Path) -> pd.DataFrame | None:
    """Statistics by key; None of a study without keys."""
    from hvm.recall.study.tables import KEY_STATISTICS, read_table

    return read_table(folder, KEY_STATISTICS) if (folder / KEY_STATISTICS).is_file() else None
