"""Whether a wheel and an sdist hold what they should: ``python tests/house/distributions.py dist``.

The wheel is the package alone. The sdist is what tests, docs and experiments are made of, without
what the experiments made.
"""

from __future__ import annotations

import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

SDIST_KB_MAX = 1300  # a tenth more than code, tests and docs take: a committed result would show
IN_WHEEL = (
    "hvm/datasets/rhymes.txt",
    "hvm/__init__.py",
    "hvm/py.typed",
    "hvm/show/assets/explorer.html",
)
IN_SDIST = (
    *IN_WHEEL,
    "LICENSE",
    "Makefile",
    "README.md",
    "constraints.txt",
    "pyproject.toml",
    "docs/adding.md",
    "experiments/registry.py",
    "human_data/synthetic_trials.csv",
    "tests/conftest.py",
)
NOT_IN_SDIST = ("/results/", "/__pycache__/", ".png", ".nbc", ".nbi")


def wheel_faults(path: Path) -> Iterator[str]:
    """A line a fault of a wheel."""
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
    yield from (f"{path.name}: lacks {name}" for name in IN_WHEEL if name not in names)
    strays = [name for name in names if not name.startswith(("hvm/", "hvm_learn-"))]
    strays += [name for name in names if name.endswith((".nbc", ".nbi", ".pyc"))]
    yield from (f"{path.name}: holds {name}" for name in strays)


def sdist_faults(path: Path) -> Iterator[str]:
    """A line a fault of an sdist."""
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    yield from (f"{path.name}: lacks {name}" for name in IN_SDIST if name not in names)
    strays = [name for name in names if any(part in f"/{name}" for part in NOT_IN_SDIST)]
    yield from (f"{path.name}: holds {name}" for name in sorted(strays))
    size_kb = path.stat().st_size / 1000
    if size_kb > SDIST_KB_MAX:
        yield f"{path.name}: {size_kb:.0f} kB, more than {SDIST_KB_MAX}"


def main(arguments: list[str]) -> int:
    """Check the one wheel and the one sdist of a folder."""
    (folder,) = map(Path, arguments)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    lines = [*wheel_faults(wheel), *sdist_faults(sdist)]
    print("\n".join(lines) or f"{wheel.name}, {sdist.name}: as they should be")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
