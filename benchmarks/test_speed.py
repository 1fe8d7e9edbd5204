"""How long the main job takes on generated text: `make bench`.

Every kernel is compiled before the clock starts; the text is the same in every run.
"""

from __future__ import annotations

import numpy as np
import pytest

from hvm.learn.hvm import HVM
from hvm.learn.model import Model
from hvm.lexicon.graph import to_networkx
from hvm.lexicon.likelihood import best_parse_bits
from hvm.lexicon.parsing import parse
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols
from hvm.worlds.generate import generate

SIZES = (10_000, 100_000)


def world_text(n_symbols: int) -> Symbols:
    """Symbols of one world, the longer text beginning with the shorter one."""
    return as_symbols(generate(20, 10, 0.5, n_symbols, seed=1, entropy_symbols=1_000).symbols)


@pytest.fixture(scope="module", params=SIZES, ids="{:,} symbols".format)
def symbols(request) -> Symbols:
    return world_text(request.param)


@pytest.fixture(scope="module")
def model(symbols) -> HVM:
    return HVM(restarts=1).fit(symbols)


@pytest.mark.parametrize("variables", [True, False], ids=["hvm", "hcm"])
def test_fit(benchmark, symbols, variables):
    learner = HVM(variables=variables, restarts=1)
    learner.fit(symbols)
    fitted = benchmark.pedantic(learner.fit, args=(symbols,), rounds=3)
    benchmark.extra_info["bits_per_symbol"] = fitted.bits_per_symbol_
    assert fitted.n_symbols_ == len(symbols)


def test_fit_paper(benchmark):
    symbols = world_text(1_000)
    learner = HVM.paper()
    learner.fit(symbols)
    fitted = benchmark(learner.fit, symbols)
    assert fitted.n_iterations_ == 25


@pytest.mark.parametrize("method", ["viterbi", "greedy"])
def test_parse(benchmark, symbols, model, method):
    parse(model.lexicon_, symbols.codes, symbols.starts, method)
    result = benchmark(parse, model.lexicon_, symbols.codes, symbols.starts, method)
    assert result.unit_starts[-1] == len(symbols)


def test_score(benchmark, symbols, model):
    best_parse_bits(model.lexicon_, model.alphabet_, symbols)
    bits = benchmark(best_parse_bits, model.lexicon_, model.alphabet_, symbols)
    assert np.isfinite(bits)


def test_load(benchmark, model, tmp_path):
    path = tmp_path / "model.hvm"
    model.save(path)
    assert len(benchmark(Model.load, path).lexicon_) == len(model.lexicon_)


def test_graph(benchmark, model):
    graph = benchmark(to_networkx, model.lexicon_, model.alphabet_)
    assert len(graph) == len(model.lexicon_)
