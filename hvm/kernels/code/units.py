"""Units of bytes, each a number that follows from its spelling, and the variables that they fill.

A unit is a run of letters and digits, of white space or of other bytes, as in `hvm.predict.units`;
spaces (byte 32) separate units and belong to none. So where one begins is known without looking
ahead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.code.buckets import scatter, signed
from hvm.kernels.code.mixer import (
    FILLED,
    FILLED_THREE,
    FILLED_TWO,
    KIND,
    RECENT,
    TWO_BEFORE,
    UNIT,
    UNIT_BEFORE,
    Mixer,
)
from hvm.kernels.jit import Int, inner, kernel
from hvm.kernels.table import TableArrays, insert, make_table, value_of

LETTER, SPACE, OTHER = 1, 2, 3  # kinds of runs; 0: nothing was read yet
COARSE = (1 << 32) - 1
"""Of variables: the part that says the coarser one."""
_KEY = (1 << 62) - 1  # keys of tables are 0 or more


@inner
def _letter(byte: Int) -> Int:
    """Return the number of a letter in either case, and of any byte beyond ASCII; 0 for others."""
    if byte >= 65 and byte <= 90:
        return byte + 32
    return byte if (byte >= 97 and byte <= 122) or byte >= 128 or byte == 39 else 0


@inner
def _kind(byte: Int) -> Int:
    """Return what runs are of."""
    if _letter(byte) or (byte >= 48 and byte <= 57):
        return LETTER
    return SPACE if byte == 32 or (byte >= 9 and byte <= 13) else OTHER


@inner
def _longer(unit: Int, byte: Int) -> Int:
    """Return the number of a run and one byte more; that of spaces alone is 0."""
    return unit if byte == 32 else scatter(unit ^ (1 + (_letter(byte) or byte)))


@inner
def read_byte(mixer: Mixer, byte: Int) -> None:
    """Go past a byte: it belongs to the unit under way, or that ends before it."""
    now, kind = mixer.now, _kind(byte)
    if kind != now[KIND]:
        if now[UNIT] != 0:
            now[FILLED_THREE], now[FILLED_TWO] = now[FILLED_TWO], now[FILLED]
            now[FILLED] = value_of(mixer.variables, now[UNIT] & _KEY, 0)
            now[TWO_BEFORE], now[UNIT_BEFORE] = now[UNIT_BEFORE], now[UNIT]
        now[KIND], now[UNIT] = kind, 0
    now[UNIT] = _longer(now[UNIT], byte)
    now[RECENT] = now[RECENT] << 8 | byte


@inner
def forget_units(now: NDArray[np.int64]) -> None:
    """Stand where nothing was read yet."""
    now[RECENT] = now[KIND] = now[UNIT] = now[UNIT_BEFORE] = now[TWO_BEFORE] = 0
    now[FILLED] = now[FILLED_TWO] = now[FILLED_THREE] = 0


@kernel
def units_of(data: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Find the units that ended in some bytes.

    Parameters
    ----------
    data : uint8[n]

    Returns
    -------
    int64[units]
        The number of each, the same for the same letters in either case.

    Examples
    --------
    "It's", "it", a comma, "it's".

    >>> units = units_of(np.frombuffer(b"It's it, it's...", np.uint8).copy())
    >>> len(units), bool(units[0] == units[3]), bool(units[0] == units[1])
    (4, True, False)
    """
    units, n_units, unit, run = np.empty(len(data), np.int64), 0, signed(0), signed(0)
    for position in range(len(data)):
        byte = signed(data[position])
        if _kind(byte) != run:
            if unit != 0:
                units[n_units] = unit & _KEY
                n_units += 1
            run, unit = _kind(byte), signed(0)
        unit = _longer(unit, byte)
    return units[:n_units].copy()


@kernel
def pack_variables(
    units: NDArray[np.int64], fine: NDArray[np.int32], coarse: NDArray[np.int32]
) -> TableArrays:
    """Note which variables units fill, as numbers from 1.

    Parameters
    ----------
    units : int64[units]
        As `units_of` gives them, each once.
    fine, coarse : int32[units]
        The variable of each at two grains.

    Returns
    -------
    arrays of a Table
        From a unit to its variables, fine << 32 | coarse.
    """
    table = make_table(len(units))
    for at in range(len(units)):
        variables = (signed(fine[at]) + 1) << 32 | (signed(coarse[at]) + 1)
        insert(table, units[at], variables)
    return table.cells, table.used
