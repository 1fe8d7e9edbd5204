"""A larger text made from a real one, with as many word types as a real one of its size would have.

python -m benchmarks.larger TEXT OUT --bytes 100000000

The lines of the text are put one after another again and again, each time in another order. In
each copy some words, the rare ones first, are exchanged for made ones (the beginning of one word,
the end of another), as many types as Heaps' law adds: types = k tokens ** beta, fitted to the text.
Both curves are printed.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

WORD = re.compile(r"[^\W\d_]+")
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


def larger(text: str, n_bytes: int, seed: int = 0) -> Iterator[str]:
    """Lines of a text of about so many bytes, as they are made."""
    lines = [line for line in text.splitlines(keepends=True) if line.strip()]
    k, beta = heaps_law(*heaps_curve(lines))  # before lines are shuffled, as types come in a text
    rng = np.random.default_rng(seed)
    rng.shuffle(lines)
    counts = Counter(word for line in lines for word in WORD.findall(line))
    n_tokens, taken, total = sum(counts.values()), set(counts), 0
    words, rare_first = sorted(counts), sorted(counts, key=lambda word: (counts[word], word))
    copy, exchanged = 0, dict[str, str]()
    while True:
        for line in lines:
            made = WORD.sub(partial(_exchange, exchanged), line)
            total += len(made.encode())
            yield made
            if total >= n_bytes:
                return
        copy += 1
        wanted = int(k * ((copy + 1) * n_tokens) ** beta - k * (copy * n_tokens) ** beta)
        replaced = rare_first[: min(wanted, len(rare_first))]
        exchanged = dict(zip(replaced, made_words(words, len(replaced), taken, rng), strict=True))
        rng.shuffle(lines)


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
