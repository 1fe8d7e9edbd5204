"""How kernels are compiled.

``kernel`` compiles a function that allocates. ``inner`` compiles one that only reads and writes the arrays
it is given: it runs without numba's reference counts, which are atomic and cost more than the work of a
small function that takes a dozen arrays (measured: 60 to 200 ns a call against 1). numba refuses to
compile an allocation in such a function, so the two cannot be confused; nor may one return an array. ``spliced`` is an ``inner`` copied
into its callers: a call passes nine words for every matrix, which shows where a step takes nanoseconds.
"""

from __future__ import annotations

from numba import njit

kernel = njit(cache=True)
inner = njit(cache=True, _nrt=False)
spliced = njit(cache=True, _nrt=False, inline="always")
