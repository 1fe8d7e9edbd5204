"""A fit that Ctrl-C ends with what it has, that goes on from a checkpoint or from another model."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from hvm.errors import InputError, OutputError, one_line_path

if TYPE_CHECKING:
    from hvm.learn.hvm import HVM
    from hvm.learn.model import Model
    from hvm.symbols.sequences import Symbols

Report = Callable[[dict[str, float]], object]

STOPPING = "hvm: stopping: the best model so far will be written; Ctrl-C again ends at once\n"


def fit_task(
    model: Model, preset: str, output: Path, checkpoint: Path | None, init: Path | None
) -> Callable[[Symbols, Report], str | None]:
    """Prepare what learns, before any text is read.

    Parameters
    ----------
    model : Model
        To be fitted.
    preset : str
        Which learner it is.
    output : path
        Of the model file.
    checkpoint, init : path, optional
        Of a checkpoint, and of the model whose lexicon is the first.

    Returns
    -------
    callable
        Learns from symbols and reports each row of the history; returns why it ended early, None
        where it did not.

    Raises
    ------
    InputError
        The learner has no such choice.
    OutputError
        The checkpoint would be the model.
    """
    from hvm.learn.hvm import HVM

    if checkpoint is not None and checkpoint.resolve() == output.resolve():
        raise OutputError(f"{one_line_path(output)}: cannot be model and checkpoint at once")
    if isinstance(model, HVM):
        first = None if init is None else model.load(init)
        return partial(_fit_in_steps, model, first, checkpoint)
    for name, path in (("checkpoint", checkpoint), ("init", init)):
        if path is not None:
            raise InputError(f"--{name} is no option of --preset {preset}")
    return partial(_fit_whole, model)


def _fit_in_steps(
    model: HVM, init: Model | None, checkpoint: Path | None, symbols: Symbols, report: Report
) -> str | None:
    from hvm.learn.limits import INTERRUPT, Interrupts
    from hvm.predict.beside import beside

    said = f"\n{STOPPING}" if sys.stderr.isatty() else STOPPING
    with Interrupts(said, ends_at_once=True) as stop:
        fit = partial(model.fit, init=init, checkpoint=checkpoint, stop=stop, report=report)
        # Python handles signals in the main thread, between kernels: there it only waits.
        beside(fit, symbols)()
    if model.stopped_ == INTERRUPT and model.n_iterations_ <= 1:
        raise KeyboardInterrupt  # nothing is learned yet that were worth an older file
    return model.stopped_


def _fit_whole(model: Model, symbols: Symbols, report: Report) -> None:
    model.fit(symbols)


def pass_report(tell: Callable[[str], None]) -> Report:
    """Return what tells of each row of a history: which pass, how many entries, how many bits.

    Parameters
    ----------
    tell : callable
        Takes the words.

    Returns
    -------
    callable
        Takes the rows.

    Examples
    --------
    >>> pass_report(print)({"n_chunks": 1200, "n_variables": 34, "bits_per_symbol": 2.3456})
    pass 1, 1,234 entries, 2.346 bits a symbol
    """
    passes = count(1)

    def report(row: dict[str, float]) -> None:
        entries, bits = int(row["n_chunks"] + row["n_variables"]), row["bits_per_symbol"]
        tell(f"pass {next(passes)}, {entries:,} entries, {bits:.3f} bits a symbol")

    return report
