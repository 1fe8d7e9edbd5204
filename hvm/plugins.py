"""One kind of registry for everything that can be added: rivals, trial models, measures, exports.

A registry holds things of one kind by name. Some are hvm's own, one line each; others are announced
by installed packages (entry points of its group) or registered by a call:

>>> ratios = Registry[float]("ratio", "hvm.ratios", {"pi": "math:pi"})
>>> ratios.register("half", 0.5)
0.5
>>> list(ratios), ratios["pi"]
(['pi', 'half'], 3.141592653589793)
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from importlib import import_module
from typing import Any, Generic, TypeVar, cast

from hvm.errors import InputError

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Things of one kind by name; each is loaded when it is first asked for.

    Parameters
    ----------
    kind : str
        What a message calls one of them.
    group : str
        Entry points of this group are found in installed packages.
    builtin : mapping of str to str, optional
        ``"module:attribute"`` by name: hvm's own, in the order of help and tables.

    Attributes
    ----------
    kind, group : str
    """

    def __init__(self, kind: str, group: str, builtin: Mapping[str, str] | None = None) -> None:
        self.kind, self.group = kind, group
        self._places: dict[str, str] = dict(builtin or {})
        self._things: dict[str, T] = {}

    @cached_property
    def _announced(self) -> dict[str, Callable[[], Any]]:
        """Loaders by name of what installed packages announce."""
        from importlib.metadata import entry_points

        return {point.name: point.load for point in entry_points(group=self.group)}

    def register(self, name: str, thing: T) -> T:
        """Add a thing, or put it in the place of what had its name; return it.

        Raises
        ------
        InputError
            The name is empty, or holds white space, a comma or an equals sign.
        """
        if not name or any(character.isspace() or character in ",=" for character in name):
            raise InputError(f"{name!r:.60} cannot name a {self.kind}: no space, comma or =")
        self._things[name] = thing
        return thing

    def unregister(self, name: str) -> None:
        """Take away what :meth:`register` added."""
        self._things.pop(name, None)

    def named(self, name: str) -> T:
        """Return a thing by its name.

        Raises
        ------
        InputError
            There is none; the message names the closest and all there are.
        """
        if name not in self:
            close = difflib.get_close_matches(str(name), list(self), n=1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            raise InputError(
                f"there is no {self.kind} {name!r:.60}{hint}: choose of {', '.join(self)}"
            )
        return self[name]

    def __getitem__(self, name: str) -> T:
        if name not in self._things:
            if name in self._places:
                module, _, attribute = self._places[name].partition(":")
                self._things[name] = getattr(import_module(module), attribute)
            else:
                self._things[name] = cast(T, self._announced[name]())
        return self._things[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._places, *self._announced, *self._things]))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, name: object) -> bool:
        return name in self._things or name in self._places or name in self._announced
