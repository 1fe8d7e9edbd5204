"""The best compressor around chunks and variables: their predictions mixed with those of bytes.

What is mixed stands in :mod:`hvm.kernels.code.mix`. Chunks and variables are learned from all bytes
so far, first after 4096, again whenever the bytes have grown fourfold; what followed them is then
learned anew. Bytes, not characters, so that nothing need be said before the first of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hvm.kernels.code import mix
from hvm.learn.search import Search
from hvm.learn.settings import SearchSettings
from hvm.lexicon.lexicon import N_BYTES, Lexicon
from hvm.predict.context import walk_through

FIRST_LESSON = 4096  # symbols, before any chunk is learned
LESSONS = SearchSettings(batch=0.2, pair_count_min=6, iterations=4, max_entries=4000)


def mixed_bits(data: bytes, before: bytes = b"", chunks: bool = True) -> np.ndarray:
    """Bits of each byte given those before it, float64[n].

    Parameters
    ----------
    data : bytes
        What is scored.
    before : bytes
        What is learned first, chunks included.
    chunks : bool
        Without, contexts are of bytes and words alone: what `mixed` is without HVM.

    Examples
    --------
    >>> mixed_bits(b"abababab").round(1).tolist()
    [8.0, 6.6, 5.8, 3.7, 1.6, 0.6, 0.3, 0.2]
    """
    codes = np.frombuffer(before + data, np.uint8).copy()  # read-only arrays would compile again
    bits = np.empty(len(codes))
    for mixer, first, last in lessons(codes, len(before), chunks):
        mix.mixed_bits(mixer, codes, first, last, bits)
    return bits[len(before) :]


def lessons(
    codes: np.ndarray, n_before: int = 0, chunks: bool = True
) -> Iterator[tuple[mix.Mixer, int, int]]:
    """Mixers and the bytes they are for; ``codes`` need to be known up to the next ones only.

    A lesson ends where the first ``n_before`` bytes do, and none within them.
    """
    mixer, first = mix.make_mixer(len(codes), walk_through(Lexicon.of_atoms(N_BYTES), True)), 0
    while first < len(codes):
        last = n_before if first < n_before else max(FIRST_LESSON, 4 * first)
        if chunks and first >= FIRST_LESSON:
            mixer = mixer._replace(walk=walk_through(learn_lexicon(codes[:first], N_BYTES), True))
            mix.learn_chunks(mixer, codes)
        yield mixer, first, min(len(codes), last)
        first = last


def primed_mixer(codes: np.ndarray, n_before: int, lexicon: Lexicon) -> mix.Mixer:
    """Return a mixer that knows a lexicon and has learned the first bytes, for all the others."""
    mixer = mix.make_mixer(len(codes), walk_through(lexicon, True))
    mix.learn_chunks(mixer, codes)
    mix.mixed_bits(mixer, codes, 0, n_before, np.empty(n_before))
    return mixer


def learn_lexicon(codes: np.ndarray, n_atoms: int) -> Lexicon:
    """Learn the chunks of one sequence in little time."""
    starts = np.zeros(1, np.int64)
    return Search(codes.astype(np.int32), starts, n_atoms, LESSONS).run().lexicon
