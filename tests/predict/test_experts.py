from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvm import as_symbols
from hvm.errors import InputError
from hvm.kernels.experts import exchange as exchange_kernels
from hvm.kernels.experts.adapting import Growing, ReadPlaces, read_level
from hvm.kernels.experts.chances import raise_chances
from hvm.kernels.experts.counting import (
    NONE,
    add_contexts,
    beginnings,
    known_beginnings,
    more_beginnings,
    more_contexts,
    sums_of,
)
from hvm.kernels.experts.followers import Followers, count_followers, find_follower, in_order
from hvm.kernels.experts.gates import exponential, learn_weights, mix
from hvm.kernels.experts.pairs import count_pairs, of_left
from hvm.kernels.table import Table
from hvm.predict.chain import (
    Chain,
    Contexts,
    Item,
    chain_chances,
    count_chain,
    places_of,
)
from hvm.predict.expert_counts import count_experts
from hvm.predict.expert_list import experts_of
from hvm.predict.experts import Experts
from hvm.predict.hierarchy import grain_sizes, variable_hierarchy
from hvm.predict.reading import reading_chances
from hvm.symbols.alphabet import Alphabet
from hvm.symbols.sequences import Symbols
from naive import experts as naive

NO_VARIABLES = np.zeros((0, 5), np.int32)
TWO_GRAINS = np.array([[0, 0, 1, 1, 2], [0, 0, 0, 0, 1]], np.int32)


def random_sequences(seed, n_symbols=5, n=300):
    rng = np.random.default_rng(seed)
    codes = (rng.random(n) ** 2 * n_symbols).astype(np.int32)
    starts = np.unique(np.append(0, rng.integers(0, n, 30))).astype(np.int64)
    return codes, starts


def sentences(n=400, seed=0):
    """Names and verbs of two kinds, in frames: what one kind does, the other does not."""
    rng = np.random.default_rng(seed)
    kinds = [("cat", "dog", "cow"), ("car", "bus", "van")]
    verbs = [("eats", "sleeps", "runs"), ("stops", "starts", "honks")]
    lines = []
    for _ in range(n):
        kind = rng.integers(2)
        lines.append(f"the {rng.choice(kinds[kind])} {rng.choice(verbs[kind])} .")
    return "\n".join(lines)


# -- variables ----------------------------------------------------------------------------


def kernel_exchange(pairs, order, variables, n_sweeps):
    n_entries = len(variables) - 1
    left, right = (np.array([pair[side] for pair in pairs.elements()], np.int32) for side in (0, 1))
    counted = count_pairs(left, right, np.ones(len(left), np.int64))
    after, before = (
        exchange_kernels.Adjacents(*of_left(one, other, counted[2], n_entries + 1))
        for one, other in (counted[:2], counted[1::-1])
    )
    variables = np.array(variables, np.int32)
    exchange_kernels.exchange(after, before, np.array(order, np.int64), variables, n_sweeps)
    return variables.tolist()


@pytest.mark.parametrize("seed", range(6))
def test_exchange_agrees_with_its_twin(seed):
    rng = np.random.default_rng(seed)
    n_entries, n_variables = 9, 4
    pairs = Counter()
    for _ in range(150):
        left = int(rng.integers(0, n_entries + 1))  # the last one is the start
        pairs[left, int((rng.random() ** 2 * n_entries + left) % n_entries)] += 1
    variables = [min(entry, n_variables - 1) for entry in range(n_entries)] + [n_variables]
    order = rng.permutation(n_entries).tolist()
    moved = kernel_exchange(pairs, order, variables, 3)
    assert moved == naive.exchange(pairs, order, variables, 3)
    assert naive.saved_bits(pairs, moved) >= naive.saved_bits(pairs, variables)


def test_an_entry_that_nothing_stands_beside_stays():
    assert kernel_exchange(Counter({(3, 0): 5, (0, 1): 5}), [0, 1, 2], [0, 1, 1, 2], 2)[2] == 1


def test_interchangeable_words_share_a_variable_at_some_grain():
    symbols = as_symbols(sentences(), "word", "line")
    grains = variable_hierarchy(symbols.codes, symbols.starts, len(symbols.alphabet), [6, 4])
    names = {word: code for code, word in enumerate(symbols.alphabet.symbols)}
    for words in (("cat", "dog", "cow"), ("stops", "starts", "honks")):
        assert len({int(grains[0, names[word]]) for word in words}) == 1
    assert grains[0, names["cat"]] != grains[0, names["bus"]]


def test_coarse_variables_hold_fine_ones():
    codes, starts = random_sequences(3, n_symbols=40, n=2_000)
    grains = variable_hierarchy(codes, starts, 40, [12, 4])
    for variable in range(12):
        assert len(np.unique(grains[1, grains[0] == variable])) <= 1


def test_the_size_of_grains_follows_from_the_text():
    assert grain_sizes(800_000, 10_000) == [371, 123, 41]
    assert grain_sizes(1_000, 6) == [6]
    assert grain_sizes(1_000, 2) == [2]


def test_pairs_are_counted_and_put_in_order():
    rng = np.random.default_rng(0)
    left, right = rng.integers(0, 7, (2, 300)).astype(np.int32)
    counts = rng.integers(1, 5, 300)
    lefts, rights, sums = count_pairs(left, right, counts)
    twin = Counter()
    for one, other, count in zip(left.tolist(), right.tolist(), counts.tolist(), strict=True):
        twin[one, other] += count
    assert list(zip(lefts.tolist(), rights.tolist(), strict=True)) == list(twin)
    assert sums.tolist() == list(twin.values())
    starts, of_starts, of_sums = of_left(lefts, rights, sums, 7)
    for item in range(7):
        row = slice(starts[item], starts[item + 1])
        beside = dict(zip(of_starts[row].tolist(), of_sums[row].tolist(), strict=True))
        assert beside == {other: n for (one, other), n in twin.items() if one == item}


# -- chains -------------------------------------------------------------------------------


@pytest.mark.parametrize("variables", [NO_VARIABLES, TWO_GRAINS], ids=["symbols", "grains"])
@pytest.mark.parametrize("seed", range(3))
def test_chances_of_chains_agree_with_their_twin(variables, seed):
    codes, starts = random_sequences(seed)
    others, other_starts = random_sequences(seed + 100, n=60)
    others[::7] = -1
    tables = {}
    contexts = Contexts(places_of(codes, starts, variables), tables)
    chains = {chain for each in experts_of(len(variables)) for chain in each if chain}
    counted = {chain: count_chain(chain, contexts) for chain in chains}
    apart = Contexts(places_of(others, other_starts, variables), tables)
    for chain, levels in counted.items():
        twin = naive.count_chain(codes.tolist(), starts.tolist(), chain, variables)
        assert [level.discount for level in levels] == pytest.approx([d for _, d in twin])
        base = np.random.default_rng(seed).random(len(others))
        chances = base.copy()
        features = chain_chances(chain, levels, apart, chances)
        histories = naive.histories(others.tolist(), other_starts.tolist(), chain, variables)
        for at, (contexts, target) in enumerate(histories):
            chance, feature = naive.chain_chance(twin, contexts, target, base[at])
            assert features[at] == feature
            if others[at] >= 0:
                assert chances[at] == pytest.approx(chance, rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_beginnings_agree_with_their_twin(seed):
    codes, starts = random_sequences(seed, n_symbols=3)
    codes[::11] = -1
    starts = np.sort(np.append(starts, [starts[-1], len(codes)]))  # two sequences of nothing
    places, numbers, _ = beginnings(codes, starts)
    twin = naive.beginnings(codes.tolist(), starts.tolist())
    assert (places.tolist(), numbers.tolist()) == twin


@pytest.mark.parametrize("seed", range(3))
def test_known_beginnings_agree_with_their_twin(seed):
    codes, starts = random_sequences(seed, n_symbols=3)
    others, other_starts = random_sequences(seed + 100, n_symbols=4)
    others[::9] = -1
    table = Table(*beginnings(codes, starts)[2])
    twin = naive.known_beginnings(*(x.tolist() for x in (codes, starts, others, other_starts)))
    assert known_beginnings(others, other_starts, table).tolist() == twin
    assert -1 in twin and max(twin) > 0


@pytest.mark.parametrize("seed", range(3))
def test_new_beginnings_agree_with_their_twin(seed):
    codes, starts = random_sequences(seed, n_symbols=3)
    others, other_starts = random_sequences(seed + 100, n_symbols=4, n=900)
    others[::9] = -1
    table = Table(*beginnings(codes, starts)[2])
    cells = table.cells.copy()
    twin = naive.more_beginnings(*(x.tolist() for x in (codes, starts, others, other_starts)))
    assert more_beginnings(others, other_starts, table).tolist() == twin
    assert np.array_equal(table.cells, cells) and table.used[0] < max(twin)


@pytest.mark.parametrize("seed", range(3))
def test_new_contexts_agree_with_their_twin(seed):
    rng = np.random.default_rng(seed)
    below, items = rng.integers(-1, 8, (2, 60)).astype(np.int32)
    contexts, arrays = add_contexts(below, items)
    pairs = zip(below.tolist(), items.tolist(), strict=True)
    known = {pair: n for pair, n in zip(pairs, contexts.tolist(), strict=True) if n >= 0}
    others, other_items = rng.integers(-1, 12, (2, 90)).astype(np.int32)
    twin = naive.more_contexts(others.tolist(), other_items.tolist(), known)
    assert more_contexts(others, other_items, Table(*arrays)).tolist() == twin
    assert -1 in twin and max(twin) >= len(known)


@pytest.mark.parametrize("seed", range(3))
def test_sums_agree_with_their_twin(seed):
    rng = np.random.default_rng(seed)
    contexts, times = rng.integers((-1, 1), (7, 4), (90, 2)).astype(np.int32).T.copy()
    is_rare = rng.random(90) < 0.3
    twin = naive.sums_of(contexts.tolist(), is_rare.tolist(), times.tolist())
    assert sums_of(contexts, is_rare, times).tolist() == twin
    nowhere = np.full(90, NONE)
    assert sums_of(nowhere, is_rare, times).tolist() == [[0, 0]]


@pytest.mark.parametrize("seed", range(4))
def test_followers_agree_with_their_twin(seed):
    rng = np.random.default_rng(seed)
    contexts = rng.integers(-1, 9, 200).astype(np.int32)
    targets = (rng.random(200) ** 2 * 12).astype(np.int32)
    times = rng.integers(1, 4, 200).astype(np.int32)
    twin_times = times.tolist()
    _, places = in_order(targets, np.arange(200, dtype=np.int32))
    twin, twin_below = naive.count_followers(contexts, targets, twin_times, places.tolist())
    totals, of_counts, below, arrays = count_followers(contexts, targets, times, places)
    assert (times.tolist(), below.tolist()) == (twin_times, twin_below)
    assert of_counts.tolist() == [0, *np.bincount(np.minimum([*twin.values()], 3))[1:]]
    for context in range(len(totals)):
        of_context = [twin[context, target] for target in range(12)]
        assert totals[context] == sum(of_context)
        assert of_context == [
            find_follower(Followers(*arrays), np.int64(context), np.int64(target))
            for target in range(12)
        ]


@pytest.mark.parametrize("seed", range(4))
def test_levels_that_are_read_agree_with_their_twin(seed):
    rng = np.random.default_rng(seed)
    before, contexts = (rng.integers(-1, 7, 200).astype(np.int32) for _ in range(2))
    of_before, targets = ((rng.random(200) ** 2 * 9).astype(np.int32) for _ in range(2))
    contexts[rng.random(200) < 0.2] = 9  # a new one
    targets[rng.random(200) < 0.1] = -1
    ones = np.ones(200, np.int32)
    _, in_place = in_order(of_before, np.arange(200, dtype=np.int32))
    counted = naive.count_followers(before, of_before, ones.tolist(), in_place.tolist())[0]
    totals, _, _, arrays = count_followers(before, of_before, ones, in_place)
    pairs, _ = add_contexts(contexts, np.where(targets < 0, NONE, targets))
    growing = Growing(
        Followers(*arrays),
        np.append(totals, np.zeros(3, np.int32)),
        np.append(np.diff(arrays[0]), np.zeros(3, np.int32)),
        np.zeros(pairs.max() + 1, np.int32),
    )
    places = ReadPlaces(
        targets,
        rng.random(200) < 0.8,
        rng.random(200),
        rng.random(200),
        np.where(rng.random(200) < 0.5, 7, 0).astype(np.int32),
    )
    twin = [array.tolist() for array in places]
    naive.read_level(contexts.tolist(), counted, 0.6, 2, 3, twin)
    read_level(contexts, pairs, growing, 0.6, 2, 3, places)
    for array, values in zip(places, twin, strict=True):
        assert array.tolist() == pytest.approx(values)
    of_contexts = [sum(n for key, n in counted.items() if key[0] == c) for c in range(10)]
    assert growing.totals.tolist() == of_contexts


def test_a_variable_that_never_came_changes_no_chance():
    arrays = np.array([0, 1], np.int32), np.array([2], np.int32), np.array([3], np.int32)
    contexts, targets = np.array([0, 1, -1], np.int32), np.full(3, 2, np.int32)
    chances, features = np.full(3, 0.25), np.zeros(3, np.int32)
    args = np.array([3], np.int32), Followers(*arrays), 0.5
    raise_chances(contexts, targets, *args, 1, chances, features)
    assert chances.tolist() == pytest.approx([(2.5 + 0.5 * 0.25) / 3, 0.25, 0.25])
    assert (features > 0).tolist() == [True, False, False]


def test_places_that_begin_alike_are_foretold_alike():
    codes, starts = random_sequences(1, n_symbols=3)
    experts = Experts().fit([codes[:200].tolist(), codes[200:].tolist()])
    every, once = (experts._counts.contexts(codes, starts, differing) for differing in (0, 1))
    assert len(once.places.codes) < len(every.places.codes) == len(codes)
    assert once.places.times.sum() == len(codes)
    pairs = zip(experts._counts.chances(every), experts._counts.chances(once), strict=True)
    assert all(np.array_equal(one, other[once.places.numbers]) for one, other in pairs)


def test_counts_that_are_not_kept_say_the_same():
    codes, starts = random_sequences(2, n_symbols=9)
    variables = variable_hierarchy(codes, starts, 9, [5, 2])
    kept, once = (
        count_experts(experts_of(2), Contexts(places_of(codes, starts, variables, True), {}), each)
        for each in (False, True)
    )
    assert list(kept.levels) == list(once.levels)
    others, other_starts = random_sequences(3, n_symbols=9)
    for one, other in zip(
        kept.chances(kept.contexts(others, other_starts)),
        once.chances(once.contexts(others, other_starts)),
        strict=True,
    ):
        assert np.array_equal(one, other)
    with pytest.raises(KeyError):
        once.levels[Chain(0, ())]


def test_a_coarse_level_uses_nothing_finer():
    for level in range(3):
        for chain, filler in experts_of(3, level):
            assert chain.target >= level
            items = chain.items if filler is None else chain.items + filler.items
            assert all(item.grain >= level for item in items)


# -- weights ------------------------------------------------------------------------------


@given(st.floats(-800, 0))
def test_the_exponential_is_that_of_the_library(x):
    assert exponential(x) == pytest.approx(np.exp(x), rel=1e-13, abs=1e-300)


@pytest.mark.parametrize("seed", range(3))
def test_weights_agree_with_their_twin(seed):
    rng = np.random.default_rng(seed)
    chances, features = rng.random((50, 3)), rng.integers(0, 4, (50, 3)).astype(np.int32)
    numbers, moved = rng.normal(size=(3, 5)), np.zeros((3, 5))
    twin_numbers, twin_moved = numbers.tolist(), moved.tolist()
    assert mix(chances, features, numbers) == pytest.approx(
        naive.mix(chances.tolist(), features.tolist(), twin_numbers)
    )
    rows = rng.integers(0, 50, 200).astype(np.int32)
    learn_weights(chances, features, rows, numbers, moved)
    args = chances.tolist(), features.tolist(), rows.tolist()
    naive.learn_weights(*args, twin_numbers, twin_moved)
    assert numbers == pytest.approx(np.array(twin_numbers))
    assert moved == pytest.approx(np.array(twin_moved))


# -- reading on ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_counts_that_go_on_are_those_of_both_texts(seed, monkeypatch):
    """Where what was read counts as what was learned, the last symbol is foretold alike."""
    monkeypatch.setattr("hvm.predict.reading.READ_TIMES", 1)
    both, _ = random_sequences(seed, n=400)
    starts = np.arange(0, 400, 20, dtype=np.int64)
    texts = (both[:200], starts[:10]), (both[200:], starts[:10])
    of_first = Contexts(places_of(*texts[0], TWO_GRAINS), {})
    for chain in {chain for each in experts_of(2) for chain in each if chain}:
        levels, without = count_chain(chain, of_first), np.full(200, 0.3)
        reading = Contexts(places_of(*texts[1], TWO_GRAINS), of_first.tables, with_new=True)
        chances, features = reading_chances(chain, levels, reading, without)
        known = both[:-1]  # all but the one foretold
        before = Contexts(places_of(known, starts, TWO_GRAINS), tables := {})
        pairs = zip(count_chain(chain, before), levels, strict=True)
        counted = [level._replace(discount=one.discount) for level, one in pairs]
        last = Contexts(places_of(*texts[1], TWO_GRAINS), tables)
        known_features = chain_chances(chain, counted, last, without)
        assert chances[-1] == pytest.approx(without[-1])
        assert features[-1] == known_features[-1]


@pytest.mark.parametrize("unit", ["word", "char"])
def test_bits_that_adapt_sum_to_one_and_leave_the_experts_as_they_are(unit):
    symbols = as_symbols(sentences(60), unit, "line")
    experts = Experts().fit(symbols)
    frozen, numbers = experts.surprisal(symbols), experts.numbers_.copy()
    before = as_symbols("the calf eats .\nthe calf", unit, "line", symbols.alphabet)
    assert (before.codes < 0).any()
    follow = np.arange(-1, len(symbols.alphabet), dtype=np.int32)
    last = [
        experts.reading_bits_and_features(np.append(before.codes, code), before.starts)[0]
        for code in follow
    ]
    assert np.exp2(-np.array([bits[-1] for bits in last])).sum() == pytest.approx(1.0, abs=1e-9)
    assert all(np.array_equal(bits[:-1], last[0][:-1]) for bits in last)
    assert np.array_equal(experts.surprisal(symbols), frozen)
    assert np.array_equal(experts.numbers_, numbers)


def test_one_expert_more_knows_what_was_read_alone():
    texts = [as_symbols(sentences(60, seed), "word", "line") for seed in (0, 1)]
    read = as_symbols(sentences(30, 2), "word", "line", texts[0].alphabet)
    chances, features = zip(
        *(Experts().fit(text)._counts.reading_chances(read.codes, read.starts) for text in texts),
        strict=True,
    )
    assert chances[0].shape == features[0].shape == (len(read), 12)
    assert chances[0][0, -1] == pytest.approx(1 / len(read.alphabet))
    assert np.array_equal(features[0][:, -1], features[1][:, -1])
    assert not np.array_equal(features[0][:, 0], features[1][:, 0])


def test_what_was_read_costs_less_the_next_time():
    experts = Experts().fit(as_symbols(sentences(60), "word", "line"))
    text = as_symbols("eats the runs cow .\n" * 20, "word", "line", experts.alphabet_)
    bits, _ = experts.reading_bits_and_features(text.codes, text.starts)
    by_line = bits.reshape(20, -1).sum(axis=1)
    assert by_line[-1] < 0.3 * by_line[0]


# -- the model ----------------------------------------------------------------------------


@pytest.mark.parametrize("level", range(3))
def test_chances_of_all_that_can_follow_sum_to_one(level):
    rng = np.random.default_rng(level)
    train = as_symbols(
        [[int(x) for x in (rng.random(12) ** 2 * 30)] for _ in range(150)], "int", "line"
    )
    experts = Experts(level=level).fit(train)
    n_symbols = len(experts.alphabet_)
    for before in ([], [3], [0, 1, 2], [5, -1, 7, 7, 7, 2]):
        follow = np.arange(-1, n_symbols)
        codes = np.concatenate([[*before, code] for code in follow]).astype(np.int32)
        starts = np.arange(len(follow), dtype=np.int64) * (len(before) + 1)
        bits = experts.escaped_bits(codes, starts)[len(before) :: len(before) + 1]
        assert np.exp2(-bits).sum() == pytest.approx(1.0, abs=1e-9)


def test_variables_foretell_combinations_that_were_never_seen():
    text = sentences().replace("the cow honks .", "").replace("the cow eats .", "the dog eats .")
    assert "cow eats" not in text
    symbols = as_symbols(text, "word", "line")
    unseen = as_symbols("the cow eats .", "word", alphabet=symbols.alphabet)
    with_variables, without = (Experts(variables=each).fit(symbols) for each in (True, False))
    assert with_variables.surprisal(unseen)[2] < without.surprisal(unseen)[2]


def test_bits_do_not_depend_on_company_or_order():
    symbols = as_symbols(sentences(), "word", "line")
    experts = Experts().fit(symbols)
    lines = ["the cat eats .", "cat the", "honks honks honks honks", "the zebra eats .", ""]
    together = experts.surprisal(as_symbols("\n".join(lines), "word", "line"))
    apart = [experts.surprisal(as_symbols(line, "word")) for line in lines]
    assert np.array_equal(together, np.concatenate(apart))
    reversed_lines = experts.surprisal(as_symbols("\n".join(lines[::-1]), "word", "line"))
    assert np.array_equal(reversed_lines, np.concatenate(apart[::-1]))


@pytest.mark.parametrize("unit", ["word", "char"])
def test_threads_change_nothing(unit, monkeypatch):
    monkeypatch.setattr("hvm.predict.expert_counts.FEW_PLACES", 0)
    symbols = as_symbols(sentences(), unit, "line")

    class OneByOne(ThreadPoolExecutor):
        def submit(self, function, *args):
            done = super().submit(function, *args)
            done.result()
            return done

    def one_by_one(function, *args):
        result = function(*args)
        return lambda: result

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: Experts().fit(symbols), range(4)))
    monkeypatch.setattr("hvm.predict.experts.beside", one_by_one)
    monkeypatch.setattr("hvm.predict.plan.beside", one_by_one)
    monkeypatch.setattr("hvm.predict.expert_counts.ThreadPoolExecutor", OneByOne)
    alone = Experts().fit(symbols)
    for experts in together:
        assert np.array_equal(experts.numbers_, alone.numbers_)
        assert np.array_equal(experts.variables_, alone.variables_)
        assert np.array_equal(experts.surprisal(symbols), alone.surprisal(symbols))


def test_bits_do_not_depend_on_blocks(monkeypatch):
    symbols = as_symbols(sentences(80) + "\n\n\na b\n\n", "word", "line")
    experts = Experts().fit(symbols)
    bits = experts.surprisal(symbols)
    for size in (1, 7, 50):
        monkeypatch.setattr("hvm.predict.experts.BLOCK", size)
        assert np.array_equal(experts.surprisal(symbols), bits)


def test_symbols_of_the_alphabet_that_were_never_seen_cost_the_same_every_time():
    codes = np.arange(200, dtype=np.int32) % 4
    symbols = Symbols(codes, np.zeros(1, np.int64), Alphabet("int", tuple(range(400))))
    experts = Experts().fit(symbols)
    asked = np.arange(400, dtype=np.int32)
    first = experts.escaped_bits(asked, np.zeros(1, np.int64))
    assert np.isfinite(first).all()
    for size in (10, 1000, 20_000):  # what memory held before must not matter
        del_me = np.full(size, np.nan)
        del del_me
        assert (experts.escaped_bits(asked, np.zeros(1, np.int64)) == first).all()


def test_scoring_changes_nothing():
    symbols = as_symbols(sentences(), "word", "line")
    experts = Experts().fit(symbols)
    first = experts.surprisal(symbols)
    experts.surprisal(as_symbols("a b c", "word"))
    assert np.array_equal(first, experts.surprisal(symbols))


@pytest.mark.parametrize("unit", ["word", "char"])
def test_an_unknown_symbol_pays_the_escape_and_its_name(unit):
    symbols = as_symbols("a b a b a c\nb a b a\n" * 20, unit, "line")
    experts = Experts().fit(symbols)
    asked = as_symbols("a zr b", unit, alphabet=symbols.alphabet)
    names = experts.surprisal(asked) - experts.escaped_bits(asked.codes, asked.starts)
    assert names[asked.codes < 0] == pytest.approx(experts.spelling_.code_space_bits(asked.unknown))
    assert not names[asked.codes >= 0].any()
    assert names.sum() > 12


@settings(max_examples=30, deadline=None)
@given(st.text("ab c\n", min_size=1, max_size=60))
def test_any_text_can_be_learned_and_is_scored(text):
    symbols = as_symbols(text, "char", "line")
    if len(symbols):
        bits = Experts().fit(symbols).surprisal(symbols)
        assert np.isfinite(bits).all() and (bits >= 0).all()


def test_what_cannot_be_learned_is_refused():
    with pytest.raises(InputError, match="nothing to learn"):
        Experts().fit("")
    with pytest.raises(InputError, match="coarsest grain is 1"):
        Experts(level=2).fit("aa")
    with pytest.raises(InputError, match="level"):
        Experts(level=-1)
    closed = as_symbols("a z", "word", alphabet=as_symbols("a b", "word").alphabet)
    with pytest.raises(InputError, match="outside their alphabet"):
        Experts().fit(closed)


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(InputError, match="call fit first"):
        Experts().surprisal("a")
    with pytest.raises(InputError, match="no symbol to score"):
        Experts().fit("abab").bits_per_symbol("")


def test_texts_are_read_as_the_training_text_was():
    symbols = as_symbols(sentences(), "word", "line")
    experts = Experts().fit(symbols)
    text = "the cat eats .\nthe dog"
    assert np.array_equal(
        experts.surprisal(text), experts.surprisal(as_symbols(text, "word", "line"))
    )


def test_contexts_that_do_not_exist_are_none():
    places = places_of(np.zeros(2, np.int32), np.zeros(1, np.int64), NO_VARIABLES[:, :1])
    items = places.items(Item(0, 3))
    assert items.tolist() == [NONE, NONE]
