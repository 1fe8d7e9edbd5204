"""A tokenizer.json cuts as the best parse does."""

from __future__ import annotations

import doctest
import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from hvm import HVM, as_symbols
from hvm.datasets import load_rhymes
from hvm.errors import InputError, OutputError
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon
from hvm.lexicon.parsing import compile_lexicon, parse
from hvm.show import tokenizer as exported
from hvm.symbols.alphabet import Alphabet

tokenizers = pytest.importorskip("tokenizers")

FRAMES = ("where is the {} now ?", "I see the {} there .")
TEXTS = [frame.format(pet) for pet in ("dog", "cat", "bird", "child") for frame in FRAMES] * 8
AWKWARD = [
    "",
    " ",
    "  ",
    "\t",
    "\n\r\n",
    "zzzz",
    "éé\U0001f600",
    "<unk>",
    "[^\\]-",
    "aaaa" * 400,
    "\ufeffa\ufeff",
]


class Known:
    """A lexicon as a model that was fitted."""

    def __init__(self, lexicon, alphabet):
        self.lexicon_, self.alphabet_ = lexicon, alphabet

    def require_fit(self):
        pass


def loaded(model, **how):
    return tokenizers.Tokenizer.from_str(exported.tokenizer_json(model, **how))


def cuts_of(model, texts):
    """Units and lengths of units of each text, by the best parse; unknown is the last id."""
    symbols = as_symbols(list(texts), "char", "file", model.alphabet_)
    best = parse(model.lexicon_, symbols.codes, symbols.starts)
    units = np.where(best.units < 0, len(model.lexicon_), best.units)
    at = best.sequence_starts[1:]
    return [
        (ids.tolist(), sizes.tolist())
        for ids, sizes in zip(np.split(units, at), np.split(np.diff(best.unit_starts), at))
    ]


def bits_of(model, ids):
    costs, escape = compile_lexicon(model.lexicon_)[1:]
    return sum(escape if unit == len(model.lexicon_) else int(costs[unit]) for unit in ids)


@pytest.mark.parametrize("kept", [lambda text: [text], str.splitlines])
def test_ids_are_units_where_there_are_no_variables(kept):
    text = load_rhymes()
    model = HVM(variables=False, context="unigram", restarts=1).fit(kept(text))
    cutter = loaded(model)
    lines = [*text.splitlines(), *(line[::-1] for line in text.splitlines()), *AWKWARD, *TEXTS]
    read = cutter.encode_batch(lines, add_special_tokens=False)
    for line, one, (ids, _) in zip(lines, read, cuts_of(model, lines)):
        assert one.ids == ids, line


def test_texts_of_few_letters_cost_the_same_bits_in_as_many_tokens():
    """Where ties abound: what is not the same parse is one that ties with it."""
    rng = np.random.default_rng(4)
    for _ in range(40):
        chunks = {
            tuple(rng.integers(0, 2, rng.integers(2, 5)).tolist()) for _ in range(rng.integers(6))
        }
        lexicon = Lexicon.from_definitions(2, [Definition(CHUNK, one) for one in sorted(chunks)])
        lexicon = lexicon.with_counts(rng.integers(0, 4, len(lexicon)), lexicon.filler_counts)
        model = Known(lexicon, Alphabet("char", ("a", "b")))
        texts = ["".join(letters) for letters in product("abc", repeat=6)]
        for one, (ids, _) in zip(loaded(model).encode_batch(texts), cuts_of(model, texts)):
            assert bits_of(model, one.ids) == bits_of(model, ids)
            assert len(one.ids) == len(ids)


def test_frames_are_cut_as_a_parse_cuts_them():
    model = HVM(context="unigram", restarts=1).fit(TEXTS)
    assert len(model.lexicon_.variables)
    texts = [*TEXTS, "I see the dog now ?", "where is the bird there .", "bird"]
    read = loaded(model).encode_batch(texts)
    for one, (_, sizes) in zip(read, cuts_of(model, texts)):
        assert [end - begin for begin, end in one.offsets] == sizes


def test_nested_frames_stand_for_the_texts_that_they_stand_for():
    definitions = [
        Definition(VARIABLE, (0, 1)),  # 3: {a|b}
        Definition(CHUNK, (2, 3)),  # 4: c{a|b}
        Definition(VARIABLE, (0, 4)),  # 5: {a|ca|cb}
        Definition(CHUNK, (5, 2, 5)),  # 6: {..}c{..}
    ]
    lexicon = Lexicon.from_definitions(3, definitions)
    lexicon = lexicon.with_counts(
        np.array([3, 3, 3, 0, 2, 0, 9]), np.arange(len(lexicon.parts)) % 3
    )
    lexicon = lexicon.with_counts(
        lexicon.unit_counts,
        np.where(
            np.repeat(lexicon.kinds == VARIABLE, np.diff(lexicon.offsets)), lexicon.filler_counts, 0
        ),
    )
    model = Known(lexicon, Alphabet("char", ("a", "b", "c")))
    held = exported.tokens(model)
    inner = ("a", "ca", "cb")
    assert set(held) == {"a", "b", "c", "ca", "cb"} | {x + "c" + y for x in inner for y in inner}
    texts = ["".join(letters) for letters in product("abc", repeat=6)]
    for one, (_, sizes) in zip(loaded(model).encode_batch(texts), cuts_of(model, texts)):
        if [end - begin for begin, end in one.offsets] != sizes:
            symbols = as_symbols("".join(one.tokens), "char", "file", model.alphabet_)
            best = parse(lexicon, symbols.codes, symbols.starts)
            assert sum(held[token] for token in one.tokens) == cost_of(lexicon, best)
            assert len(one.ids) == len(sizes)
    with pytest.raises(InputError, match="stand for 14 texts, more than the 13 tokens allowed"):
        exported.tokens(model, 13)


def cost_of(lexicon, best):
    from hvm.lexicon.parsing import quanta

    fillers = quanta(lexicon.filler_bits)[best.slot_parts].sum()
    return compile_lexicon(lexicon).unit_cost[best.units].sum() + fillers


def test_what_is_decoded_is_the_text():
    model = HVM(variables=False, context="unigram", restarts=1).fit(TEXTS)
    cutter = loaded(model)
    for text in TEXTS[:8]:
        assert cutter.decode(cutter.encode(text).ids) == text


def test_a_unit_may_have_the_name_of_the_unknown():
    model = HVM(variables=False, context="unigram", restarts=1).fit("<unk>" * 30 + "k<nu>" * 9)
    held = json.loads(model.to_tokenizer())["model"]
    names = [text for text, _ in held["vocab"]]
    assert "<unk>" in names[:-1]
    assert names[-1] == "<<unk>>"
    assert len(set(names)) == len(names) == held["unk_id"] + 1


def test_the_file_is_what_is_returned(tmp_path):
    model = HVM(variables=False).fit("abab" * 20)
    path = model.to_tokenizer(tmp_path / "tokenizer.json")
    assert path.read_text("utf-8") == model.to_tokenizer()
    assert tokenizers.Tokenizer.from_file(str(path)).encode("abba").tokens == ["ab", "b", "a"]
    with pytest.raises(OutputError):
        model.to_tokenizer(tmp_path / "none" / "tokenizer.json")


def test_what_is_no_text_of_characters_is_refused():
    with pytest.raises(InputError, match="this HVM has learned nothing yet"):
        HVM().to_tokenizer()
    with pytest.raises(InputError, match="the symbols of this model are of unit int"):
        HVM().fit([1, 2, 1, 2]).to_tokenizer()
    with pytest.raises(InputError, match="most_tokens must be an integer of 1 or more, not 0"):
        HVM().fit("abab").to_tokenizer(most_tokens=0)


def test_the_page_on_tokenizers_says_what_happens():
    page = Path(__file__).parents[2] / "docs/how-to/tokenizer.md"
    assert doctest.testfile(str(page), module_relative=False).failed == 0
