"""What every learner keeps."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from hvm.code.container import compress, decompress
from hvm.errors import InputError
from hvm.learn.model import Model

TEXT = "the cat sat on the mat. the dog sat on the log. " * 12


def check_learner(learner: type[Model]) -> None:
    """Its fits are of the data alone; its files, parameters and lexicons are those of a model."""
    _check_parameters(learner)
    model = learner().fit(TEXT)
    model.lexicon_.validate()
    assert learner().fit(TEXT).file_bytes() == model.file_bytes()
    assert 0 < model.bits_per_symbol(TEXT, best_parse=True) * len(TEXT) <= model.data_bits_ + 1e-6
    assert np.isfinite(model.surprisal("the cow")).all()
    assert len(model.history_) == model.n_iterations_ > 0
    _check_trace(model)
    _check_file(learner, model)
    packed = compress(TEXT.encode(), model=model)
    assert decompress(packed, model=model) == TEXT.encode()


def _check_parameters(learner: type[Model]) -> None:
    model = learner()
    assert repr(model) == f"{learner.__name__}()"
    assert learner(**model.get_params()).get_params() == model.get_params()
    with pytest.raises(InputError, match="has learned nothing yet"):
        model.bits_per_symbol("the")
    with pytest.raises(InputError, match=r"nothing to learn|no symbol"):
        model.fit("")


def _check_trace(model: Model) -> None:
    before = model.file_bytes()
    model.fit(TEXT, trace=True)
    assert model.file_bytes() == before
    assert len(model.lexicons_) >= model.n_iterations_
    assert not hasattr(model.fit(TEXT), "lexicons_")


def _check_file(learner: type[Model], model: Model) -> None:
    with TemporaryDirectory() as folder:
        model.save(Path(folder) / "m")
        assert (Path(folder) / "m").read_bytes() == model.file_bytes()
        loaded = Model.load(Path(folder) / "m")
    assert type(loaded) is learner
    assert repr(loaded) == repr(model)
    assert loaded.file_bytes() == model.file_bytes()
    assert loaded.bits_per_symbol("the cat") == model.bits_per_symbol("the cat")
    assert loaded.surprisal("the cat").tolist() == model.surprisal("the cat").tolist()
