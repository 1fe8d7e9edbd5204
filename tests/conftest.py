"""What several test files share: a hand-made model, the data folder, hypothesis profiles."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from hvm.learn.model_file import ModelFields, write_fields
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
from hvm.symbols.alphabet import Alphabet

# A shared machine pauses for reasons of its own: no deadline, and the same examples every time.
settings.register_profile(
    "hvm",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "hvm"))


class Model(NamedTuple):
    """A lexicon with the alphabet that its atoms are."""

    lexicon: Lexicon
    alphabet: Alphabet


@pytest.fixture
def animals() -> Model:
    """``a [dog|cat] sat.`` and ``a [dog|cat] ``, counted as if read some times."""
    alphabet = Alphabet("char", tuple(sorted(set("\n .acdgost"))))
    code = {symbol: index for index, symbol in enumerate(alphabet.symbols)}
    size = len(alphabet)
    dog, cat, animal, sat, article, sentence = range(size, size + 6)

    def spelled(text: str) -> tuple[int, ...]:
        return tuple(code[character] for character in text)

    lexicon = Lexicon.from_definitions(
        size,
        [
            Definition(CHUNK, spelled("dog")),
            Definition(CHUNK, spelled("cat")),
            Definition(VARIABLE, (dog, cat)),
            Definition(CHUNK, spelled(" sat.")),
            Definition(CHUNK, (*spelled("a "), animal)),
            Definition(CHUNK, (article, sat)),
        ],
    )
    unit_counts = np.ones(len(lexicon), np.int64)
    unit_counts[animal] = 0
    unit_counts[[dog, cat, sat, article, sentence]] = 2, 0, 1, 4, 20
    filler_counts = np.zeros(len(lexicon.parts), np.int64)
    filler_counts[lexicon.offsets[animal] : lexicon.offsets[animal + 1]] = 16, 8
    return Model(lexicon.with_counts(unit_counts, filler_counts), alphabet)


@pytest.fixture
def animals_file(animals: Model, tmp_path: Path) -> Path:
    """The model ``animals`` in a file, one sequence a line."""
    path = tmp_path / "animals.hvm"
    facts = {"n_symbols": 40, "n_iterations": 1, "lexicon_bits": None, "data_bits": None}
    write_fields(path, ModelFields(animals.lexicon, animals.alphabet, "line", {}, facts))
    return path


@pytest.fixture(scope="session")
def transformers():
    """The package, with torch; a test that needs them is marked ``llm``, and skips without."""
    torch = pytest.importorskip(
        "torch", reason="torch is not installed: pip install hvm-learn[llm]"
    )
    torch.set_num_threads(1)  # more only get into each other's way on tiny models
    return pytest.importorskip("transformers", reason="transformers is not installed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs torch, so that ``make test-llm`` runs it and nothing else."""
    for item in items:
        if "transformers" in getattr(item, "fixturenames", ()):
            item.add_marker("llm")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of downloaded data that HVM_DATA names; a test that needs it skips without it."""
    folder = os.environ.get("HVM_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("HVM_DATA names no folder of downloaded data")
    return Path(folder)
