from __future__ import annotations

import numpy as np
import pytest

from hvm.curve.abstraction import rate_distortion
from hvm.errors import InputError
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
from hvm.symbols.convert import as_symbols
from hvm.worlds.entropy import entropy_bits
from hvm.worlds.generate import generate
from hvm.worlds.rate_distortion import least_rate, source_curve, unit_strings
from hvm.worlds.world import World


def h(p):
    return entropy_bits(np.array([p, 1 - p]))


@pytest.mark.parametrize("p", [0.5, 0.3, 0.1])
@pytest.mark.parametrize("lost", [0.02, 0.05])
def test_a_coin_takes_what_the_closed_form_says(p, lost):
    # R(D) = h(p) - h(D), of slope lg (1 - D) / D, for D below p.
    point = least_rate(np.array([p, 1 - p]), 1.0 - np.eye(2), np.log2((1 - lost) / lost))
    assert point.distortion == pytest.approx(lost, abs=2e-3)
    assert point.rate_bits == pytest.approx(h(p) - h(point.distortion), abs=2e-3)


def test_a_die_takes_what_the_closed_form_says():
    # Of n equal sides: lg n - h(D) - D lg (n - 1).
    n, lost = 6, 0.2
    slope = np.log2((1 - lost) / lost * (n - 1))
    point = least_rate(np.full(n, 1 / n), 1.0 - np.eye(n), slope)
    assert point == pytest.approx((np.log2(n) - h(lost) - lost * np.log2(n - 1), lost), abs=1e-6)


def test_a_rate_of_nothing_loses_what_the_best_guess_does():
    point = least_rate(np.array([0.7, 0.3]), 1.0 - np.eye(2), 0.1)
    assert point == pytest.approx((0.0, 0.3), abs=0.01)


def world_of(definitions, units, fillers):
    lexicon = Lexicon.from_definitions(4, definitions)
    return World(lexicon, np.array(units), np.array(fillers))


def test_units_are_spelled_out_with_their_chances():
    # V = {a, bb}: c V c is "cac" or "cbbc"; "cac" is a chunk too.
    definitions = [
        Definition(CHUNK, (1, 1)),
        Definition(VARIABLE, (0, 4)),
        Definition(CHUNK, (2, 5, 2)),
        Definition(CHUNK, (2, 0, 2)),
    ]
    units = [0.1, 0, 0, 0.3, 0, 0, 0.4, 0.2]
    world = world_of(definitions, units, [0, 0, 0.25, 0.75, 0, 0, 0, 0, 0, 0])
    strings, probabilities = unit_strings(world)
    assert strings == [(0,), (2, 0, 2), (2, 1, 1, 2), (3,)]
    assert probabilities == pytest.approx([0.1, 0.2 + 0.4 * 0.25, 0.4 * 0.75, 0.3])
    with pytest.raises(InputError, match="too many for a rate-distortion curve"):
        unit_strings(world, most=3)


def test_a_curve_falls_from_the_entropy_to_nothing():
    world = generate(12, 10, 0.5, 1, seed=3, entropy_symbols=1000).world
    curve = source_curve(world)
    strings, probabilities = unit_strings(world)
    length = sum(p * len(s) for p, s in zip(probabilities, strings))
    rates, lost = curve["rate_bits_per_symbol"].to_numpy(), curve["distortion"].to_numpy()
    assert rates[0] == pytest.approx(entropy_bits(probabilities) / length) and lost[0] == 0
    assert rates[-1] == 0 and (np.diff(rates) < 0).all() and (np.diff(lost) > 0).all()
    assert (np.diff(np.diff(rates) / np.diff(lost)) >= 0).all()  # convex


def test_no_level_of_the_true_lexicon_lies_below_the_curve():
    world = generate(12, 10, 0.5, 1, seed=3, entropy_symbols=1000).world
    codes = world.sample(20_000, 1).codes
    curve = source_curve(world)
    symbols = as_symbols(codes.tolist(), "int")
    lexicon = world.as_lexicon()
    assert len(symbols.alphabet) == lexicon.n_atoms
    for row in rate_distortion(lexicon, symbols.alphabet, symbols):
        least = np.interp(
            row["distortion_most_probable"], curve["distortion"], curve["rate_bits_per_symbol"]
        )
        assert row["rate_bits_per_symbol"] > 0.95 * least
