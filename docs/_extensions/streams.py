"""What a command of a notebook prints comes in pieces that end anywhere: lines stay whole on pages.

``myst_nb`` puts the pieces of a stream together line by line, as if each ended one.
"""

from __future__ import annotations

from typing import Any

from myst_nb.core import render

_put_together = render.coalesce_streams


def whole_streams(outputs: list[Any]) -> list[Any]:
    """Outputs of a cell, the pieces of each stream one."""
    firsts: dict[str, Any] = {}
    others = []
    for output in outputs:
        if output["output_type"] == "stream" and output["name"] in firsts:
            firsts[output["name"]]["text"] += output["text"]
            continue
        others.append(output)
        if output["output_type"] == "stream":
            firsts[output["name"]] = output
    return list(_put_together(others))


def setup(app: Any) -> dict[str, bool]:
    """Let pages be made so."""
    render.coalesce_streams = whole_streams
    return {"parallel_read_safe": True}
