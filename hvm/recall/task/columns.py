"""Names of columns: what other programs call those of the schema, and what a user may have meant.

Nothing is renamed unless the user says so: a message proposes the options that would do it.
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Mapping, Sequence

from hvm.errors import InputError
from hvm.recall.task.schema import COLUMNS

_SYNONYMS = {
    "participant": "subject subj sub subject_id subject_nr subject_number subj_id sub_id id pid "
    "ppt ppn pp vp participant_id participant_number participants person person_id player "
    "worker worker_id prolific_id prolific_pid sona_id user user_id respondent proband vpn",
    "group": "condition cond grp group_name group_id condition_id arm treatment gruppe bedingung "
    "between experimental_condition exp_condition",
    "block": "phase part stage section block_name block_type block_id session_part",
    "trial": "trial_number trial_num trial_no trial_nr trial_index trial_id trialnum trialnr "
    "trial_n trials trial_count durchgang",
    "sequence": "seq sequences stimulus stimuli stim symbols keys shown presented instruction "
    "target target_sequence stimulus_sequence shown_sequence items sequenz",
    "recall_time_ms": "rt reaction_time response_time recall_time time_ms rt_ms rts latency "
    "latency_ms response_time_ms reaction_time_ms recall_rt duration duration_ms time resp_rt "
    "key_resp_rt time_collect recall_duration recall_duration_ms recalltime",
    "accuracy": "acc correct is_correct prop_correct proportion_correct pc score p_correct "
    "share_correct percent_correct corr key_resp_corr recall_accuracy",
}
_RANKED = {
    name: (column, rank)
    for column, names in _SYNONYMS.items()
    for rank, name in enumerate([column, *names.split()])
}
_SECONDS = re.compile(r"_(?:s|sec|secs|second|seconds)$")
_CLOSE = 0.75
"""How alike a name must be to be proposed that no synonym names: one slip in a short word."""


def schema_column(name: str) -> str | None:
    """The column of the schema that this name says, by itself or as a synonym.

    >>> schema_column("Subject ID"), schema_column("RT (ms)"), schema_column("age")
    ('participant', 'recall_time_ms', None)
    """
    return _meaning(name)[0]


def _meaning(name: str) -> tuple[str | None, int]:
    """The column that a name says, and how many names say it better."""
    plain = _plain(name)
    return _RANKED.get(plain) or _RANKED.get(_SECONDS.sub("", plain)) or (None, 0)


def _plain(name: str) -> str:
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^a-z0-9]+", "_", split.lower()).strip("_")


def find_columns(
    names: list[str], name: str, renamed: Mapping[str, str], is_frame: bool = False
) -> dict[str, int]:
    """The place of each column of the schema; none may be missing or there twice.

    Parameters
    ----------
    names : list of str
        Of the table's columns.
    name : str
        What messages call the table.
    renamed : mapping of str to str
        Columns of the schema by the name that they have here.
    is_frame : bool
        Propose arguments of a function rather than options of a command.

    Returns
    -------
    dict of str to int

    Raises
    ------
    InputError
        A column is missing; the message says which options would find it.
    """
    _check_renamed(names, name, renamed)
    sources = {column: renamed.get(column, column) for column in COLUMNS}
    twice = [each for each in dict.fromkeys(names) if names.count(each) > 1]
    if twice:
        raise InputError(f"{name}: has more than one column {twice[0]!r:.60}")
    missing = [column for column, source in sources.items() if source not in names]
    if missing:
        raise InputError(f"{name}: {_missing(missing, names, sources, is_frame)}")
    return {column: names.index(source) for column, source in sources.items()}


def _check_renamed(names: Sequence[str], name: str, renamed: Mapping[str, str]) -> None:
    for column, source in renamed.items():
        option = f"{name}: --column {column}={source}"
        if column not in COLUMNS:
            raise InputError(f"{option}: {column!r:.40} is none of {', '.join(COLUMNS)}")
        if source not in names:
            close = difflib.get_close_matches(source, names, n=1)
            there = f"did you mean {close[0]!r:.60}?" if close else f"there are {_listed(names)}"
            raise InputError(f"{option}: the table has no column {source!r:.60}: {there}")
        if source != column and column in names:
            raise InputError(f"{option}: the table has a column {column!r} too: rename one of them")
        if list(renamed.values()).count(source) > 1:
            raise InputError(f"{option}: one column cannot be two")


def _listed(names: Sequence[str]) -> str:
    text = ", ".join(repr(each)[1:-1] for each in names)
    return text if len(text) <= 200 else text[:200] + " ..."


def _missing(
    missing: Sequence[str], names: Sequence[str], sources: Mapping[str, str], is_frame: bool
) -> str:
    proposed = _proposals(missing, [each for each in names if each not in sources.values()])
    said = f"has no column {', '.join(missing)}"
    if len(missing) < len(COLUMNS):
        said += f"; it needs {', '.join(COLUMNS)}"
    if not proposed:
        return f"{said}; it has {_listed(names)}"
    asked = {c: s for c, s in sources.items() if c != s} | proposed
    seconds = proposed.get("recall_time_ms", "")
    unit = "s" if _SECONDS.search(_plain(seconds)) else None
    return f"{said}; try {_call(asked, unit) if is_frame else _options(asked, unit)}"


def _call(renamed: Mapping[str, str], unit: str | None) -> str:
    return f"columns={dict(renamed)!r}" + (f", time_unit={unit!r}" if unit else "")


def _options(renamed: Mapping[str, str], unit: str | None) -> str:
    options = [f"--column {column}={_quoted(source)}" for column, source in renamed.items()]
    return " ".join(options + [f"--time-unit {unit}"] * (unit is not None))


def _quoted(text: str) -> str:
    return shlex.quote(text if text.isprintable() else repr(text)[1:-1])


def _proposals(missing: Sequence[str], free: Sequence[str]) -> dict[str, str]:
    """One source for each column that has one: synonyms first, then the closest of what is left."""
    proposed: dict[str, str] = {}
    meant = {source: _meaning(source) for source in free}
    for column in missing:
        sources = [source for source in free if meant[source][0] == column]
        if sources:
            proposed[column] = min(sources, key=lambda source: meant[source][1])
    left = {_plain(source): source for source in free if meant[source][0] is None}
    for column in missing:
        close = difflib.get_close_matches(column, left, n=1, cutoff=_CLOSE)
        if column not in proposed and close:
            proposed[column] = left.pop(close[0])
    return proposed
