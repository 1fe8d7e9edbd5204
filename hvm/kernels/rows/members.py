"""Which symbols are in which variable, and the bits of telling a variable's symbols apart."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner, kernel


class Members(NamedTuple):
    """What is in each variable; the variable of unit v + 1 is v."""

    variables: NDArray[np.int32]  # int32[V + 1], last the start's, the highest
    sizes: NDArray[np.int64]
    totals: NDArray[np.int64]  # how often its members fill slots
    uses: NDArray[np.int64]  # int64[V]: how often each symbol fills a slot
    in_use: NDArray[np.int64]  # int64[1]: variables that have members
    prior: float


@inner
def rising(base: float, n: Int) -> float:
    """Bits of n counts in a row: gamma(base + n) over gamma(base)."""
    return (math.lgamma(base + n) - math.lgamma(base)) / math.log(2.0)


@inner
def filler_bits_with(members: Members, symbol: Int, variable: Int) -> float:
    """Reckon the bits that a symbol adds to the fillers of a variable; a literal's are 0.

    Parameters
    ----------
    members : Members
    symbol, variable : int
        The symbol is not counted in it.

    Returns
    -------
    float
    """
    size, prior, own = members.sizes[variable], members.prior, members.uses[symbol]
    if size == 0:
        return 0.0
    total = members.totals[variable]
    bits = rising(prior * (size + 1), total + own) - rising(prior, own)
    # Its only member pays from now on.
    return bits - rising(prior, total) if size == 1 else bits - rising(prior * size, total)


@inner
def put(members: Members, symbol: Int, variable: Int, sign: Int) -> None:
    """Count a symbol as a member of a variable, or no more.

    Parameters
    ----------
    members : Members
        Changed.
    symbol, variable : int
    sign : int
        1 to count it, -1 no more.
    """
    members.in_use[0] -= members.sizes[variable] > 0
    members.sizes[variable] += sign
    members.totals[variable] += sign * members.uses[symbol]
    members.in_use[0] += members.sizes[variable] > 0
    members.variables[symbol] = variable


@inner
def unfill(members: Members, symbol: Int, n: Int) -> float:
    """Let a symbol fill so many slots fewer; return the bits of fillers that this saves.

    Parameters
    ----------
    members : Members
        Changed.
    symbol : int
    n : int
        Below 0 where it fills more.

    Returns
    -------
    float
    """
    variable, prior = members.variables[symbol], members.prior
    size, total, own = members.sizes[variable], members.totals[variable], members.uses[symbol]
    members.totals[variable] -= n
    members.uses[symbol] -= n
    if size == 1:
        return 0.0
    bits = rising(prior * size, total) - rising(prior * size, total - n)
    return bits - rising(prior, own) + rising(prior, own - n)


@kernel
def member_arrays(
    variables: NDArray[np.int32], uses: NDArray[np.int64], prior: float
) -> tuple[
    NDArray[np.int32],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    float,
]:
    """Return the fields of what :func:`members_of` returns, for Python.

    Parameters
    ----------
    variables : int32[V + 1]
    uses : int64[V]
    prior : float

    Returns
    -------
    tuple
        The fields of `Members`.
    """
    return members_of(variables, uses, prior)[:]


@helper
def members_of(variables: NDArray[np.int32], uses: NDArray[np.int64], prior: float) -> Members:
    """Return the members of variables.

    Parameters
    ----------
    variables : int32[V + 1]
        Of each symbol; last one above all there may be. It changes with the members.
    uses : int64[V]
        How often each symbol fills a slot.
    prior : float
        b.

    Returns
    -------
    Members
    """
    n = np.int64(variables[-1])
    members = Members(
        variables, np.zeros(n, np.int64), np.zeros(n, np.int64), uses, np.zeros(1, np.int64), prior
    )
    for symbol in range(len(uses)):
        put(members, symbol, np.int64(variables[symbol]), 1)
    return members
