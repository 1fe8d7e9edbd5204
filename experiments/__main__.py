"""``python -m experiments``: every experiment and its question."""

from __future__ import annotations

from experiments.registry import EXPERIMENTS, question


def main() -> None:
    """Print a line an experiment."""
    width = max(map(len, EXPERIMENTS))
    print("python -m experiments.NAME [--help]\n")
    for name in EXPERIMENTS:
        print(f"  {name:{width}}  {question(name)}")


if __name__ == "__main__":
    main()
