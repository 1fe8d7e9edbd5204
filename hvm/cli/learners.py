"""A learner as options ask for it, and the symbols that it is to learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hvm.errors import InputError

if TYPE_CHECKING:
    from hvm.cli.options import Preset
    from hvm.learn.hvm import Model


def learner(preset: Preset, shared: dict[str, Any], further: dict[str, Any], seed: int) -> Model:
    """An unfitted learner; None is an option not given, ``further`` those that the paper lacks."""
    from hvm.learn.hvm import HVM

    if preset == "paper":
        _refuse_with_paper(further)
        return HVM.paper(**_present(shared))
    return HVM(seed=seed, **_present(shared | further))


def _present(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _refuse_with_paper(options: dict[str, Any]) -> None:
    for name in _present(options):
        raise InputError(
            f"--{name.replace('_', '-')} is no option of --preset paper: "
            "the published algorithm has no such choice"
        )
