"""What holds for every learner of the registry, and for one that a package adds."""

from __future__ import annotations

import numpy as np
import pytest

from hvm.code.container import compress, decompress
from hvm.errors import InputError, ModelFileError
from hvm.learn.hvm import HVM
from hvm.learn.model import LEARNERS, Fit, Model
from hvm.learn.model_file import ModelFields, read_fields, write_fields
from hvm.lexicon.counts import count_fillers, count_units
from hvm.lexicon.lexicon import CHUNK, Definition, Lexicon
from hvm.lexicon.measures import data_bits
from hvm.lexicon.parsing import parse

TEXT = "the cat sat on the mat. the dog sat on the log. " * 12


class OnePair(Model):
    """The most frequent of all pairs is the only chunk."""

    preset = "one_pair"

    def __init__(self, smoothing: float = 0.1) -> None:
        self.smoothing = smoothing

    def _check_params(self):
        if self.smoothing <= 0:
            raise InputError("smoothing must be positive")

    @classmethod
    def _rehearse(cls):
        pass

    def _learn(self, symbols, trace):
        pairs, counts = np.unique(
            np.stack([symbols.codes[:-1], symbols.codes[1:]]), axis=1, return_counts=True
        )
        pair = tuple(pairs[:, counts.argmax()].tolist())
        n_atoms = len(symbols.alphabet)
        lexicon = Lexicon.from_definitions(n_atoms, [Definition(CHUNK, pair)], self.smoothing)
        cut = parse(lexicon, symbols.codes, symbols.starts, "greedy")
        lexicon = lexicon.with_counts(count_units(lexicon, cut), count_fillers(lexicon, cut))
        bits = data_bits(lexicon, cut)
        return Fit(lexicon, bits, [{"data_bits": bits}], [lexicon] if trace else [])


@pytest.fixture
def one_pair():
    LEARNERS.register(OnePair.preset, OnePair)
    yield OnePair
    LEARNERS.unregister(OnePair.preset)


@pytest.fixture(params=["default", "paper", "one_pair"])
def learner(request, one_pair):
    return LEARNERS.named(request.param)


def test_the_registry_knows_hvms_own():
    assert list(LEARNERS)[:2] == ["default", "paper"]
    assert [LEARNERS[preset].preset for preset in LEARNERS] == list(LEARNERS)


def test_a_file_gives_back_the_model(learner, tmp_path):
    model = learner().fit(TEXT)
    model.save(tmp_path / "m")
    assert (tmp_path / "m").read_bytes() == model.file_bytes()
    loaded = Model.load(tmp_path / "m")
    assert type(loaded) is learner
    assert repr(loaded) == repr(model)
    assert loaded.file_bytes() == model.file_bytes()
    assert loaded.score("the cat") == model.score("the cat")
    assert loaded.surprisal("the cat").tolist() == model.surprisal("the cat").tolist()


def test_equal_fits_are_equal_bytes(learner):
    assert learner().fit(TEXT).file_bytes() == learner().fit(TEXT).file_bytes()


def test_every_learner_primes_the_compressor(learner):
    model = learner().fit(TEXT)
    packed = compress(TEXT.encode(), model=model)
    assert decompress(packed, model=model) == TEXT.encode()


def test_a_trace_has_lexicons_and_the_history_rows(learner):
    model = learner().fit(TEXT, trace=True)
    assert len(model.lexicons_) >= len(model.history_) == model.n_iterations_
    assert not hasattr(model.fit(TEXT), "lexicons_")


def test_a_file_of_an_unknown_learner_is_named(tmp_path):
    path = tmp_path / "m"
    HVM().fit(TEXT).save(path)
    fields = read_fields(path)
    params = {**fields.params, "preset": "defualt"}
    write_fields(path, ModelFields(*fields[:3], params, fields.metadata))
    with pytest.raises(ModelFileError, match=r"m: its settings .*did you mean default"):
        Model.load(path)
