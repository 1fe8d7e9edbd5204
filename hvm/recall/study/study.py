"""One study: models run over a table of trials, and everything written that a paper needs.

A study is files (:data:`TABLES`, figures, a report). Figures and report are made from the tables
alone, by :func:`redraw`, so they can be made again without the trials.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hvm.data.download import file_sha256
from hvm.data.files import make_folder, read_bytes, write_atomic
from hvm.errors import InputError, OutputError, one_line_path
from hvm.recall.models.factory import Factory
from hvm.recall.models.registry import make_model, model_factory
from hvm.recall.models.running import sum_trials
from hvm.recall.statistics.rows import PLAIN, SURPRISAL_COLUMNS, check_trials
from hvm.recall.statistics.table import SETTINGS, Settings, exclusions_table, statistics_table
from hvm.recall.study.lexicons import Picture, chosen_people, lexicon_pictures
from hvm.recall.study.published import NOTE, read_published
from hvm.recall.study.runs import Run, Runs, language_model_name, transcript_of
from hvm.recall.task.trials import Trials, read_trials

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

TABLES = (
    "surprisal_keys.csv",
    "surprisal_trials.csv",
    "statistics.csv",
    "exclusions.csv",
    "curves.csv",
    "means.csv",
)
CONFIG, LEXICONS, REPORT = "config.json", "lexicons.json", "report.html"
RUNS, FIGURES = "runs", "figures"
_IS_OURS = re.compile(r"(scatter|gains|lexicon-\d+)-(train|transfer)\.png").fullmatch
_NUMBERS = {"value", "low", "high", "n", "n_participants", "trial", "recall_time_ms"}
_NUMBERS |= {"surprisal_bits", "n_excluded", "n_trials", "share"}

Watch = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]
"""Opened with what is going on; what it yields is told how many parts are done, and of how many."""


@dataclass(frozen=True)
class Plan:
    """What is to be run and compared.

    Attributes
    ----------
    models : mapping of str to dict
        Models of trials, each with its settings; see :data:`~hvm.recall.models.registry.MODELS`.
    language_models : sequence of str
        As for :func:`~hvm.language.models.load_language_model`.
    device, transcript : str
        Where language models run, and how they read trials (``letters`` or ``digits``).
    published : path, optional
        Series that others published.
    participants : sequence of str
        Whose lexicons are drawn; the default is the first of each group.
    statistics : Settings
    fresh : bool
        Use nothing that an earlier run kept.
    """

    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    language_models: Sequence[str] = ()
    device: str = "auto"
    transcript: str = "letters"
    published: str | os.PathLike | None = None
    participants: Sequence[str] = ()
    statistics: Settings = SETTINGS
    fresh: bool = False


class _Found(NamedTuple):
    """What the models said."""

    runs: list[Run]
    keys: dict[str, pd.DataFrame]
    published: pd.DataFrame | None

    def by_trial(self) -> pd.DataFrame:
        import pandas as pd

        parts = [sum_trials(table).assign(model=name) for name, table in self.keys.items()]
        parts += [] if self.published is None else [self.published]
        return pd.concat(parts, ignore_index=True)[list(SURPRISAL_COLUMNS)]


@contextmanager
def _nobody_watches(message: str) -> Iterator[Callable[[int, int], None]]:
    yield lambda done, total: None


def run_study(
    path: str | os.PathLike, folder: Path, plan: Plan, watch: Watch = _nobody_watches
) -> pd.DataFrame:
    """Run models over a table of trials and write tables, figures and report.

    Parameters
    ----------
    path : path-like
        A table of trials; see :mod:`hvm.recall.task.trials`.
    folder : Path
        Made if it is not there. Runs that it holds are used again.
    plan : Plan
    watch : callable, optional
        See :data:`Watch`.

    Returns
    -------
    pandas.DataFrame
        What :func:`~hvm.recall.statistics.table.statistics_table` returned.

    Raises
    ------
    InputError
        The trials, a model, a setting or the published series cannot be used.
    OutputError
        A file cannot be written.
    """
    with watch("reading trials"):
        trials = read_trials(path)
        table = check_trials(_with_plain_sequences(trials))
        published = read_published(plan.published, trials) if plan.published else None
    people = chosen_people(trials, plan.participants)
    _check(plan, trials, path, folder)
    make_folder(folder)
    found = _run_models(plan, trials, folder, published, watch)
    bits = found.by_trial()
    statistics = _statistics(table, bits, plan.statistics, watch)
    with watch("writing tables"):
        _write_tables(folder, table, found, bits, statistics, plan.statistics)
        _write_lexicons(folder, plan, trials, people)
        config = _config(path, plan, trials, found)
        write_atomic(folder / CONFIG, (json.dumps(config, indent=1) + "\n").encode())
    with watch("drawing figures"):
        redraw(folder)
    return statistics


def redraw(folder: Path) -> None:
    """Make figures and report again from the tables of a study.

    Raises
    ------
    InputError
        The folder holds no study.
    OutputError
        A file cannot be written.
    """
    from hvm.recall.study.report import write_report
    from hvm.show.figures import figure_bytes

    read_config(folder)
    make_folder(folder / FIGURES)
    drawn = set()
    for name, axes in draw_figures(folder):
        write_atomic(folder / FIGURES / f"{name}.png", figure_bytes(axes, ".png"))
        drawn.add(f"{name}.png")
    for old in (folder / FIGURES).glob("*-*.png"):  # of a study before this one in the same folder
        if _IS_OURS(old.name) and old.name not in drawn:
            old.unlink(missing_ok=True)
    write_report(folder)


def draw_figures(folder: Path) -> Iterator[tuple[str, Axes]]:
    """Draw each figure of a study from its tables; yields its name and one of its axes."""
    from hvm.recall.study import plots

    statistics, means = read_table(folder, "statistics.csv"), read_table(folder, "means.csv")
    yield "learning-curves", plots.learning_curves(read_table(folder, "curves.csv"))[0]
    yield "transfer-difference", plots.group_differences(statistics)[0]
    for block in statistics["block"].unique():
        if len(means):
            yield f"scatter-{block}", plots.agreements(means, statistics, block)[0]
        yield f"gains-{block}", plots.gains_over_baselines(statistics, block)[0]
    for name, title, picture in named_pictures(folder):
        yield name, plots.lexicon_graph(picture.graph, title)


def named_pictures(folder: Path) -> Iterator[tuple[str, str, Picture]]:
    """The lexicons of a study, each with the name of its figure and a title."""
    pictures = [Picture.from_json(held) for held in _read_json(folder / LEXICONS)]
    people = list(dict.fromkeys(picture.participant for picture in pictures))
    after = {"train": "training", "transfer": "transfer"}
    for picture in pictures:
        number = people.index(picture.participant) + 1
        title = f"participant {picture.participant} ({picture.group}) after {after[picture.block]}"
        yield f"lexicon-{number}-{picture.block}", title, picture


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """Read a table of a study; texts stay texts, and an empty one is ''.

    Raises
    ------
    InputError
        It is not there, or not a table.
    """
    import pandas as pd

    try:
        data = read_bytes(folder / name)
        table = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
        for column in _NUMBERS & set(table.columns):
            table[column] = pd.to_numeric(table[column].replace("", None)).astype(float)
    except ValueError as error:
        raise InputError(f"{one_line_path(folder / name)}: is no table: {error}") from None
    for column in _columns_of(name):
        if column not in table:
            raise InputError(f"{one_line_path(folder / name)}: there is no column {column!r}")
    return table


def _columns_of(name: str) -> Sequence[str]:
    """What a table that is read must have."""
    from hvm.recall.statistics import means
    from hvm.recall.statistics import table as statistics

    return {
        "statistics.csv": statistics.COLUMNS,
        "curves.csv": means.CURVE_COLUMNS,
        "means.csv": means.MEAN_COLUMNS,
        "exclusions.csv": statistics.EXCLUSION_COLUMNS,
    }.get(name, ())


def read_config(folder: Path) -> dict[str, Any]:
    """Read the settings of a study."""
    return _read_json(folder / CONFIG)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(read_bytes(path))
    except ValueError:
        raise InputError(f"{one_line_path(path)}: is damaged: it is not JSON") from None


# -- before anything runs -----------------------------------------------------------------


def _with_plain_sequences(trials: Trials) -> pd.DataFrame:
    """The table; where symbols are separated, by single spaces, as statistics count them."""
    lengths = trials.starts[1:] - trials.starts[:-1]
    if trials.table["sequence"].str.len().tolist() == lengths.tolist():
        return trials.table
    names = trials.symbols
    plain = [" ".join(names[code] for code in trials.sequence(row)) for row in range(len(trials))]
    return trials.table.assign(sequence=plain)


def _check(plan: Plan, trials: Trials, path: str | os.PathLike, folder: Path) -> None:
    """Whatever would fail later, fails before the first model runs."""
    if not plan.models and not plan.language_models and not plan.published:
        raise InputError("there is no model to run: name some")
    for name, settings in plan.models.items():
        make_model(name, **settings)
        _require_its_own(name, model_factory(name), settings)
    names = list(plan.models)
    for source in plan.language_models:
        names.append(language_model_name(source))
        if names[-1] in names[:-1] or names[-1] in ("people", *PLAIN):
            raise InputError(f"--llm {source}: there is a model {names[-1]!r} already")
    if plan.language_models:
        transcript_of(trials, plan.transcript)
    outputs = {(folder / name).resolve() for name in (*TABLES, CONFIG, LEXICONS, REPORT)}
    for given in (path, plan.published):
        if given and Path(given).resolve() in outputs:
            raise OutputError(f"{one_line_path(given)}: would be overwritten: name another folder")


def _require_its_own(name: str, factory: Factory, settings: Mapping[str, Any]) -> None:
    for setting in settings:
        if setting in factory.fixed:
            raise InputError(
                f"{name}.{setting}: is {factory.fixed[setting]}, which makes it {name}: "
                "choose another model"
            )


# -- running ------------------------------------------------------------------------------


def _run_models(
    plan: Plan, trials: Trials, folder: Path, published: pd.DataFrame | None, watch: Watch
) -> _Found:
    runs = Runs(folder / RUNS, trials, plan.fresh)
    made = []
    for name, settings in plan.models.items():
        with watch(name) as progress:
            made.append(runs.of_model(name, settings, progress))
    for source in plan.language_models:
        with watch(str(source)) as progress:
            transcript = transcript_of(trials, plan.transcript)
            made.append(runs.of_language_model(source, plan.device, transcript, progress))
    keys = {name: table for run in made for name, table in run.series().items()}
    return _Found(made, keys, published)


def _statistics(
    table: pd.DataFrame, bits: pd.DataFrame, settings: Settings, watch: Watch
) -> pd.DataFrame:
    n_models = bits["model"].nunique() + len(PLAIN)
    total, done = n_models * table["block"].nunique(), -1
    with watch("statistics") as progress:

        def step(_: str) -> None:
            nonlocal done
            done += 1
            progress(done, total)

        return statistics_table(table, bits, settings=settings, progress=step)


# -- writing --------------------------------------------------------------------------------


def _write_tables(
    folder: Path,
    trials: pd.DataFrame,
    found: _Found,
    bits: pd.DataFrame,
    statistics: pd.DataFrame,
    settings: Settings,
) -> None:
    from hvm.recall.statistics.means import curves_table, means_table

    write_atomic(folder / "surprisal_keys.csv", _keys_csv(found.keys))
    tables = {
        "surprisal_trials.csv": bits,
        "statistics.csv": statistics,
        "exclusions.csv": exclusions_table(trials, bits, settings.cuts),
        "curves.csv": curves_table(trials, bits, settings),
        "means.csv": means_table(trials, bits, settings),
    }
    for name, table in tables.items():
        write_atomic(folder / name, _csv(table))


def _keys_csv(keys: Mapping[str, pd.DataFrame]) -> bytes:
    """All models below each other; one at a time, as a long table of many is large."""
    import pandas as pd

    from hvm.recall.models.running import COLUMNS

    parts = [_csv(pd.DataFrame(columns=["model", *COLUMNS]))]
    for name, table in keys.items():
        table = table.assign(model=name)[["model", *COLUMNS]]
        parts.append(table.to_csv(index=False, header=False, lineterminator="\n").encode())
    return b"".join(parts)


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n").encode()


def _write_lexicons(folder: Path, plan: Plan, trials: Trials, people: Sequence[Any]) -> None:
    """Of HVM with its settings, or else of HCM; of nobody if neither runs."""
    from hvm.recall.models.hvm import OnlineHVM

    pictures: list[Picture] = []
    name = _drawn_model(plan)
    if name is not None:
        model = make_model(name, **plan.models[name])
        assert isinstance(model, OnlineHVM)
        pictures = list(lexicon_pictures(model, trials, people))
    held = [picture.as_json() for picture in pictures]
    write_atomic(folder / LEXICONS, (json.dumps(held, indent=1) + "\n").encode())


def _drawn_model(plan: Plan) -> str | None:
    return next((name for name in ("hvm", "hcm") if name in plan.models), None)


def _config(path: str | os.PathLike, plan: Plan, trials: Trials, found: _Found) -> dict[str, Any]:
    """All that the study was made from and with."""
    from hvm.version import __version__

    people = trials.table.drop_duplicates("participant")
    config: dict[str, Any] = {
        "version": __version__,
        "trials": {
            "file": one_line_path(path),
            "sha256": file_sha256(Path(path)),
            "rows": len(trials),
            "participants": people["group"].value_counts().sort_index().to_dict(),
            "blocks": trials.table["block"].value_counts().sort_index().to_dict(),
            "symbols": list(trials.symbols),
        },
        "models": [run.about for run in found.runs],
        "statistics": {**plan.statistics._asdict(), "cuts": plan.statistics.cuts._asdict()},
        "lexicons": {"model": _drawn_model(plan)},
        "published": None,
    }
    if plan.published and found.published is not None:
        config["published"] = {
            "file": one_line_path(plan.published),
            "sha256": file_sha256(Path(plan.published)),
            "participants": found.published.groupby("model", sort=False)["participant"]
            .nunique()
            .to_dict(),
            "note": NOTE,
        }
    return config
