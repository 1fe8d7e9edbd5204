"""The command line as a whole: its commands, and what becomes of errors and interrupts.

Results go to stdout, everything else to stderr; an error is one line and exit status 2.
"""

from __future__ import annotations

import errno
import io
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, TextIO

import typer

from hvm.cli import (
    code,
    compare,
    curve,
    data,
    demo,
    fit,
    foretell,
    pairs,
    recall,
    segment,
    show,
    warm,
    worlds,
)
from hvm.cli.examples import examples_text
from hvm.cli.options import Command
from hvm.cli.printing import Interrupted
from hvm.errors import HvmError, HvmWarning
from hvm.version import __version__

EXIT_ERROR = 2
EXIT_INTERRUPTED = 130

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Learn chunks and variables from sequences, and count every bit honestly.",
    epilog="hvm COMMAND --help has options and examples. hvm --install-completion lets the Tab key "
    "of bash, zsh, fish and PowerShell complete commands and options.",
)
GROUPS: dict[str, tuple[Callable[..., None], ...]] = {
    "Learn a model, look at it": (fit.fit, show.show, show.graph, fit.parse, show.tokenizer),
    "What a model foretells": (
        foretell.surprisal,
        fit.score,
        foretell.sample,
        pairs.pairs,
        segment.segment,
    ),
    "Compression": (code.compress, code.decompress, compare.compare, curve.curve),
    "People, data, this machine": (recall.recall, worlds.generate, demo.demo, warm.warm),
}
"""Commands in the order of use; data follow."""
for group, commands in GROUPS.items():
    for command in commands:
        name = command.__name__
        app.command(cls=Command, rich_help_panel=group, epilog=examples_text(name))(command)
app.add_typer(data.app, rich_help_panel=group)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit status; never lets an exception through.

    Parameters
    ----------
    arguments : list of str
        The command line without the program's name.

    Returns
    -------
    int
        0, 2 after an error (one line on stderr), 130 after an interrupt. A defect of hvm itself
        is status 1; its traceback shows where the environment holds ``HVM_DEBUG``.
    """
    _never_fail_to_print()
    try:
        with _warnings_in_one_line():
            status = _run(arguments or ["--help"])
    except (KeyboardInterrupt, typer.Abort):
        status = EXIT_INTERRUPTED
    except Interrupted as error:
        print(f"hvm: interrupted: {error}", file=sys.stderr)
        return EXIT_INTERRUPTED
    except (BrokenPipeError, SystemExit):  # the reader of our output left, as `head` does
        _drop_stdout()
        return 0
    except OSError as error:
        _drop_stdout()
        return _fail(f"{error.filename or 'standard output'}: {error.strerror}")
    except Exception as error:
        if _was_interrupt(error):
            status = EXIT_INTERRUPTED
        elif os.environ.get("HVM_DEBUG"):
            raise
        else:
            return _fail(f"this is a defect of hvm: {type(error).__name__}: {error}", status=1)
    if status == EXIT_INTERRUPTED:
        print("hvm: interrupted", file=sys.stderr)
    return status


def _run(arguments: list[str]) -> int:
    try:
        status: int | None = app(arguments, prog_name="hvm", standalone_mode=False)
        sys.stdout.flush()
        return status or 0
    except HvmError as error:
        return _fail(str(error))
    except typer.TyperException as error:
        return _fail(error.format_message())
    except MemoryError:
        return _fail("out of memory: give less text, a shorter --length, or fewer --max-entries")


def _was_interrupt(error: BaseException) -> bool:
    """Whether Ctrl-C is at the bottom of it: within a kernel it becomes a SystemError, or two."""
    while error.__cause__ is not None:
        error = error.__cause__
    return isinstance(error, KeyboardInterrupt)


def _never_fail_to_print() -> None:
    """Write what a terminal's encoding lacks as an escape rather than fail; closed streams too."""
    if sys.stdout is None:
        sys.stdout = _ClosedOutput()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 for the whole program
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


class _ClosedOutput(io.StringIO):
    """Standard output that was closed: printing there is an error, not printing is none."""

    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, "is closed: nothing can be printed")


def _drop_stdout() -> None:
    """Let what is still to be printed go nowhere, so that the end of the program cannot fail."""
    if not isinstance(sys.stdout, _ClosedOutput):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _warnings_in_one_line() -> Iterator[None]:
    """Print each warning of hvm once, as one line; those of others as Python does."""
    said: set[str] = set()
    with warnings.catch_warnings():
        warnings.simplefilter("always", HvmWarning)
        print_as_python_does = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if not issubclass(category, HvmWarning):
                print_as_python_does(message, category, filename, lineno, file, line)
            elif str(message) not in said:
                said.add(str(message))
                print("hvm: warning:", " ".join(str(message).splitlines()), file=sys.stderr)

        warnings.showwarning = show
        yield


def _fail(message: str, status: int = EXIT_ERROR) -> int:
    print("hvm: error:", " ".join(message.splitlines()), file=sys.stderr)
    return status


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"hvm {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print it."),
    ] = False,
) -> None:
    """Learn chunks and variables from sequences, and count every bit honestly."""
