"""What every model of trials must hold, and what every learner of sequences must hold besides.

``check_trial_model(factory)`` and ``check_learner(factory)`` take anything that makes a model when
it is called without arguments, such as a class or ``model_factory(name)``. A null model, which
learns nothing, passes the first and not the second.
"""

from __future__ import annotations

import itertools
import math
import pickle

import numpy as np
import pandas as pd
from numpy.testing import assert_allclose

from hvm.errors import InputError
from hvm.recall.models.running import run_model
from hvm.recall.task.simulate import synthetic_trials
from hvm.recall.task.trials import as_trials

SEEN = [[0, 1, 2, 0, 1], [2], [0, 1, 2, 0, 1], [1, 1, 1, 1], [0, -1, 2, 0], [0, 1, 2]]
PREFIXES = ([], [0], [0, 1], [0, 1, 2, 0, 1, 2], [1, -1], [-1], [2, 2, 2, 2])
N_SYMBOLS = 3


def trained(factory, n_symbols=N_SYMBOLS, seen=SEEN):
    """A model that has begun and observed."""
    model = factory()
    model.begin(n_symbols)
    for sequence in seen:
        model.observe(np.array(sequence, np.int32))
    return model


def surprisal(model, sequence):
    return model.surprisal(np.array(sequence, np.int32))


def state(model):
    return pickle.dumps(vars(model))


# -- every model --------------------------------------------------------------------------


def check_next_symbols_have_probability_one(factory):
    for n_seen in range(len(SEEN) + 1):
        model = trained(factory, seen=SEEN[:n_seen])
        for prefix in PREFIXES:
            bits = [surprisal(model, [*prefix, code])[-1] for code in (-1, 0, 1, 2)]
            assert_allclose(math.fsum(2.0**-b for b in bits), 1, rtol=0, atol=1e-12)


def check_strings_of_one_length_have_probability_one(factory):
    model = trained(factory)
    strings = itertools.product([-1, 0, 1, 2], repeat=4)
    total = math.fsum(2.0 ** -surprisal(model, string).sum() for string in strings)
    assert_allclose(total, 1, rtol=0, atol=1e-11)


def check_no_symbol_depends_on_later_ones(factory):
    model = trained(factory)
    whole = [0, 1, 2, -1, 0, 1, 2, 0, 1, 1]
    bits = surprisal(model, whole)
    assert bits.dtype == np.float64
    for end in range(len(whole)):
        assert np.array_equal(surprisal(model, whole[:end]), bits[:end])


def check_surprisal_writes_nothing(factory):
    model = trained(factory)
    before = state(model)
    first = surprisal(model, [0, 1, 2, 0, 1, -1, 2])
    assert state(model) == before
    assert np.array_equal(surprisal(model, [0, 1, 2, 0, 1, -1, 2]), first)


def check_sequences_stay_as_they_are(factory):
    model = trained(factory)
    sequence = np.array([0, -1, 2], np.int32)
    sequence.flags.writeable = False
    model.surprisal(sequence)
    model.observe(sequence)
    assert sequence.tolist() == [0, -1, 2]


def check_begin_forgets_everything(factory):
    model = trained(factory)
    model.begin(N_SYMBOLS)
    assert state(model) == state(trained(factory, seen=[]))


def check_equal_settings_give_equal_bits(factory):
    model = trained(factory)
    again = trained(lambda: type(model)(**model.get_params()))
    assert state(again) == state(model)


def check_awkward_sequences(factory):
    model = trained(factory, n_symbols=2, seen=[[0], [-1], [-1, -1, -1], [1] * 300, [0]])
    for sequence in ([], [0], [-1], [1] * 500, [0, 1] * 40):
        bits = surprisal(model, sequence)
        assert bits.shape == (len(sequence),)
        assert (np.isfinite(bits) & (bits >= 0)).all()


def check_bad_sequences_are_errors(factory):
    model = factory()
    assert _is_input_error(surprisal, model, [0])
    for n_symbols in (0, -1, 2.5, "6", None, True):
        assert _is_input_error(model.begin, n_symbols)
    model.begin(N_SYMBOLS)
    for bad in ([3], [-2], [0, 1, 7]):
        assert _is_input_error(surprisal, model, bad)
    for bad in ([0.5], ["0"], [[0, 1]], 3):
        assert _is_input_error(model.observe, bad)


def check_nothing_is_known_of_groups(factory):
    """Other groups, blocks, times and names of the same people: the same bits."""
    trials = as_trials(synthetic_trials(3))
    other = trials.table.assign(
        group=np.where(trials.table["group"] == "control", "variable", "control"),
        block="train",
        recall_time_ms=1.0,
        accuracy=0.0,
        participant=trials.table["participant"] + 10,
    )
    bits = _bits(factory, trials.table, trials.symbols)
    assert np.array_equal(bits, _bits(factory, other, trials.symbols))


def check_participants_do_not_learn_from_each_other(factory):
    trials = as_trials(synthetic_trials(3))
    bits = _bits(factory, trials.table, trials.symbols)
    alone = _bits(factory, trials.table[trials.table["participant"] == 3], trials.symbols)
    assert np.array_equal(bits[-len(alone) :], alone)


TRIAL_MODEL_CHECKS = (
    check_next_symbols_have_probability_one,
    check_strings_of_one_length_have_probability_one,
    check_no_symbol_depends_on_later_ones,
    check_surprisal_writes_nothing,
    check_sequences_stay_as_they_are,
    check_begin_forgets_everything,
    check_equal_settings_give_equal_bits,
    check_awkward_sequences,
    check_bad_sequences_are_errors,
    check_nothing_is_known_of_groups,
    check_participants_do_not_learn_from_each_other,
)


def check_trial_model(factory):
    """Hold a model to the contract of all, learners and nulls alike."""
    for check in TRIAL_MODEL_CHECKS:
        check(factory)


# -- learners of sequences ----------------------------------------------------------------


def check_observing_changes_the_model(factory):
    model = trained(factory)
    before = state(model)
    model.observe(np.array([0, 1, 2], np.int32))
    assert state(model) != before


def check_what_is_repeated_gets_cheap(factory):
    sequence = [5, 2, 1, 3, 3, 4, 5, 1, 0, 0, 3, 5]
    last = trained(factory, n_symbols=6, seen=[sequence] * 39)
    assert surprisal(last, sequence).sum() < 0.5 * len(sequence) * math.log2(6)
    assert surprisal(last, sequence).sum() < surprisal(last, sequence[::-1]).sum()


def check_what_is_frequent_is_cheaper(factory):
    model = trained(factory, n_symbols=2, seen=[[0], [-1], [-1, -1, -1], [1] * 300, [0]])
    assert surprisal(model, [1] * 20).mean() < surprisal(model, [0] * 20).mean()


LEARNER_CHECKS = (
    check_observing_changes_the_model,
    check_what_is_repeated_gets_cheap,
    check_what_is_frequent_is_cheaper,
)


def check_learner(factory):
    """Hold a model to what a learner of sequences does, besides the contract of all."""
    for check in LEARNER_CHECKS:
        check(factory)


def _bits(factory, table: pd.DataFrame, symbols):
    return run_model(factory(), as_trials(table, symbols=symbols))["surprisal_bits"].to_numpy()


def _is_input_error(call, *arguments) -> bool:
    try:
        call(*arguments)
    except InputError:
        return True
    return False
