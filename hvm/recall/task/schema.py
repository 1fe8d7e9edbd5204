r"""The schema of a table of trials: columns, blocks, and what cells may hold.

A table has these columns, in any order; others are kept as they are.

================== ========================= =====================================================
column             values                    meaning
================== ========================= =====================================================
``participant``    text or integer           who
``group``          text                      condition; one for all trials of a participant
``block``          text                      part of the experiment, such as ``train``
``trial``          1, 2, 3, ...              number within the participant, through all blocks
``sequence``       text, never empty         what was shown; see below
``recall_time_ms`` above 0, or empty         time to type it back, in milliseconds
``accuracy``       0 to 1, or empty          share of symbols recalled
================== ========================= =====================================================

A sequence is one symbol a character (``236461244562``), or a list (``[12, 3, 10]``,
``('a', 'b')``), or symbols with a separator between them, as alphabets of more than ten need
(``12 3 10``). One sign separates the symbols of all sequences of a table, the strongest that is
there: ``|``, ``;``, a comma, white space, ``-``. So items between ``|`` may hold spaces and hyphens
(``T-SHIRT|WATER GUN``). A minus before a digit, at the start of a sequence or after a separator, is
a sign (``0 2 -2 5``). Another separator can be named; ``none`` makes every character a symbol.
Symbols may be any text, and sequences differ in length.

There may be any number of groups and blocks, of any names. Blocks are ordered by the first trial of
each, in which participants must agree (see :mod:`hvm.recall.task.design`).

Every trial that a participant saw must be there, numbered without a gap, because models learn from
all of them. Where a time or an accuracy is missing, or shall not count, its cell is empty.
The text ``NaN`` is not empty: it is an error, as are times of zero and below, and what spreadsheets
make of sequences: rounded numbers, dates, digits without their leading zeros.
"""

from __future__ import annotations

import re

COLUMNS = ("participant", "group", "block", "trial", "sequence", "recall_time_ms", "accuracy")
TRIAL_KEY = ("participant", "trial")
"""The columns that tell a trial from all others."""

INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
"""An integer of 64 bits, as it is written: participants whose names all look so are numbers."""

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
"""A decimal number; neither ``nan`` nor ``inf``."""

TRIAL_END = 1 << 31
"""Trial numbers are below it: they fit 32 bits."""

MISSING = frozenset(
    (
        *("NaN", "nan", "-NaN", "-nan", "NaT", "NA", "N/A", "n/a", "<NA>", "#N/A", "#NA"),
        *("NULL", "null", "None"),
        *("#VALUE!", "#REF!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"),
    )
)
"""What programs write where nothing is: no participant, group, block or sequence is called so."""
