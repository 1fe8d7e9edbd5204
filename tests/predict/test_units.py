from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvm import as_symbols
from hvm.predict.chain import Contexts, chain_chances, count_chain, places_of
from hvm.predict.expert_list import experts_over_units
from hvm.predict.experts import Experts
from hvm.predict.plan import chosen_experts, plan_of
from hvm.predict.units import LETTER, OTHER, SPACE, kinds_of, number_units, unit_variables
from hvm.symbols.sequences import Symbols
from naive import experts as naive


def lines(seed=0, n=150):
    """Sentences of few words, with a point, an apostrophe and two spaces here and there."""
    rng = np.random.default_rng(seed)
    words = ["a", "an", "cat", "cats", "it's", "sees", "the", ",", "(so)"]
    rows = (rng.choice(words, rng.integers(1, 7)).tolist() for _ in range(n))
    return "\n".join(" ".join(row).replace("the a", "the  a") + "." for row in rows)


def test_kinds_follow_from_characters_and_what_is_beside_them():
    training = as_symbols("it's the cat's, isn't it? so be it - a well-known cat_s\n1st\tx")
    kinds = kinds_of(training)
    of = dict(zip(training.alphabet.symbols, kinds.of_code[:-1].tolist(), strict=True))
    assert {c for c, kind in of.items() if kind == SPACE} == {" ", "\n", "\t"}
    assert {c for c, kind in of.items() if kind == OTHER} == {",", "?", "-"}
    assert of["'"] == of["_"] == of["1"] == LETTER
    assert kinds.of_code[-1] == OTHER
    assert training.alphabet.symbols[kinds.separator] == " "


def test_bytes_have_the_kinds_of_characters_and_others_are_letters():
    text = "f\u00fcr uns, f\u00fcr euch\n"
    kinds = kinds_of(as_symbols(text.encode(), "byte"))
    of_characters = kinds_of(as_symbols(text))
    codes = as_symbols(text.encode(), "byte").codes
    assert np.count_nonzero(kinds.of_code[codes] == SPACE) == 4
    assert np.count_nonzero(kinds.of_code[codes] == OTHER) == 1
    assert of_characters is not None


@pytest.mark.parametrize("text", ["nospaces", "x" * 100 + " ", ""])
def test_where_few_spaces_stand_there_are_no_units(text):
    assert kinds_of(as_symbols(text, "char")) is None


def test_numbers_and_words_stand_in_no_units():
    assert kinds_of(as_symbols([32, 97, 32], "int")) is None
    assert kinds_of(as_symbols("a b c", "word")) is None


def units_in_order(symbols, kinds):
    """All units of a text, as tuples of codes."""
    of_text = []
    for begin, end in symbols.bounds():
        codes = symbols.codes[begin:end].tolist()
        *ended, last = naive.units_before(codes, kinds.of_code.tolist(), kinds.separator)
        of_text += [*ended, *([last] if last not in ((), (kinds.separator,)) else [])]
    return of_text


def no_variables(symbols):
    return np.zeros((0, len(symbols.alphabet)), np.int32)


@pytest.mark.parametrize("mode", ["file", "line"])
@pytest.mark.parametrize("n_grains", [0, 1, 3])
def test_chances_over_units_agree_with_their_twin(mode, n_grains):
    training = as_symbols(lines(), "char", mode)
    asked = lines(1, 12) + "\nit's; ~ the  catt a"
    others = as_symbols(asked, "char", mode, training.alphabet)
    kinds = kinds_of(training)
    units = number_units(training.codes, training.starts, kinds)
    places = places_of(training.codes, training.starts, no_variables(training), True, units)
    names = dict(zip(units_in_order(training, kinds), places.units.text.tolist(), strict=True))
    assert sorted(names.values()) == list(range(units.variables.shape[1]))
    variables = unit_variables(places.units, len(training), [7, 4, 2][:n_grains])
    units = units._replace(variables=variables)
    contexts = Contexts(places, {}, units).part(len(training), no_variables(training), units)
    of_units = [{unit: int(grain[code]) for unit, code in names.items()} for grain in variables]
    twin_units = kinds.of_code.tolist(), kinds.separator, of_units
    for chain, _ in experts_over_units(n_grains, 5):
        levels, chances = count_chain(chain, contexts), np.full(len(others), 0.1)
        places = places_of(others.codes, others.starts, no_variables(training), False, units)
        features = chain_chances(chain, levels, Contexts(places, contexts.all_tables()), chances)
        one, other = (
            (each.codes.tolist(), each.starts.tolist(), chain, [], twin_units)
            for each in (training, others)
        )
        twin = naive.count_chain(*one)
        for at, (before, target) in enumerate(naive.histories(*other)):
            chance, feature = naive.chain_chance(twin, before, target, 0.1)
            assert features[at] == feature
            if others.codes[at] >= 0:
                assert chances[at] == pytest.approx(chance, rel=1e-12)


def test_a_part_is_counted_as_if_it_were_all():
    training = as_symbols(lines(2), "char", "line")
    n_first = int(training.starts[100])
    first = Symbols(training.codes[:n_first], training.starts[:100], training.alphabet, "line")
    of_part = plan_of(training, [4, 2]).counted(first)
    alone = plan_of(first, [4, 2], n_items=plan_of(training, [4, 2]).n_items).counted(first)
    asked = as_symbols(lines(3), "char", "line", training.alphabet)
    one, other = (
        counts.chances(counts.contexts(asked.codes, asked.starts)) for counts in (of_part, alone)
    )
    of_symbols = [
        number
        for number, expert in enumerate(of_part.experts)
        if not any(item.grain for item in expert.chain.items)
    ]
    for of_part_, alone_ in zip(one, other, strict=True):
        assert np.array_equal(of_part_[:, of_symbols], alone_[:, of_symbols])


@pytest.mark.parametrize("mode", ["file", "line"])
@pytest.mark.parametrize("variables", [True, False])
def test_chances_of_all_that_can_follow_sum_to_one(mode, variables):
    experts = Experts(variables).fit(as_symbols(lines(4), "char", mode))
    n_symbols = len(experts.alphabet_)
    for before in ("", "the", "the cat", "the c", "it's an", "~", "the ~at ", ", ", "cats.\n"):
        known = as_symbols(before, "char", alphabet=experts.alphabet_).codes
        follow = np.arange(-1, n_symbols)
        codes = np.concatenate([[*known, code] for code in follow]).astype(np.int32)
        starts = np.arange(len(follow), dtype=np.int64) * (len(known) + 1)
        bits = experts.escaped_bits(codes, starts)[len(known) :: len(known) + 1]
        assert np.exp2(-bits).sum() == pytest.approx(1.0, abs=1e-9)


def test_bits_of_characters_do_not_depend_on_what_comes_later_or_beside():
    experts = Experts().fit(as_symbols(lines(5), "char", "line"))
    asked = ["the cat sees it's", "an", "", "~ (so), cats.", "  the"]
    together = experts.surprisal(as_symbols("\n".join(asked), "char", "line"))
    apart = [experts.surprisal(as_symbols(line, "char")) for line in asked]
    assert np.array_equal(together, np.concatenate(apart))
    whole = apart[0]
    for end in range(1, len(whole)):
        assert np.array_equal(experts.surprisal(asked[0][:end]), whole[:end])


def test_a_word_that_is_new_is_known_when_it_comes_again():
    experts = Experts().fit(as_symbols(lines(8), "char", "line"))
    text = as_symbols("the hesties sees cats.\n" * 12, "char", "line", experts.alphabet_)
    bits, _ = experts.reading_bits_and_features(text.codes, text.starts)
    by_line = bits.reshape(12, -1).sum(axis=1)
    assert by_line[-1] < 0.5 * by_line[0]


@pytest.mark.parametrize("variables", [True, False])
def test_a_state_makes_the_same_experts(variables):
    fitted = Experts(variables).fit(as_symbols(lines(9), "char", "line"))
    made = Experts.of(fitted.state_, variables=variables)
    asked = as_symbols(lines(10, 20), "char", "line", fitted.alphabet_)
    assert made.experts_ == fitted.experts_
    assert np.array_equal(made.surprisal(asked), fitted.surprisal(asked))


def test_words_before_foretell_characters():
    rng = np.random.default_rng(6)
    names = rng.choice(["anna", "bert", "carla", "dora"], 600)
    training = as_symbols("\n".join(f"{name} mispronounces {name}." for name in names))
    bits = Experts().fit(training).surprisal("bert mispronounces bert.")
    assert bits[-5] < 0.5  # so long a word hides the one before from chains of symbols


def test_a_level_and_texts_without_spaces_have_no_units():
    training = as_symbols(lines(7), "char", "line")
    assert Experts().fit(training)._counts.units is not None
    assert Experts(level=1).fit(training)._counts.units is None
    assert Experts().fit(as_symbols("ab\nba\n" * 30, "char", "line"))._counts.units is None
    items = {
        item.is_unit for expert in chosen_experts(training, 3, 5) for item in expert.chain.items
    }
    assert items == {True, False}


@settings(max_examples=30, deadline=None)
@given(st.text("ab .\n", min_size=1, max_size=60), st.text("ab .~\n", max_size=20))
def test_any_text_of_units_can_be_learned_and_is_scored(text, other):
    for mode in ("line", "file"):
        symbols = as_symbols(text, "char", mode)
        if len(symbols):
            experts = Experts().fit(symbols)
            asked = as_symbols(other, "char", mode, symbols.alphabet)
            adapting, _ = experts.reading_bits_and_features(asked.codes, asked.starts)
            for bits in (experts.surprisal(asked), adapting):
                assert np.isfinite(bits).all() and (bits >= 0).all()
