"""One contract for every model of trials, and the way that they are run over people."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import pytest

from contracts.trial_models import (
    LEARNER_CHECKS,
    TRIAL_MODEL_CHECKS,
    check_trial_model,
    check_what_is_repeated_gets_cheap,
    surprisal,
    trained,
)
from hvm.errors import InputError
from hvm.recall.models.base import TrialModelBase
from hvm.recall.models.registry import MODELS, make_model, model_factory, models
from hvm.recall.models.running import COLUMNS, grid_settings, run_model, sum_trials
from hvm.recall.task.simulate import synthetic_trials
from hvm.recall.task.trials import as_trials

# Every model at its defaults, and whatever takes another way through its code.
CASES = [(name, {}) for name in MODELS] + [
    ("bigram", {"within_trial": True, "theta": 0.9}),
    ("repeats", {"base": "uniform", "theta": 1.0}),
    ("lz78", {"alpha": 0.5}),
    ("parser", {"forgetting": 0.3, "seed": 5}),
    ("ppm", {"escape": "d", "shortest_deterministic": False, "order_bound": 2}),
    ("ppm", {"escape": "b", "exclusion": False}),
    ("ppm_decay", {"noise": 0.8}),
    ("ppm_decay", {"stm_seconds": 0.3, "ltm_asymptote": 0.1, "buffer_seconds": 0.2}),
    ("ppm_decay", {"escape": "ax", "exclusion": True, "order_bound": 0}),
]
OPEN = ("hvm", "hcm", "hvm_relations", "hvm_recoded", "hcm_recoded")
"""To these a symbol outside is one more unit, not a constant."""
RECODED = [name for name in MODELS if name.endswith("_recoded")]
"""These know which keys are the same, and no key."""
every_model = pytest.mark.parametrize(
    ("name", "settings"), CASES, ids=lambda value: str(value).strip("{}")
)


def factory_of(name, settings):
    return partial(model_factory(name), **settings)


# -- the contract ---------------------------------------------------------------------------------


@every_model
@pytest.mark.parametrize("check", TRIAL_MODEL_CHECKS)
def test_every_model_keeps_the_contract(name, settings, check):
    check(factory_of(name, settings))


@every_model
@pytest.mark.parametrize(
    "check", [check for check in LEARNER_CHECKS if "repeated" not in check.__name__]
)
def test_every_model_learns(name, settings, check):
    if name in RECODED:
        pytest.skip("learns patterns, not keys")
    check(factory_of(name, settings))


@pytest.mark.parametrize("name", [name for name in MODELS if name not in RECODED])
def test_what_is_repeated_gets_cheap(name):
    check_what_is_repeated_gets_cheap(model_factory(name))


def test_an_honest_null_model_passes_and_is_no_learner(uniform):
    check_trial_model(uniform)
    for check in LEARNER_CHECKS:
        with pytest.raises(AssertionError):
            check(uniform)


def test_a_model_that_is_registered_is_found(uniform):
    MODELS.register("uniform", uniform)
    try:
        model = make_model("uniform")
        assert "uniform" in models() and not model_factory("uniform").param_grid()
        model.begin(6)
        assert surprisal(model, [3, 3]) == pytest.approx([math.log2(6)] * 2)
        with pytest.raises(InputError, match="Uniform has no setting 'alpha'"):
            make_model("uniform", alpha=1)
    finally:
        MODELS.unregister("uniform")


@pytest.fixture
def uniform():
    @dataclass
    class Uniform(TrialModelBase):
        """Any symbol at any time."""

        def _forget(self):
            pass

        def _bits(self, codes):
            return np.full(len(codes), math.log2(self.n_symbols))

        def _learn(self, codes):
            pass

    return Uniform


@every_model
def test_settings_are_kept(name, settings):
    assert settings.items() <= make_model(name, **settings).get_params().items()


@every_model
def test_knowing_nothing_every_first_symbol_is_as_likely(name, settings):
    if settings.get("noise"):
        pytest.skip("noise is there before anything else")
    model = make_model(name, **settings)
    model.begin(6)
    n_equal = 7 if name in OPEN else 6
    for code in range(6):
        assert surprisal(model, [code]) == pytest.approx([math.log2(n_equal)])


@every_model
def test_the_only_symbol_there_is_costs_nothing(name, settings):
    lonely = trained(factory_of(name, settings), n_symbols=1, seen=[[0, 0], [0, -1]])
    most = 0.1 if name in OPEN else 1e-9
    assert surprisal(lonely, [0, 0, 0]) == pytest.approx([0, 0, 0], abs=most)


@pytest.mark.parametrize("name", MODELS)
def test_errors_say_what_a_sequence_must_be(name):
    model = make_model(name)
    with pytest.raises(InputError, match="nothing has begun"):
        surprisal(model, [0])
    for n_symbols in (0, -1, 2.5, "6", None, True):
        with pytest.raises(InputError, match="n_symbols must be an integer of 1 or more"):
            model.begin(n_symbols)
    model.begin(3)
    for bad in ([3], [-2], [0, 1, 7]):
        with pytest.raises(InputError, match="codes from -1 to 2"):
            surprisal(model, bad)
    for bad in ([0.5], ["0"], [[0, 1]], 3):
        with pytest.raises(InputError, match="flat array of integers"):
            model.observe(bad)


# -- settings -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_grids_hold_the_defaults_and_nothing_else_than_settings(name):
    factory = models()[name]
    grid, defaults = factory.param_grid(), factory.defaults()
    assert grid
    for setting, values in grid.items():
        assert defaults[setting] in values
    settings = grid_settings(grid)
    assert len(settings) == math.prod(map(len, grid.values())) <= 100
    for each in settings:
        assert each.items() <= factory(**each).get_params().items()


@pytest.mark.parametrize("name", MODELS)
def test_settings_out_of_range_are_errors(name):
    for setting, value in models()[name].defaults().items():
        for bad in ("nonsense", math.nan, -1.0):
            with pytest.raises(InputError, match=setting):
                make_model(name, **{setting: bad})
        if isinstance(value, float) and setting not in ("ltm_weight", "context_strength"):
            with pytest.raises(InputError, match=setting):
                make_model(name, **{setting: None if name != "lz78" else "x"})


def test_settings_that_do_not_go_together_are_errors():
    with pytest.raises(InputError, match="weights must not rise"):
        make_model("ppm_decay", ltm_weight=2.0)
    with pytest.raises(InputError, match="weights must not rise"):
        make_model("ppm_decay", ltm_asymptote=0.7)
    with pytest.raises(InputError, match=r"buffer_items must be above order_bound \(15\)"):
        make_model("ppm_decay", order_bound=15)
    assert make_model("ppm_decay", order_bound=15, only_learn_from_buffer=False)


def test_unknown_names_are_errors_that_help():
    with pytest.raises(InputError, match=r"no model 'bigrams' \(did you mean bigram\?\)"):
        make_model("bigrams")
    with pytest.raises(InputError, match=r"no setting 'tetha' \(did you mean theta\?\)"):
        make_model("bigram", tetha=1)


# -- running over people --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trials():
    return as_trials(synthetic_trials(3))


def test_run_model_asks_first_and_learns_after(trials):
    table = run_model(make_model("bigram"), trials)
    assert tuple(table.columns) == COLUMNS
    assert len(table) == len(trials.codes) == 3 * 64 * 12
    model = make_model("bigram")
    expected = []
    for person in trials.participants():
        model.begin(6)
        for sequence in person.sequences:
            expected += model.surprisal(sequence).tolist()
            model.observe(sequence)
    assert table["surprisal_bits"].tolist() == expected
    assert table["position"].tolist() == [*range(1, 13)] * (3 * 64)
    assert "".join(table["symbol"][:12]) == trials.table["sequence"][0]


def test_run_model_rows_follow_sequences_of_any_length():
    table = pd.DataFrame(
        {
            "participant": ["ann", "ann", "bob"],
            "group": "a",
            "block": "train",
            "trial": [1, 2, 1],
            "sequence": ["ab", "x", "bab"],
            "recall_time_ms": 1,
            "accuracy": 1,
        }
    )
    rows = run_model(make_model("bigram", theta=1.0), as_trials(table, symbols=("a", "b")))
    assert rows[["participant", "trial", "position", "symbol"]].values.tolist() == [
        ["ann", 1, 1, "a"],
        ["ann", 1, 2, "b"],
        ["ann", 2, 1, ""],
        ["bob", 1, 1, "b"],
        ["bob", 1, 2, "a"],
        ["bob", 1, 3, "b"],
    ]
    assert rows["surprisal_bits"].tolist() == pytest.approx([1, 1, 32, 1, 1, 1])
    sums = sum_trials(rows)
    assert sums.values.tolist() == [
        ["ann", 1, pytest.approx(2)],
        ["ann", 2, pytest.approx(32)],
        ["bob", 1, pytest.approx(3)],
    ]


def test_progress_is_told(trials):
    calls = []
    run_model(make_model("lz78"), trials, lambda done, total: calls.append((done, total)))
    assert calls == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    "wrong", [lambda s: [1.0], lambda s: np.full(len(s), math.nan), lambda s: np.full(len(s), -1)]
)
def test_a_model_that_gives_no_bits_is_an_error(trials, wrong):
    class Broken:
        def begin(self, n_symbols):
            self.surprisal = wrong

    with pytest.raises(InputError, match="Broken: participant 1, trial 1: gave no number of bits"):
        run_model(Broken(), trials)


DIGEST = """
import hashlib
from hvm.recall.models.registry import make_model, models
from hvm.recall.models.running import run_model
from hvm.recall.task.simulate import synthetic_trials
from hvm.recall.task.trials import as_trials
trials = as_trials(synthetic_trials(2))
runs = [run_model(make_model(name), trials)["surprisal_bits"].to_numpy() for name in models()]
print(hashlib.sha256(b"".join(run.tobytes() for run in runs)).hexdigest())
"""


def test_another_process_gives_the_same_bytes():
    def run(hash_seed):
        env = {**os.environ, "PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", DIGEST]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout

    trials = as_trials(synthetic_trials(2))
    runs = [run_model(make_model(name), trials)["surprisal_bits"].to_numpy() for name in models()]
    here = hashlib.sha256(b"".join(bits.tobytes() for bits in runs)).hexdigest()
    assert run("1").strip() == run("2").strip() == here
