"""What each rival is known for: values by hand, published results, and slow twins."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvm.kernels.recall.models import Decay, Smoothing, bigram_bits, lz78_bits, ppm_bits
from hvm.recall.models.parser import Parser
from hvm.recall.models.registry import make_model
from hvm.recall.models.running import run_model, sum_trials
from hvm.recall.task.trials import read_trials
from naive import recall as naive_recall

TRIALS = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=9), min_size=1, max_size=6)
OUTSIDE = 3  # of symbols 0, 1, 2


def begun(name, n_symbols, trials=(), **settings):
    model = make_model(name, **settings)
    model.begin(n_symbols)
    for trial in trials:
        model.observe(np.array(trial))
    return model


def distribution(model, prefix):
    n_symbols = model.n_symbols
    return [float(2 ** -model.surprisal([*prefix, x])[-1]) for x in range(n_symbols)]


def outside_is_minus_one(trials):
    return [[code if code != OUTSIDE else -1 for code in trial] for trial in trials]


# -- bigram ---------------------------------------------------------------------------------------


def test_bigram_by_hand():
    model = begun("bigram", 6, [[0, 1]], theta=0.5)
    # The start was followed by 0, and that faded once; 0 was followed by 1, last of all.
    assert distribution(model, [])[0] == pytest.approx((0.5 + 0.5) / (0.5 + 3))
    assert distribution(model, [])[1] == pytest.approx(0.5 / (0.5 + 3))
    assert distribution(model, [0])[1] == pytest.approx((1 + 0.5) / (1 + 3))
    assert distribution(model, [1]) == pytest.approx([1 / 6] * 6)


def test_bigram_learns_within_a_trial_if_it_shall():
    eager = begun("bigram", 2, within_trial=True, theta=1.0)
    assert 2 ** -eager.surprisal([0, 0, 0]) == pytest.approx([1 / 2, 1 / 2, 1.5 / 2])
    patient = begun("bigram", 2, theta=1.0)
    assert 2 ** -patient.surprisal([0, 0, 0]) == pytest.approx([1 / 2, 1 / 2, 1 / 2])


@given(TRIALS, st.sampled_from([0.5, 0.996, 1.0]), st.booleans())
def test_bigram_kernel_and_twin_agree(trials, theta, learns):
    fast, slow = np.zeros((5, 3)), [[0.0] * 3 for _ in range(5)]
    for trial in trials:
        bits = bigram_bits(np.array(trial, np.int32), fast, theta, 0.5, learns)
        assert bits == pytest.approx(naive_recall.bigram_bits(trial, slow, theta, 0.5, learns))
        assert fast == pytest.approx(np.array(slow))


# -- LZ78 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_symbols", [2, 3, 6])
def test_lz78_a_phrase_costs_the_number_of_leaves(n_symbols):
    """Langdon 1983: A + t (A - 1) leaves after t phrases, each as likely."""
    codes = np.random.default_rng(n_symbols).integers(0, n_symbols, 300)
    bits = begun("lz78", n_symbols).surprisal(codes)
    known, phrase, begin, costs = set(), (), 0, []
    for i, code in enumerate(codes.tolist()):
        phrase = (*phrase, code)
        if phrase not in known:
            known.add(phrase)
            costs.append(bits[begin : i + 1].sum())
            phrase, begin = (), i + 1
    leaves = [n_symbols + t * (n_symbols - 1) for t in range(len(costs))]
    assert costs == pytest.approx(np.log2(leaves))


def test_lz78_a_trial_begins_at_the_root():
    model = begun("lz78", 2, [[0], [0, 1], [0, 1]])
    # Phrases 0, 01; the third trial ran down to 01 and ended there. 0 was read three times.
    assert distribution(model, [])[0] == pytest.approx(4 / 5)
    assert distribution(model, [0])[1] == pytest.approx(3 / 4)


@given(TRIALS, st.sampled_from([0.1, 0.5, 1.0]))
def test_lz78_kernel_and_twin_agree(trials, alpha):
    room = sum(map(len, trials)) + 1
    counts, children, n_nodes, bits = np.zeros((room, 3), int), np.zeros((room, 3), int), 1, []
    for trial in trials:
        codes = np.array(trial, np.int32)
        more, n_nodes = lz78_bits(codes, counts, children, n_nodes, alpha)
        bits += more.tolist()
    assert bits == pytest.approx(naive_recall.lz78_bits(trials, 3, alpha))


# -- PPM ------------------------------------------------------------------------------------------

ABRACADABRA = ["abcdr".index(letter) for letter in "abracadabra"]

# What IDyOM (Pearce 2005) gives for abracadabra three times over, no update exclusion; the R
# package ppm tests itself against it. (times read before, symbols read) -> P of a, b, c, d, r.
IDYOM = {
    (0, 1): (0.6, 0.1, 0.1, 0.1, 0.1),
    (0, 4): (0.20000002, 0.53333336, 0.06666668, 0.06666668, 0.13333336),
    (0, 6): (0.20833334, 0.2916667, 0.2916667, 0.083333336, 0.125),
    (0, 10): (0.4347826, 0.1521739, 0.13043477, 0.13043477, 0.1521739),
    (1, 0): (0.2777778, 0.19444445, 0.16666667, 0.16666667, 0.19444445),
    (1, 4): (0.11999999, 0.23, 0.46, 0.10999999, 0.07999999),
    (1, 8): (0.11351351, 0.5243243, 0.14864865, 0.14864865, 0.06486486),
    (2, 1): (0.15789472, 0.35197368, 0.20065789, 0.20065789, 0.088815786),
    (2, 6): (0.06033518, 0.16201115, 0.103910595, 0.64022344, 0.033519547),
    (2, 10): (0.7790698, 0.0639535, 0.046511635, 0.046511635, 0.0639535),
}


@pytest.mark.parametrize(("before", "read"), IDYOM)
def test_ppm_gives_the_published_abracadabra(before, read):
    model = begun("ppm", 5, [ABRACADABRA] * before)
    found = distribution(model, ABRACADABRA[:read])
    assert found == pytest.approx(IDYOM[before, read], abs=2e-7)


# The same of five words, the last of them wooloobooloo: by escape method, P of e before its last
# letter but one, and of l and o before its last.
IDYOM_ESCAPES = {
    "a": (0.32832614, 0.18317759, 0.6168224),
    "b": (0.21630092, 0.11006289, 0.16666666),
    "c": (0.20176212, 0.114285715, 0.38476193),
    "d": (0.2787565, 0.1416465, 0.48426154),
    "ax": (0.29224494, 0.17266189, 0.43021584),
}


@pytest.mark.parametrize("escape", IDYOM_ESCAPES)
def test_ppm_gives_the_published_words_by_every_escape_method(escape):
    letters = "abcdeilmnoprstw"
    words = ("abracadabra", "letlettertele", "assanissimassa", "mississippi", "wooloobooloo")
    *seen, last = [[letters.index(letter) for letter in word] for word in words]
    model = begun("ppm", 15, seen, escape=escape, order_bound=100)
    before, after = distribution(model, last[:10]), distribution(model, last[:11])
    found = before[letters.index("e")], after[letters.index("l")], after[letters.index("o")]
    assert found == pytest.approx(IDYOM_ESCAPES[escape], abs=2e-7)


def test_ppm_by_hand():
    # After "abra": b followed ra never and a once. Order 1 (a): b 1 of 1, escape C 1/2, and it is
    # the shortest deterministic context. Order 0 without b: a 2, r 1, b excluded: n 3, e 3;
    # b weighs 1 still. Below: 1 / (5 + 1 - 3). (1/2 + 1/2 (1/2 1/3 + 1/2 1/3)) / 1.25 = 0.5333.
    parts = [
        1 / 2 * (1 / 2 * 2 / 3 + 1 / 2 * 1 / 3),
        1 / 2 + 1 / 2 * (1 / 2 * 1 / 3 + 1 / 2 * 1 / 3),
    ]
    parts += [1 / 2 * 1 / 2 * 1 / 3] * 2 + [1 / 2 * (1 / 2 * 1 / 3 + 1 / 2 * 1 / 3)]
    found = distribution(begun("ppm", 5), ABRACADABRA[:4])
    assert found == pytest.approx(np.array(parts) / sum(parts))


PACKAGE = Decay(
    buffer_weight=1.0,
    buffer_seconds=0.1000000001,
    buffer_items=3,
    stm_weight=1.0,
    stm_seconds=0.2,
    stm_half_life_seconds=0.2 * math.log(2) / math.log(1 / 0.6),
    ltm_weight=0.6,
    ltm_half_life_seconds=3.5,
    ltm_asymptote=0.1,
    learns_from_buffer=1.0,
    predicts_from_buffer=1.0,
    noise=0.0,
)
# Bits by the R package ppm 0.1.1: symbol, time in seconds, bits.
PACKAGE_BITS = [
    (0, 0.0, 1.5849625007211563),
    (1, 0.05, 2.807354922057604),
    (2, 0.1, 3.459431618637297),
    (0, 0.15, 1.683548533307657),
    (1, 0.2, 0.7582862826834779),
    (2, 0.25, 0.4196238692629356),
    (0, 1.0, 1.5944751640711807),
    (1, 100.0, 1.688055994695854),
]


def test_ppm_decay_gives_the_bits_of_the_package():
    symbols, times, bits = zip(*PACKAGE_BITS)
    begins, smoothing = np.zeros(8, np.int64), Smoothing(2, 0, 0, 0, 0)
    arrays = np.array(symbols, np.int32), begins, np.array(times)
    found = ppm_bits(*arrays, 0, 3, PACKAGE, smoothing, np.uint64(1))
    assert found == pytest.approx(bits, abs=1e-12)


def test_ppm_decay_without_decay_gives_the_bits_of_the_package():
    """The last symbol of abracadabra, read twice, with weights that stay 1."""
    still = {"ltm_weight": 1.0, "ltm_asymptote": 1.0, "order_bound": 10, "symbol_seconds": 1}
    free = {"only_learn_from_buffer": False, "only_predict_from_buffer": False}
    model = begun("ppm_decay", 5, [ABRACADABRA], **still, **free)
    expected = (0.999929717027807, 2.31193987476684e-05, 1.20220873487876e-05)
    assert distribution(model, ABRACADABRA[:10])[:3] == pytest.approx(expected, rel=1e-8)


def test_ppm_decay_weights_by_hand():
    """One n-gram: 1 in the buffer, then 0.6, then half of that after 3.5 s."""
    settings = {"order_bound": 0, "symbol_seconds": 1.0}
    for gap, weight in ((0.0, 1.0), (1.0, 0.6), (4.5, 0.3)):  # it leaves 2 s after it began
        model = begun("ppm_decay", 2, [[0]], gap_seconds=gap, **settings)
        trust = weight / (weight + 1)
        parts = np.array([trust + (1 - trust) / 3, (1 - trust) / 3])
        assert distribution(model, []) == pytest.approx(parts / parts.sum())


def test_ppm_decay_items_push_out_of_the_buffer():
    settings = {"order_bound": 0, "symbol_seconds": 1.0, "buffer_seconds": 100.0, "buffer_items": 2}
    model = begun("ppm_decay", 2, [[0, 1, 1]], **settings)
    # 0 left when the third symbol came, one second ago.
    zero, ones = 0.6 * 2 ** (-1 / 3.5), 2.0
    n = zero + ones
    parts = np.array([w / n * n / (n + 1) + 1 / (n + 1) / 3 for w in (zero, ones)])
    assert distribution(model, []) == pytest.approx(parts / parts.sum())


def test_ppm_decay_noise_is_noise():
    """Other symbols, seeds and moments give other noise, of the mean that is taken off."""
    noisy = [begun("ppm_decay", 6, noise=1.0, seed=seed) for seed in range(400)]
    bits = np.array([model.surprisal([0])[0] for model in noisy])
    assert bits.std() > 0.1
    quiet = math.log2(6)
    assert np.exp2(-bits).mean() == pytest.approx(2**-quiet, abs=0.01)
    normals = np.abs([naive_recall.normal(naive_recall.mixed(k)) for k in range(20_000)])
    assert normals.mean() == pytest.approx(math.sqrt(2 / math.pi), abs=0.02)
    assert (normals**2).mean() == pytest.approx(1, abs=0.03)


DECAYS = st.builds(
    Decay,
    buffer_weight=st.sampled_from([0.0, 1.0, 1.5]),
    buffer_seconds=st.sampled_from([0.0, 1.5, 6.0, math.inf]),
    buffer_items=st.sampled_from([0.0, 3.0, 15.0]),
    stm_weight=st.just(1.0),
    stm_seconds=st.sampled_from([0.0, 2.5]),
    stm_half_life_seconds=st.just(3.4),
    ltm_weight=st.just(0.6),
    ltm_half_life_seconds=st.sampled_from([0.5, 10.0]),
    ltm_asymptote=st.sampled_from([0.0, 0.1]),
    learns_from_buffer=st.sampled_from([0.0, 1.0]),
    predicts_from_buffer=st.sampled_from([0.0, 1.0]),
    noise=st.sampled_from([0.0, 0.0, 0.8]),
)
SMOOTHINGS = st.builds(
    Smoothing,
    order_bound=st.integers(0, 4),
    escape=st.integers(0, 4),
    exclusion=st.integers(0, 1),
    shortest_deterministic=st.integers(0, 1),
    shrinks=st.integers(0, 1),
)


@given(TRIALS, DECAYS, SMOOTHINGS, st.integers(0, 2**64 - 1), st.integers(0, 9))
def test_ppm_kernel_and_twin_agree(trials, decay, smoothing, seed, first):
    codes = np.array([code for trial in trials for code in trial], np.int32)
    lengths = [len(trial) for trial in trials]
    begins = np.repeat(np.cumsum([0, *lengths[:-1]]), lengths)
    times = np.arange(len(codes)) * 0.7 + begins
    first = min(first, len(codes))
    fast = ppm_bits(codes, begins, times, first, 3, decay, smoothing, np.uint64(seed))
    slow = naive_recall.ppm_bits(codes, begins, times, first, 3, decay, smoothing, seed)
    assert fast == pytest.approx(slow, rel=1e-9, abs=1e-9)


# -- repeats --------------------------------------------------------------------------------------


def test_repeats_by_hand():
    model = begun("repeats", 2, [[0, 1], [0, 0], [0, 1]], theta=0.9, novelty=2.0, base="uniform")
    # Strengths: 01 faded over four symbols and came again; 00 faded over two.
    twice, once = 0.9**4 + 1, 0.9**2
    p_0 = (twice + once + 2 / 2) / (twice + once + 2)
    p_01 = (twice + 2 / 4) / (twice + once + 2)
    assert 2.0 ** -model.surprisal([0, 1]) == pytest.approx([p_0, p_01 / p_0])
    # Past the end of what is remembered, everything is new.
    assert model.surprisal([0, 1, 1])[2] == pytest.approx(1)


def test_repeats_find_the_fortieth_cheap():
    sequence = [5, 2, 1, 3, 3, 4, 5, 1, 0, 0, 3, 5]
    model = begun("repeats", 6, [sequence] * 39)
    assert model.surprisal(sequence).sum() < 0.1
    assert model.surprisal([*sequence[:-1], 4]).sum() > 4


@given(TRIALS, st.sampled_from([0.5, 0.996, 1.0]), st.sampled_from(["bigram", "uniform"]))
def test_repeats_and_twin_agree(trials, theta, base):
    trials = [[code % 3 for code in trial] for trial in trials]
    *seen, asked = trials
    model = begun("repeats", 3, seen, theta=theta, base=base)
    bigram = begun("bigram", 3, seen, theta=theta)

    def chance(symbols):
        return (
            3.0 ** -len(symbols) if base == "uniform" else 2.0 ** -bigram.surprisal(symbols).sum()
        )

    for end in range(1, len(asked) + 1):
        total = 2.0 ** -model.surprisal(asked[:end]).sum()
        expected = naive_recall.repeats_probability(asked[:end], seen, theta, 1.0, chance)
        assert total == pytest.approx(expected, rel=1e-6)


# -- PARSER ---------------------------------------------------------------------------------------


def test_parser_steps_by_hand():
    model = begun("parser", 3, most_units=1)
    model.observe([0, 0])
    # Two percepts of one symbol: 0 gains twice, all fade twice; itself does not interfere.
    assert model.units == pytest.approx({(0,): 1 + 2 * (0.5 - 0.05), (1,): 0.9, (2,): 0.9})
    pair = next(begun("parser", 3, seed=seed) for seed in range(9) if sizes(seed)[0] == 2)
    pair.observe([0, 1])
    # 01 is new. 0 and 1 gain, fade, and disturb each other not: neither is in the other.
    assert pair.units == pytest.approx({(0,): 1.45, (1,): 1.45, (2,): 0.95, (0, 1): 1.0})
    pair._step((0, 1), 0)
    # Read as one unit: 01 gains and fades; 0 and 1 fade, and each is in the part that was read.
    assert pair.units == pytest.approx({(0,): 1.395, (1,): 1.395, (2,): 0.9, (0, 1): 1.45})


def sizes(seed, n=5):
    return np.random.default_rng(seed).integers(1, 4, n).tolist()


def test_parser_forgets():
    model = begun("parser", 3, [[0]] * 40, forgetting=0.1)
    assert set(model.units) <= {(0,), (0, 0), (0, 0, 0)}
    model.observe([1, 1, 1, 1])
    assert (1,) not in model.units  # a symbol that was forgotten does not come back
    assert sum(distribution(model, [])) == pytest.approx(1)


WORDS = ("ba bu pu", "bu pa da", "du ta ba", "pa tu bi", "pi da bu", "tu ti bu")


def test_parser_finds_the_words_of_saffran():
    """Perruchet & Vinter 1998: the six words of Saffran, Newport & Aslin (1996), unsegmented.

    No word follows itself. After 1800 words the six heaviest units are the words, in each of ten
    runs.
    """
    syllables = sorted({syllable for word in WORDS for syllable in word.split()})
    words = [tuple(map(syllables.index, word.split())) for word in WORDS]
    for seed in range(10):
        rng = np.random.default_rng(100 + seed)
        order = np.cumsum([rng.integers(6), *rng.integers(1, 6, 1799)]) % 6
        model = Parser(seed=seed)
        model.begin(len(syllables))
        model.observe([syllable for word in order for syllable in words[word]])
        units = model.units
        assert set(sorted(units, key=units.get)[-6:]) == set(words)


@given(TRIALS, st.integers(0, 5))
def test_parser_and_twin_agree_on_what_units_foretell(trials, seed):
    trials = [[code % 3 for code in trial] for trial in trials]
    *seen, asked = trials * 2
    model = begun("parser", 3, seen, seed=seed)
    bits = model.surprisal(asked)
    for end in range(1, min(len(asked), 7) + 1):
        p = naive_recall.unit_probability(asked[:end], model.units, 1.0, 3)
        assert bits[:end].sum() == pytest.approx(-math.log2(p), abs=1e-6)


def test_parser_reads_the_middle_of_units():
    model = begun("parser", 6, [[0, 1, 2, 3, 4, 5]] * 60)
    bits = model.surprisal([0, 1, 2, 3, 4, 5])
    assert bits[1:].max() < 0.5 < model.surprisal([3, 1, 2, 0])[1]


@pytest.mark.parametrize("name", ["ppm", "ppm_decay", "repeats", "lz78", "bigram", "parser"])
def test_outside_symbols_teach_nothing_but_their_place(name):
    trials = outside_is_minus_one([[0, 1, 3, 2], [3], [3, 3, 0]])
    with_gaps = begun(name, 3, trials)
    assert with_gaps.surprisal([0, -1])[1] == 32
    assert all(math.isfinite(p) for p in itertools.chain(distribution(with_gaps, [-1, 2])))


# -- the real data --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real_trials(data_folder):
    path = data_folder / "human" / "recall_trials.csv"
    if not path.is_file():
        pytest.skip("HVM_DATA holds no human/recall_trials.csv")
    return read_trials(path)


def test_bigram_reaches_what_it_is_known_to_reach(real_trials):
    """Spearman .83 in training and .62 in transfer, R2 .62 in training, of group-by-trial means."""
    table = real_trials.table.copy()
    table["bits"] = sum_trials(run_model(make_model("bigram"), real_trials))["surprisal_bits"]
    kept = table[table["recall_time_ms"] <= 20_000]
    means = kept.groupby(["block", "group", "trial"])[["bits", "recall_time_ms"]].mean()
    training, transfer = means.loc["train"], means.loc["transfer"]
    assert training.rank().corr().iloc[0, 1] == pytest.approx(0.83, abs=0.01)
    assert np.corrcoef(training.T)[0, 1] ** 2 == pytest.approx(0.62, abs=0.01)
    assert transfer.rank().corr().iloc[0, 1] == pytest.approx(0.62, abs=0.01)


def test_repeats_find_the_fortieth_cheap_for_people(real_trials):
    bits = sum_trials(run_model(make_model("repeats"), real_trials))["surprisal_bits"]
    table = real_trials.table
    last = bits[(table["group"] == "control") & (table["trial"] == 40)]
    assert last.median() <= last.max() <= 1
