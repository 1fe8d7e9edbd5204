from __future__ import annotations

import json

import pytest

from contracts.learners import TEXT, check_learner
from hvm import as_symbols
from hvm.errors import ModelFileError
from hvm.learn import model_file
from hvm.learn.hvm import HVM
from hvm.learn.model import LEARNERS, Model
from hvm.learn.model_file import read_fields, write_fields


@pytest.mark.parametrize("preset", LEARNERS)
def test_every_learner_keeps_the_contract(preset):
    learner = LEARNERS.named(preset)
    assert learner.preset == preset
    check_learner(learner)


def test_the_registry_begins_with_hvms_own():
    assert list(LEARNERS)[:2] == ["default", "paper"]


def test_a_file_of_an_unknown_learner_is_named(tmp_path):
    path = tmp_path / "m"
    HVM().fit(TEXT).save(path)
    fields = read_fields(path)
    write_fields(path, fields._replace(params={**fields.params, "preset": "defualt"}))
    with pytest.raises(ModelFileError, match=r"m: its settings .*did you mean default"):
        Model.load(path)


# -- one model, one file ----------------------------------------------------------------------


def file_with(path, unit="char", **changed):
    """A model file whose facts or settings say something else."""
    model = HVM(restarts=1).fit(as_symbols("the dog and the cat " * 20, unit))
    fields = model._fields()
    metadata = {**fields.metadata, **changed.pop("metadata", {})}
    params = {**fields.params, **changed.pop("params", {})}
    write_fields(path, fields._replace(metadata=metadata, params=params, **changed))
    return path


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("n_symbols", -1),
        ("n_symbols", 10**400),
        ("n_symbols", 1.5),
        ("n_symbols", True),
        ("n_symbols", None),
        ("n_symbols", "400"),
        ("n_iterations", -3),
        ("n_iterations", 2**60),
        ("data_bits", "nan"),
        ("data_bits", -1.0),
        ("data_bits", 10**400),
        ("data_bits", 3),
        ("data_bits", None),
        ("lexicon_bits", None),
        ("lexicon_bits", [1.0]),
        ("another", 1),
    ],
)
def test_facts_that_no_fit_has_are_named(tmp_path, fact, value):
    path = file_with(tmp_path / "model.hvm", metadata={fact: value})
    with pytest.raises(ModelFileError, match=f"model.hvm: .*{fact}") as error:
        Model.load(path)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize(
    ("name", "value"),
    [("theta", 5), ("smoothing", 1e-300), ("seed", 0.5), ("restarts", 0), ("theta", 10**400)],
)
def test_settings_that_no_learner_takes_are_named(tmp_path, name, value):
    path = file_with(tmp_path / "model.hvm", params={name: value})
    with pytest.raises(ModelFileError, match=f"model.hvm: .*{name}"):
        Model.load(path)


@pytest.mark.parametrize("unit", ["char", "word"])
def test_what_loads_is_saved_as_the_same_bytes(tmp_path, unit):
    path = file_with(tmp_path / "model.hvm", unit)
    content = path.read_bytes()
    Model.load(path).save(path)
    assert path.read_bytes() == content


def test_an_alphabet_written_in_escapes_is_another_file(tmp_path, monkeypatch):
    model = HVM(restarts=1).fit(as_symbols("né né " * 20, "word"))
    model.save(tmp_path / "model.hvm")
    monkeypatch.setattr(
        model_file, "_words_bytes", lambda words: json.dumps(words, separators=(",", ":")).encode()
    )
    model.save(tmp_path / "escaped.hvm")
    monkeypatch.undo()
    assert (tmp_path / "model.hvm").read_bytes() != (tmp_path / "escaped.hvm").read_bytes()
    with pytest.raises(ModelFileError, match=r"escaped.hvm: .*as hvm writes"):
        Model.load(tmp_path / "escaped.hvm")
