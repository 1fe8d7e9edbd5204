"""One study: models run over a table of trials, and everything written that a paper needs.

A study is files (:data:`TABLES`, figures, a report). Figures and report are made from the tables
alone, by :func:`redraw`, so they can be made again without the trials.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hvm.data.download import file_sha256
from hvm.data.files import make_folder, write_atomic
from hvm.errors import InputError, OutputError, one_line_path
from hvm.recall.models.factory import Factory
from hvm.recall.models.registry import make_model, model_factory
from hvm.recall.models.running import COLUMNS as KEY_COLUMNS
from hvm.recall.models.running import sum_trials
from hvm.recall.statistics.checked import (
    PEOPLE,
    PLAIN,
    SURPRISAL_COLUMNS,
    CheckedTrials,
    Surprisals,
    checked_surprisals,
    checked_trials,
)
from hvm.recall.statistics.checks import checks_table
from hvm.recall.statistics.contrasts import reference_of
from hvm.recall.statistics.exclusions import exclusions_table
from hvm.recall.statistics.means import curves_table, means_table
from hvm.recall.statistics.settings import SETTINGS, StatisticsSettings
from hvm.recall.statistics.table import statistics_table
from hvm.recall.study.key_study import remove_key_tables, write_key_tables
from hvm.recall.study.lexicons import Picture, chosen_people, lexicon_pictures
from hvm.recall.study.plausible import require_times
from hvm.recall.study.published import NOTE, read_published
from hvm.recall.study.runs import Run, Runs, language_model_name, transcript_of
from hvm.recall.study.series import statistics_of_series
from hvm.recall.study.tables import (
    CONFIG,
    KEY_TABLES,
    LEXICONS,
    REPORT,
    RUNS,
    TABLES,
    json_bytes,
    read_config,
)
from hvm.recall.task.cells import csv_bytes
from hvm.recall.task.dialect import AS_FOUND, TableOptions
from hvm.recall.task.trials import Participant, Source, Trials, trials_of

if TYPE_CHECKING:
    import pandas as pd

    from hvm.recall.tasks.loading import LoadedTask

Watch = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]
"""Opened with what is going on; what it yields is told how many parts are done, and of how many."""


ROWS_OF_ONE_PROCESS = 10_000
"""Bits of so many trials are counted sooner than further processes have started."""


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
    statistics : StatisticsSettings
    fresh : bool
        Use nothing that an earlier run kept.
    table : TableOptions
        How the table of trials is read.
    figures : sequence of str
        Suffixes of further formats of figures, beside PNG.
    task : LoadedTask, optional
        What the trials were made of, key by key.
    """

    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    language_models: Sequence[str] = ()
    device: str = "auto"
    transcript: str = "letters"
    published: str | os.PathLike[str] | None = None
    participants: Sequence[str] = ()
    statistics: StatisticsSettings = SETTINGS
    fresh: bool = False
    table: TableOptions = AS_FOUND
    figures: Sequence[str] = ()
    task: LoadedTask | None = None


class ModelBits(NamedTuple):
    """What all models of a study gave.

    Attributes
    ----------
    runs : list of Run
        One a model.
    published : pandas.DataFrame, optional
        Of :func:`~hvm.recall.study.published.read_published`.
    """

    runs: list[Run]
    published: pd.DataFrame | None = None

    def by_key(self) -> dict[str, pd.DataFrame]:
        """Bits of every symbol by the name that tables give the model."""
        return {name: table for run in self.runs for name, table in run.series().items()}

    def by_trial(self) -> Surprisals:
        """Bits of every trial, published series last.

        Raises
        ------
        InputError
            Two models have the same name, or one has a name of the statistics.
        """
        import pandas as pd

        parts = [sum_trials(table).assign(model=name) for name, table in self.by_key().items()]
        parts += [] if self.published is None else [self.published]
        return checked_surprisals(pd.concat(parts, ignore_index=True)[list(SURPRISAL_COLUMNS)])


@contextmanager
def _nobody_watches(message: str) -> Iterator[Callable[[int, int], None]]:
    yield lambda done, total: None


def run_study(
    source: Source,
    folder: Path,
    plan: Plan,
    watch: Watch = _nobody_watches,
    tell: Callable[[str], None] = lambda message: None,
) -> pd.DataFrame:
    """Run models over a table of trials and write tables, figures and report.

    Parameters
    ----------
    source : path-like or pandas.DataFrame
        A table of trials; see :mod:`hvm.recall.task.trials`.
    folder : Path
        Made if it is not there. Runs that it holds are used again.
    plan : Plan
    watch : callable, optional
        See :data:`Watch`.
    tell : callable, optional
        Given what was decided when the table was read, before anything runs.

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
        trials = trials_of(source, plan.table)
        require_times(trials, plan.statistics.cuts, _name(source, plan))
        counted = checked_trials(trials)
        published = read_published(plan.published, trials) if plan.published else None
    reference_of(counted.groups, plan.statistics.reference, _name(source, plan))
    people = chosen_people(trials, plan.participants)
    _check(plan, trials, source, folder)
    make_folder(folder)
    tell(f"{_name(source, plan)}: {trials.format}")
    bits = ModelBits(_run_models(plan, trials, folder, watch), published)
    surprisals = bits.by_trial()
    statistics = _statistics(counted, surprisals, plan.statistics, watch)
    _write_by_key(folder, plan, trials, bits, watch)
    with watch("writing tables"):
        write_atomic(folder / "surprisal_keys.csv", _keys_csv(bits.by_key()))
        _write_tables(folder, counted, surprisals, statistics, plan.statistics)
        _write_lexicons(folder, plan, trials, people)
        write_atomic(folder / CONFIG, json_bytes(_config(source, plan, trials, counted, bits)))
    with watch("drawing figures"):
        redraw(folder, plan.figures)
    return statistics


def redraw(folder: Path, also: Iterable[str] = ()) -> None:
    """Make figures, in further formats ``also``, and report again from the tables of a study.

    Raises
    ------
    InputError
        The folder holds no study.
    OutputError
        A file cannot be written.
    """
    from hvm.recall.study.figures import write_figures
    from hvm.recall.study.report import write_report

    read_config(folder)
    write_figures(folder, also)
    write_report(folder)


def _path(source: Source) -> Path | None:
    return Path(source) if isinstance(source, str | os.PathLike) else None


def _name(source: Source, plan: Plan) -> str:
    path = _path(source)
    named = "table" if plan.task is None else plan.task.task.name
    return named if path is None else one_line_path(path)


# -- before anything runs -----------------------------------------------------------------


def _check(plan: Plan, trials: Trials, source: Source, folder: Path) -> None:
    """Whatever would fail later, fails before the first model runs."""
    if not plan.models and not plan.language_models and not plan.published:
        raise InputError("there is no model to run: name some")
    for name, settings in plan.models.items():
        make_model(name, **settings)
        _require_unfixed(name, model_factory(name), settings)
    names = list(plan.models)
    for source in plan.language_models:
        names.append(language_model_name(source))
        if names[-1] in names[:-1] or names[-1] in (PEOPLE, *PLAIN):
            raise InputError(f"--llm {source}: there is a model {names[-1]!r} already")
    if plan.language_models:
        transcript_of(trials, plan.transcript)
    outputs = {
        (folder / name).resolve() for name in (*TABLES, *KEY_TABLES, CONFIG, LEXICONS, REPORT)
    }
    for path in (_path(source), plan.published):
        if path and Path(path).resolve() in outputs:
            raise OutputError(f"{one_line_path(path)}: would be overwritten: name another folder")


def _require_unfixed(name: str, factory: Factory, settings: Mapping[str, Any]) -> None:
    for setting in settings:
        if setting in factory.fixed:
            raise InputError(
                f"{name}.{setting}: is {factory.fixed[setting]}, which makes it {name}: "
                "choose another model"
            )


# -- running ------------------------------------------------------------------------------


def _run_models(plan: Plan, trials: Trials, folder: Path, watch: Watch) -> list[Run]:
    folder_of_runs = Runs(folder / RUNS, trials, plan.fresh)
    runs = []
    for name, settings in plan.models.items():
        with watch(name) as progress:
            runs.append(folder_of_runs.of_model(name, settings, progress))
    for source in plan.language_models:
        with watch(str(source)) as progress:
            transcript = transcript_of(trials, plan.transcript)
            runs.append(folder_of_runs.of_language_model(source, plan.device, transcript, progress))
    return runs


def _statistics(
    trials: CheckedTrials, surprisals: Surprisals, settings: StatisticsSettings, watch: Watch
) -> pd.DataFrame:
    processes = min(os.cpu_count() or 1, 2 * len(trials.blocks))
    n_models = surprisals.table["model"].nunique() + len(PLAIN)
    with watch("statistics") as progress:
        if processes > 1 and len(surprisals.table) > ROWS_OF_ONE_PROCESS:
            return statistics_of_series(trials, surprisals, settings, processes, progress)
        total, done = n_models * len(trials.blocks), -1

        def step(_: str) -> None:
            nonlocal done
            done += 1
            progress(done, total)

        return statistics_table(trials, surprisals, settings=settings, progress=step)


# -- writing --------------------------------------------------------------------------------


def _write_tables(
    folder: Path,
    trials: CheckedTrials,
    surprisals: Surprisals,
    statistics: pd.DataFrame,
    settings: StatisticsSettings,
) -> None:
    tables = {
        "surprisal_trials.csv": surprisals.table.astype({"trial": "int64"}),
        "statistics.csv": statistics,
        "exclusions.csv": exclusions_table(trials, surprisals, settings.cuts),
        "curves.csv": curves_table(trials, surprisals, settings),
        "means.csv": means_table(trials, surprisals, settings),
        "checks.csv": checks_table(trials, settings=settings),
    }
    for name, table in tables.items():
        write_atomic(folder / name, csv_bytes(table))


def _write_by_key(folder: Path, plan: Plan, trials: Trials, bits: ModelBits, watch: Watch) -> None:
    if plan.task is None:
        remove_key_tables(folder)
        return
    settings = plan.statistics
    write_key_tables(folder, plan.task, trials, bits.by_key(), plan.models, settings, watch)


def _keys_csv(keys: Mapping[str, pd.DataFrame]) -> bytes:
    """All models below each other; one at a time, as a long table of many is large."""
    import pandas as pd

    columns = ["model", *KEY_COLUMNS]
    parts = [csv_bytes(pd.DataFrame(columns=columns))]
    for name, table in keys.items():
        parts.append(csv_bytes(table.assign(model=name)[columns], header=False))
    return b"".join(parts)


def _write_lexicons(
    folder: Path, plan: Plan, trials: Trials, people: Sequence[Participant]
) -> None:
    """Of HVM with its settings, or else of HCM; of nobody if neither runs."""
    from hvm.recall.models.hvm import OnlineHVM

    pictures: list[Picture] = []
    name = _drawn_model(plan)
    if name is not None:
        model = make_model(name, **plan.models[name])
        assert isinstance(model, OnlineHVM)
        pictures = list(lexicon_pictures(model, trials, people))
    write_atomic(folder / LEXICONS, json_bytes([picture.as_json() for picture in pictures]))


def _drawn_model(plan: Plan) -> str | None:
    return next((name for name in ("hvm", "hcm") if name in plan.models), None)


def _config(
    source: Source, plan: Plan, trials: Trials, counted: CheckedTrials, bits: ModelBits
) -> dict[str, Any]:
    """All that the study was made from and with; a DataFrame is known by its CSV file."""
    from hvm.version import __version__

    people, path = trials.table.drop_duplicates("participant"), _path(source)
    sizes = trials.table["block"].value_counts()
    settings = plan.statistics._replace(
        reference=str(reference_of(counted.groups, plan.statistics.reference))
    )
    config: dict[str, Any] = {
        "version": __version__,
        "trials": {
            "file": None if path is None else one_line_path(path),
            "sha256": file_sha256(path) if path else hashlib.sha256(trials.csv()).hexdigest(),
            "read_as": trials.format.as_json(),
            "rows": len(trials),
            "participants": people["group"].value_counts().sort_index().to_dict(),
            "blocks": {block: int(sizes[block]) for block in counted.blocks},
            "symbols": list(trials.symbols),
        },
        "models": [run.about for run in bits.runs],
        "statistics": {**settings._asdict(), "cuts": settings.cuts._asdict()},
        "lexicons": {"model": _drawn_model(plan)},
        "published": None,
    }
    if plan.task is not None:
        config["task"] = plan.task.about
    if plan.published and bits.published is not None:
        n_people = bits.published.groupby("model", sort=False)["participant"].nunique()
        config["published"] = {
            "file": one_line_path(plan.published),
            "sha256": file_sha256(Path(plan.published)),
            "participants": n_people.to_dict(),
            "note": NOTE,
        }
    return config
