from __future__ import annotations

import pytest

from contracts.learners import TEXT, check_learner
from hvm.errors import ModelFileError
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
