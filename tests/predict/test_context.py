from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from hvm import HVM
from hvm.kernels.code import coder
from hvm.kernels.code.symbols import encode
from hvm.kernels.predict import context as kernels
from hvm.kernels.predict.chains import ORDERS
from hvm.kernels.predict.cursor import make_cursor
from hvm.kernels.predict.store import CONTEXTS, SLOTS
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
from hvm.lexicon.parsing import compile_lexicon
from hvm.predict.context import ContextModel
from naive import predict as naive

ONE_SEQUENCE = np.zeros(1, np.int64)


def classes_of(lexicon):
    classes = np.arange(len(lexicon), dtype=np.int64)
    for variable in lexicon.variables[::-1]:
        classes[lexicon.parts_of(variable)] = variable
    return classes


def cursor_of(lexicon, n_before=2):
    trie = compile_lexicon(lexicon).trie
    return make_cursor(trie, classes_of(lexicon), n_before)


def predictor_of(lexicon, n_symbols, n_chains, n_codes, most=1 << 25):
    return kernels.make_predictor(cursor_of(lexicon), n_symbols, n_chains, n_codes, most)


def kernel_bits(lexicon, n_symbols, n_chains, codes, starts=ONE_SEQUENCE, most=1 << 25):
    codes = np.array(codes, np.int32)
    predictor = predictor_of(lexicon, n_symbols, n_chains, len(codes), most)
    bits = np.empty(len(codes))
    kernels.context_bits(predictor, codes, starts, bits)
    return bits


def twin_bits(lexicon, n_symbols, n_chains, codes, starts=ONE_SEQUENCE, n_before=2):
    units = {
        pattern: entry
        for entry, pattern in enumerate(lexicon.patterns)
        if lexicon.kinds[entry] != VARIABLE and max(pattern) < lexicon.n_atoms
    }
    classes = dict(enumerate(classes_of(lexicon).tolist()))
    codes = [int(code) for code in codes]
    return naive.context_bits(units, classes, n_symbols, n_chains, codes, starts.tolist(), n_before)


# atoms a b c, a b, a b c c, V = {a, a b}, a V c
LEXICON = Lexicon.from_definitions(
    3,
    [
        Definition(CHUNK, (0, 1)),
        Definition(CHUNK, (3, 2, 2)),
        Definition(VARIABLE, (0, 3)),
        Definition(CHUNK, (0, 5, 2)),
    ],
)


@pytest.mark.parametrize("n_before", [0, 1])
def test_fewer_chunks_before_and_twin_agree(n_before):
    codes = np.random.default_rng(7).choice([0, 1, 2, 2], 200).astype(np.int32)
    cursor = cursor_of(LEXICON, n_before)
    predictor = kernels.make_predictor(cursor, 3, 2, len(codes), 1 << 25)
    bits = np.empty(len(codes))
    kernels.context_bits(predictor, codes, ONE_SEQUENCE, bits)
    assert bits == pytest.approx(twin_bits(LEXICON, 3, 2, codes, n_before=n_before))
    assert bits.sum() != kernel_bits(LEXICON, 3, 2, codes).sum()


@pytest.mark.parametrize("n_chains", [1, 2])
@pytest.mark.parametrize("seed", range(6))
def test_context_bits_and_twin_agree(seed, n_chains):
    rng = np.random.default_rng(seed)
    words = [rng.integers(0, 3, rng.integers(1, 5)) for _ in range(4)]
    codes = np.concatenate([words[i] for i in rng.integers(0, 4, 150)])
    if seed % 2:
        codes[rng.integers(0, len(codes), 3)] = -1
    starts = ONE_SEQUENCE if seed < 3 else np.array([0, 0, 40, 41, 300])
    n_symbols = 3 + seed % 2
    fast = kernel_bits(LEXICON, n_symbols, n_chains, codes, starts)
    slow = twin_bits(LEXICON, n_symbols, n_chains, codes, starts)
    np.testing.assert_allclose(fast, slow, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    "codes", [[], [0], [0] * 700, [-1] * 5, [0, 1, 2, 2] * 80, [0, 1, 2, 0, 1] * 60]
)
def test_context_bits_and_twin_agree_on_awkward_input(codes):
    fast, slow = kernel_bits(LEXICON, 4, 2, codes), twin_bits(LEXICON, 4, 2, codes)
    np.testing.assert_allclose(fast, slow, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("n_chains", [1, 2])
def test_the_chances_of_all_symbols_sum_to_one(n_chains):
    past = np.random.default_rng(0).integers(0, 3, 60).tolist()
    for length in (0, 1, 7, 60):
        nexts = [kernel_bits(LEXICON, 4, n_chains, [*past[:length], x])[-1] for x in (-1, 0, 1, 2)]
        assert sum(2.0**-bits for bits in nexts) == pytest.approx(1, abs=1e-12)


def test_bits_do_not_depend_on_what_comes_after():
    codes = np.random.default_rng(1).integers(0, 3, 900)
    whole = kernel_bits(LEXICON, 3, 2, codes)
    assert whole[:500].tolist() == kernel_bits(LEXICON, 3, 2, codes[:500]).tolist()


def test_a_full_store_goes_on_with_what_it_has():
    codes = np.random.default_rng(2).integers(0, 3, 6000)
    free, full = (kernel_bits(LEXICON, 4, 2, codes, most=most) for most in (1 << 25, 5000))
    assert free[:200].tolist() == full[:200].tolist()
    assert np.isfinite(full).all()
    assert free.mean() != full.mean() < 1.1 * free.mean()


@pytest.mark.parametrize("n_symbols", [2, 40, 3000])
def test_a_store_that_grew_holds_what_a_dictionary_does(n_symbols):
    # Often the same ones, so that blocks of all sizes come, and more slots than at the beginning.
    rng = np.random.default_rng(n_symbols)
    codes = (n_symbols * rng.random(9000) ** 4).astype(np.int32)
    predictor = predictor_of(Lexicon.of_atoms(n_symbols), n_symbols, 1, len(codes))
    kernels.context_bits(predictor, codes, ONE_SEQUENCE, np.empty(len(codes)))
    store, known = predictor.symbols, contents(predictor.symbols)
    expected = counted(codes.tolist())
    assert store.state[CONTEXTS] == len(known) == len(expected)
    assert store.state[SLOTS] > 4096
    assert sorted(map(sorted, known)) == sorted(sorted(c.items()) for c in expected.values())


def counted(codes):
    """What `naive.Chain` counts: from the longest context down to one that knows the symbol."""
    follows = {}
    for at, symbol in enumerate(codes):
        for order in (k for k in ORDERS[::-1].tolist() if k <= at):
            context = follows.setdefault(tuple(codes[at - order : at]), Counter())
            context[symbol] += 1
            if context[symbol] > 1:
                break
    return follows


def contents(store):
    """Followers and counts of every context; what a block says of itself holds."""
    contexts = []
    for key, value in store.slots[: 1024 + store.state[SLOTS]].tolist():
        if key and value > 0:
            contexts.append([(value >> 32, value & 0xFFFFFFFF)])
        elif key:
            total, types, ones, twos = store.words[-value : -value + 4].tolist()
            pairs = store.words[-value + 4 : -value + 4 + 2 * types].reshape(-1, 2).tolist()
            counts = [count for _, count in pairs]
            assert (sum(counts), counts.count(1), counts.count(2)) == (total, ones, twos)
            contexts.append([tuple(pair) for pair in pairs])
    return contexts


def test_chunks_learned_anew_are_as_if_nothing_had_been_known():
    codes = np.random.default_rng(3).integers(0, 3, 3000).astype(np.int32)
    codes[1:] = np.where(codes[1:] == 2, codes[:-1], codes[1:])
    by_symbols = np.zeros(1024)
    afresh = predictor_of(LEXICON, 3, 2, 3000)
    kernels.replay(afresh, codes, 1024)
    kept = predictor_of(Lexicon.of_atoms(3), 3, 1, 3000)
    encode(kept, coder.make_writer(16), codes, 0, 1024, by_symbols)
    kept = kernels.with_chunks(kept, cursor_of(LEXICON), 3000, 1 << 25)
    kernels.replay_chunks(kept, codes, by_symbols, 1024)
    written = []
    for predictor in (afresh, kept):
        writer = coder.make_writer(16)
        data = encode(predictor, writer, codes, 1024, 3000, np.empty(0))
        written.append(coder.finish(writer._replace(data=data)))
    assert written[0].tobytes() == written[1].tobytes()
    for one, other in zip(afresh.estimates, kept.estimates, strict=True):
        np.testing.assert_array_equal(one, other)


# -- the model ----------------------------------------------------------------------------


def test_a_fitted_model_goes_on_from_what_it_saw():
    text = "the cat sat on the mat . the dog sat on the log . " * 20
    model = ContextModel(HVM(restarts=1).fit(text)).fit(text)
    bits = model.surprisal("the cat sat on the log . ")
    assert bits.shape == (25,)
    assert bits.mean() < 0.6
    assert model.surprisal("the cat sat on the log . ").tolist() == bits.tolist()
    assert model.bits_per_symbol("the cat sat on the log . ") == bits.mean()


def test_what_is_fitted_is_seen_before():
    text = "a cat and a dog and a cow and " * 30
    model = HVM(restarts=1).fit(text)
    whole = ContextModel(model).fit("a cow").surprisal([text, text])
    parts = ContextModel(model).fit("a cow").fit(text, go_on=True).surprisal(text)
    assert whole[len(text) :].tolist() == parts.tolist()


def test_symbols_outside_the_alphabet_pay_their_code_space():
    model = ContextModel(HVM(restarts=1).fit("abab" * 20)).fit("abab" * 20)
    bits = model.surprisal("ab?")
    assert bits[2] > np.log2(1_112_064)
    assert np.isfinite(bits).all()


def test_chunks_help_where_symbols_are_far_apart():
    # Which name comes next is told by the first letter of the one before, 21 symbols back.
    rng = np.random.default_rng(2)
    names = ["xabcdefghijklmnopqrst", "yabcdefghijklmnopqrst"]
    text = "".join(names[x] for x in np.cumsum(rng.random(400) < 0.05) % 2)
    fitted = HVM(restarts=1).fit(text)
    with_chunks = ContextModel(fitted).fit(text)
    with_symbols = ContextModel(fitted, chains="symbols").fit(text)
    new = "".join(names[x] for x in np.cumsum(rng.random(400) < 0.05) % 2)
    assert with_chunks.bits_per_symbol(new) < with_symbols.bits_per_symbol(new)
