from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import hvm
from hvm.errors import InputError
from hvm.kernels.code.coder import finish, make_reader, make_writer, take, target, write
from hvm.learn.rows import RowSettings, learn_rows
from naive.rows import RowCoder

LINES = "a b c d a b\nd a b c e a b\n\nc c c a b c d\n" * 30


def corpus(text=LINES):
    return hvm.as_symbols(text, "word", sequences="line")


def with_starts(model):
    return np.append(np.insert(model.units + 1, model.starts, 0), 0).tolist()


def test_units_spell_the_corpus():
    symbols = corpus()
    model = learn_rows(symbols)
    assert model.n_merged > 0
    flat = [part for unit in model.units for part in model.patterns[unit]]
    assert flat == model.variables[symbols.codes].tolist()
    assert len(model.starts) == symbols.n_sequences


def test_merging_makes_the_code_shorter():
    longer = learn_rows(corpus(), settings=RowSettings(longest=1))
    assert longer.n_merged == 0
    assert learn_rows(corpus()).bits.total < longer.bits.total


def test_learning_is_deterministic():
    first, second = learn_rows(corpus()), learn_rows(corpus())
    assert first.patterns == second.patterns and first.bits == second.bits
    assert first.units.tobytes() == second.units.tobytes()


def test_parts_of_frames_are_variables():
    symbols = corpus("the cat runs\nthe dog runs\na cat sleeps\na dog runs\n" * 40)
    variables = np.array(
        [
            {"a": 0, "the": 0, "cat": 1, "dog": 1, "runs": 2, "sleeps": 2}[word]
            for word in symbols.alphabet.symbols
        ],
        np.int32,
    )
    model = learn_rows(symbols, variables)
    assert (0, 1, 2) in model.patterns and len(model.units) == symbols.n_sequences
    assert model.bits.fillers > 0


def coded(units, coder):
    writer = make_writer(1 << 16)
    for row, unit in pairwise(units):
        if unit == 0:
            continue
        for table, choice in coder.choices(row, unit):
            names, sizes = zip(*table)
            at = names.index(choice)
            write(writer, sum(sizes[:at]), sizes[at], sum(sizes))
        coder.learn(row, unit)
    return finish(writer)


def chosen(reader, table):
    total = sum(size for _, size in table)
    wanted, below = target(reader, total), 0
    for name, size in table:
        if wanted < below + size:
            take(reader, below, size, total)
            return name
        below += size
    raise AssertionError


def test_rows_decode_from_their_bits():
    """Fillers, lexicon, counts and lengths are given here; what is coded is the units."""
    settings = RowSettings()
    model = learn_rows(corpus(), settings=settings)
    code = (settings.discount, settings.strength)
    held, units = range(1, len(model.patterns) + 1), with_starts(model)
    data = coded(units, RowCoder(held, code))
    assert 8 * len(data) <= model.bits.rows + model.bits.firsts + 2 + 8  # whole bytes
    reader, coder, decoded = make_reader(data), RowCoder(held, code), [0]
    for unit in units[1:]:
        if unit:
            row = decoded[-1]
            unit = chosen(reader, coder.known(row))
            unit = chosen(reader, coder.named()) if unit is None else unit
            coder.learn(row, unit)
        decoded.append(unit)
    assert decoded == units


@pytest.mark.parametrize("variables", [[0], [0, 0, 0, 0, 2], [-1, 0, 0, 0, 0]])
def test_variables_that_do_not_fit_are_named(variables):
    with pytest.raises(InputError, match="variables"):
        learn_rows(corpus(), np.array(variables))


@pytest.mark.parametrize("name, value", [("discount", 1), ("strength", 0), ("least", 1)])
def test_settings_are_checked(name, value):
    with pytest.raises(InputError, match=name):
        RowSettings(**{name: value})
