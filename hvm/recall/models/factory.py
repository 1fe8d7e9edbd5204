"""How a model of trials is made: a class, and the settings that make it this model."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from hvm.errors import InputError

if TYPE_CHECKING:
    from hvm.recall.models.running import TrialModel

Grid = dict[str, tuple[Any, ...]]
"""Values worth trying, by the name of the setting."""


@dataclass(frozen=True)
class Factory:
    """How to make a model: call it with settings.

    Attributes
    ----------
    kind : type
        The class. Its instances answer what :class:`~hvm.recall.models.running.TrialModel` asks;
        a class method ``param_grid`` may offer values worth trying.
    fixed : dict
        Settings that make it this model.
    """

    kind: type
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, **settings: Any) -> TrialModel:
        """Return a model.

        Raises
        ------
        InputError
            A setting has an unknown name or a value that it cannot have.
        """
        unknown = sorted(set(settings) - set(self.defaults()))
        if unknown:
            hint = _closest(unknown[0], self.defaults())
            raise InputError(f"{self.kind.__name__} has no setting {unknown[0]!r:.60}{hint}")
        return cast("TrialModel", self.kind(**{**self.fixed, **settings}))

    def defaults(self) -> dict[str, Any]:
        """Return the settings that a model made without arguments has."""
        return cast("dict[str, Any]", self.kind(**self.fixed).get_params())

    def param_grid(self) -> Grid:
        """Return values worth trying, by the name of the setting."""
        offered = getattr(self.kind, "param_grid", dict)
        return cast(Grid, offered())


def _closest(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(name), list(names), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
