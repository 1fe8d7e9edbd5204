"""Files made smaller and back: ``hvm compress`` and ``hvm decompress``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from hvm.cli.options import AsJson, output_option
from hvm.cli.printing import print_report
from hvm.cli.texts import check_output
from hvm.progress import compile_notice, progress

Code = Literal["mixed", "hvm"]
Mode = Literal["prequential", "two-part"]


def compress(
    data: Annotated[Path, typer.Argument(metavar="INPUT", help="Any file; - is standard input.")],
    output: Annotated[Path, output_option("FILE", "To write.")],
    method: Annotated[
        Code | None,
        typer.Option(help="The smallest file (mixed), or what chunks and variables explain alone."),
    ] = None,
    mode: Annotated[
        Mode, typer.Option(help="Learn from what was coded, or send a lexicon and a parse (hvm).")
    ] = "prequential",
    model: Annotated[
        Path | None, typer.Option(metavar="MODEL", help="Begin with a fitted model.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compress INPUT with the chunks learned from it; the file decodes without anything else."""
    from hvm.code.container import compress as pack
    from hvm.code.container import two_part_bits
    from hvm.data.files import write_atomic
    from hvm.data.sources import read_source
    from hvm.learn.model import Model

    check_output(output, [data, *filter(None, [model])])
    prior = Model.load(model) if model else None
    content = read_source(data)
    method = method or ("mixed" if mode == "prequential" else "hvm")
    with compile_notice(), progress(f"compressing {len(content):,} bytes"):
        packed = pack(content, method, prior, mode)
    write_atomic(output, packed)
    report: dict[str, Any] = {
        "input_bytes": len(content),
        "output_bytes": len(packed),
        "method": method,
        "mode": mode,
        "bits_per_byte": 8 * len(packed) / len(content) if content else None,
    }
    parts = two_part_bits(packed)
    if parts:
        report["lexicon_bits"], report["data_bits"] = parts
    print_report(report, as_json)


def decompress(
    packed: Annotated[Path, typer.Argument(metavar="FILE", help="What compress wrote.")],
    output: Annotated[Path, output_option("OUTPUT", "To write.")],
    model: Annotated[
        Path | None, typer.Option(metavar="MODEL", help="The one that compress was given.")
    ] = None,
    max_bytes: Annotated[int, typer.Option(min=0, help="Refuse a file that unpacks to more.")] = 1
    << 32,
) -> None:
    """Give back the file that compress was given."""
    from hvm.code.container import decompressed_blocks
    from hvm.data.files import write_atomic
    from hvm.data.sources import read_source
    from hvm.learn.model import Model

    check_output(output, [packed, *filter(None, [model])])
    prior = Model.load(model) if model else None
    content = read_source(packed)
    with compile_notice(), progress(f"decompressing {len(content):,} bytes"):
        write_atomic(output, decompressed_blocks(content, packed, prior, max_bytes))
