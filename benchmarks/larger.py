"""A larger text made from a real one: as many word types as Heaps' law says, few lines twice.

python -m benchmarks.larger TEXT OUT --bytes 100000000

The text is put down again and again, the first time with its lines in another order. Each further
copy is crossed: at nine of ten words, and at the ends of all lines, it goes on as behind another
place where the same stands. So a copy has the words of the text, and its pairs of words, each as
often, but other sentences. In it some words, the rare ones first, are exchanged for made ones (the
beginning of one word, the end of another), as many types as Heaps' law adds: types = k tokens **
beta, fitted to the text. Both curves are printed.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WORD = re.compile(r"[^\W\d_]+")
PIECE = re.compile(r"\n|[^\W\n]+[^\w\n]*|[^\w\n]+")
"""A word and what follows it in its line; the end of a line is one by itself."""

CROSSED_SHARE = 0.9
"""So a copy of 25 MB of literature has 11 of 100 runs of four words from it, as one half of the
real text has from the other; 47 of 100 runs of three, where that has 35; all pairs, where it has
73."""

POINTS = 20


def heaps_curve(lines: list[str], n_points: int = POINTS) -> tuple[list[int], list[int]]:
    """Tokens read and types seen, at even distances."""
    seen, n, tokens, types = set[str](), 0, [], []
    step = max(1, len(lines) // n_points)
    for number, line in enumerate(lines, 1):
        words = WORD.findall(line)
        n += len(words)
        seen.update(words)
        if number % step == 0:
            tokens.append(n)
            types.append(len(seen))
    return tokens, types


def heaps_law(tokens: list[int], types: list[int]) -> tuple[float, float]:
    """k and beta of types = k tokens ** beta, by least squares of logarithms."""
    beta, log_k = np.polyfit(np.log(tokens), np.log(types), 1)
    return float(np.exp(log_k)), float(beta)


def made_words(words: list[str], n: int, taken: set[str], rng: np.random.Generator) -> list[str]:
    """So many new words, each the beginning of one and the end of another."""
    made: list[str] = []
    while len(made) < n:
        first, last = (words[k] for k in rng.integers(len(words), size=2))
        word = first[: (len(first) + 1) // 2] + last[len(last) // 2 :]
        if word not in taken:
            taken.add(word)
            made.append(word)
    return made


def crossed(
    codes: NDArray[np.int32], is_cut: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.int32]:
    """Go on, behind each cut, as behind another cut at a piece of the same code.

    Parameters
    ----------
    codes : int32[n]
        Pieces of a text, whose end is followed by its beginning.
    is_cut : bool[n]
        Behind which pieces, the last one among them.
    rng : numpy.random.Generator

    Returns
    -------
    int32[n]
        The same pieces, run by run.
    """
    cuts = np.flatnonzero(is_cut)
    by_code = np.argsort(codes[cuts], kind="stable")
    another = np.lexsort((rng.random(len(cuts)), codes[cuts]))
    following = np.empty(len(cuts), np.int64)  # of a run, which ends with the cut of its number
    following[by_code] = (another + 1) % len(cuts)
    order = np.fromiter(_cycles(following.tolist()), np.int64, len(cuts))
    begins, ends = np.append(0, cuts[:-1] + 1)[order], cuts[order] + 1
    lengths = ends - begins
    shifts = begins - np.append(0, np.cumsum(lengths)[:-1])
    made: NDArray[np.int32] = codes[np.arange(len(codes)) + np.repeat(shifts, lengths)]
    return made


def _cycles(following: list[int]) -> Iterator[int]:
    """All numbers, those of each cycle of a permutation one after the other."""
    is_seen = bytearray(len(following))
    for number in range(len(following)):
        while not is_seen[number]:
            is_seen[number] = True
            yield number
            number = following[number]


def larger(text: str, n_bytes: int, seed: int = 0) -> Iterator[str]:
    """Copies of a text, about so many bytes in all, as they are made."""
    lines = [line for line in text.splitlines() if line.strip()]
    k, beta = heaps_law(*heaps_curve(lines))
    rng = np.random.default_rng(seed)
    numbers = dict[str, int]()
    pieces = PIECE.findall("\n".join([*lines, ""]))
    codes = np.array([numbers.setdefault(piece, len(numbers)) for piece in pieces], np.int32)
    counts = Counter(word for piece in pieces for word in WORD.findall(piece))
    n_tokens, taken, total = sum(counts.values()), set(counts), 0
    words, rare_first = sorted(counts), sorted(counts, key=lambda word: (counts[word], word))
    is_end, copy, exchanged = codes == numbers["\n"], 0, dict[str, str]()
    while total < n_bytes:
        is_cut = is_end | (rng.random(len(codes)) < (CROSSED_SHARE if copy else 0))
        made = [WORD.sub(partial(_exchange, exchanged), piece) for piece in numbers]
        encoded = "".join([made[code] for code in crossed(codes, is_cut, rng).tolist()]).encode()
        encoded = encoded[: n_bytes - total]
        total += len(encoded)
        yield encoded.decode(errors="ignore")
        copy += 1
        wanted = int(k * ((copy + 1) * n_tokens) ** beta - k * (copy * n_tokens) ** beta)
        replaced = rare_first[: min(wanted, len(rare_first))]
        exchanged = dict(zip(replaced, made_words(words, len(replaced), taken, rng), strict=True))


def _exchange(exchanged: dict[str, str], found: re.Match[str]) -> str:
    return exchanged.get(found[0], found[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--bytes", type=int, default=100_000_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    text = options.text.read_text("utf-8")
    with options.out.open("w", encoding="utf-8") as out:
        out.writelines(larger(text, options.bytes, options.seed))
    for name, path in (("real", options.text), ("made", options.out)):
        tokens, types = heaps_curve(path.read_text("utf-8").splitlines())
        k, beta = heaps_law(tokens, types)
        print(f"{name}: types = {k:.1f} tokens ** {beta:.3f}")
        for point in range(POINTS // 5 - 1, len(tokens), POINTS // 5):
            print(f"  {tokens[point]:>12,} tokens {types[point]:>10,} types")


if __name__ == "__main__":
    main()
