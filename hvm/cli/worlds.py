"""Symbols of random worlds: ``hvm generate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hvm.cli.options import AsJson, output_option
from hvm.cli.printing import print_report
from hvm.cli.texts import check_output
from hvm.errors import OutputError
from hvm.progress import compile_notice, progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def generate(
    depth: Annotated[int, typer.Option(min=0, help="Chunks and variables to create.")],
    alphabet: Annotated[int, typer.Option(min=2, help="Number of symbols.")],
    p_variable: Annotated[float, typer.Option(min=0, max=1, help="Chance of a variable.")],
    length: Annotated[int, typer.Option(min=1, help="Symbols to write.")],
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random choice.")],
    output: Annotated[Path, output_option("FILE.npy", "Array file to write.")],
    tied_slots: Annotated[
        bool, typer.Option("--tied-slots", help="One filler for all slots of a variable in a unit.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write symbols of a random world of nested chunks and variables, its entropy known."""
    from hvm.worlds.generate import generate as make_world

    check_output(output, [])
    if output.suffix != ".npy":
        raise OutputError(f"{output}: the name of the file must end in .npy")
    with compile_notice(), progress(f"generating {length:,} symbols and their entropy"):
        world = make_world(
            depth=depth,
            alphabet_size=alphabet,
            p_variable=p_variable,
            n_symbols=length,
            seed=seed,
            tied_slots=tied_slots,
        )
    _write_array(output, world.symbols)
    report = {
        "symbols": len(world.symbols),
        "entropy_bits_per_symbol": world.entropy_bits_per_symbol,
        "derivation_entropy_bits_per_symbol": world.derivation_entropy_bits_per_symbol,
        "chunks": len(world.world.lexicon.chunks),
        "variables": len(world.world.lexicon.variables),
    }
    print_report(report, as_json)


def _write_array(path: Path, array: NDArray[np.uint8 | np.int32]) -> None:
    from io import BytesIO

    import numpy as np

    from hvm.data.files import write_atomic

    buffer = BytesIO()
    np.save(buffer, array, allow_pickle=False)
    write_atomic(path, buffer.getvalue())
