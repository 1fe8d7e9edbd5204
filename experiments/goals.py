"""What an experiment was to reach, and whether it did: lines of a summary."""

from __future__ import annotations

from typing import NamedTuple


class Goal(NamedTuple):
    """A line of a summary; a miss is reported like a hit."""

    what: str
    value: str
    to_reach: str
    reached: str


def at_least(what: str, value: float, bound: float, style: str = ".4g") -> Goal:
    return Goal(what, format(value, style), f"at least {bound:g}", yes_or_no(value >= bound))


def at_most(what: str, value: float, bound: float, style: str = ".3g") -> Goal:
    return Goal(what, format(value, style), f"at most {bound:g}", yes_or_no(value <= bound))


def equal(what: str, value: float, published: float, digits: int) -> Goal:
    """A published value, to so many digits."""
    texts = (f"{number:.{digits}f}" for number in (value, published))
    return Goal(what, *texts, yes_or_no(round(value, digits) == published))


def share_of(what: str, count: int, n: int, share: float) -> Goal:
    """At least a share of so many cases."""
    return Goal(what, f"{count} of {n}", f"{share:.0%}", yes_or_no(count >= share * n))


def note(what: str, value: str) -> Goal:
    """A value beside which nothing was to be reached."""
    return Goal(what, value, "-", "-")


def yes_or_no(is_reached: bool) -> str:
    return "yes" if is_reached else "no"
