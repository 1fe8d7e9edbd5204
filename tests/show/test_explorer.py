import json
from html import unescape
from importlib.resources import files

import numpy as np
import pytest

from hvm import HVM, as_symbols
from hvm.lexicon.lexicon import VARIABLE
from hvm.lexicon.parsing import parse
from hvm.show.explorer import LINES_CHARACTERS_MAX, PLACES_MAX, explorer_data, explorer_page
from naive.lexicon import random_lexicon

FRAMES = ("where is the {} now ?", "I see the {} there .")
PETS = ("dog", "cat", "bird", "</script><b>", "child")
LINES = [frame.format(pet) for frame in FRAMES for pet in PETS]


@pytest.fixture(scope="module")
def animals():
    return HVM().fit(as_symbols("\n".join(LINES * 8), "word", "line"))


def script(*names):
    return "\n".join((files("hvm.show") / "assets" / name).read_text("utf-8") for name in names)


def parses_of(model, texts, dom):
    """Units and slots of each text by the page's own parser."""
    data = json.dumps({"lexicon": explorer_data(model), "texts": texts}).replace("<", "\\u003c")
    found = dom(
        f"<pre id=out></pre><script type='application/json' id=in>{data}</script><script>"
        + script("lexicon.js", "viterbi.js")
        + """
        const given = JSON.parse(document.getElementById("in").textContent);
        const lexicon = new Lexicon(given.lexicon), parser = new Parser(lexicon);
        const row = (slot, depth) => [slot.variable, slot.filler, slot.start, slot.end, depth];
        const rows = (slots, depth) => slots.flatMap(
          (slot) => [row(slot, depth), ...rows(slot.slots, depth + 1)]);
        const out = given.texts.map((text) => parser.parse(lexicon.encode(text).codes).units.map(
          (unit) => [unit.entry, unit.start, rows(unit.slots, 0)]));
        document.getElementById("out").textContent = JSON.stringify(out);
        </script>"""
    )
    return json.loads(unescape(found.split('<pre id="out">')[1].split("</pre>")[0]))


def expected(lexicon, codes):
    best = parse(lexicon, codes, np.zeros(1, np.int64))
    columns = (best.slot_variables, best.slot_fillers, best.slot_starts, best.slot_ends)
    slots = np.stack([*columns, best.slot_depths], axis=1).tolist() if len(best) else []
    return [
        [unit, start, [slots[k] for k in np.flatnonzero(best.slot_units == u)]]
        for u, (unit, start) in enumerate(
            zip(best.units.tolist(), best.unit_starts[:-1].tolist(), strict=True)
        )
    ]


def test_the_page_parses_as_python_does(dom, animals):
    rng = np.random.default_rng(1)
    words = [*animals.alphabet_.symbols, "unknown", "Ünïcode"]
    texts = [*LINES, ""]
    texts += [" ".join(rng.choice(words, rng.integers(1, 12))) for _ in range(1000)]
    symbols = [as_symbols(text, "word", alphabet=animals.alphabet_) for text in texts]
    wanted = [expected(animals.lexicon_, each.codes) for each in symbols]
    assert any(slots for units in wanted for *_, slots in units)
    assert parses_of(animals, texts, dom) == wanted


@pytest.mark.parametrize("seed", range(3))
def test_ties_and_nested_slots_are_parsed_alike(dom, seed):
    rng = np.random.default_rng(seed)
    lexicon = random_lexicon(rng, 4, 24)
    is_variable = lexicon.kinds == VARIABLE
    is_member = np.repeat(is_variable, np.diff(lexicon.offsets))
    if seed:  # with seed 0 all counts are equal
        units = np.where(is_variable, 0, rng.integers(0, 3, len(lexicon)))
        lexicon = lexicon.with_counts(units, rng.integers(0, 2, len(is_member)) * is_member)
    model = HVM(context="unigram").fit("abcd")
    model.lexicon_ = lexicon
    texts = ["".join(rng.choice([*"abcde"], rng.integers(1, 30))) for _ in range(200)]
    wanted = [expected(lexicon, as_symbols(text, alphabet=model.alphabet_).codes) for text in texts]
    assert parses_of(model, texts, dom) == wanted


def test_every_view_draws_itself(dom, animals):
    text = as_symbols("\n".join(LINES), "word", "line", animals.alphabet_)
    page = explorer_page(animals, text, "pets & <others>")
    assert "<title>pets &amp; &lt;others&gt;</title>" in page
    assert "http" not in page.replace("http-equiv", "")
    variable = int(animals.lexicon_.variables[0])
    for where, holds in (
        ("", "Chunks that cover most"),
        ("#widest%20variables", "|…}"),
        ("#variables%20of%20what%20comes%20next", "What kind of symbol"),
        ("#parse", "units, "),
        ("#about", "learned from"),
        (f"#{variable}", "Frames that hold it"),
        ("#?dog", "entries with"),
        ("#no-such-view", "Chunks that cover most"),
    ):
        body = dom(page, where).split("<main", 1)[1].split("</main>")[0]
        assert holds in body, where


def test_places_are_where_entries_stand(animals):
    text = as_symbols("\n".join(LINES * 3), "word", "line", animals.alphabet_)
    data = explorer_data(animals, text)
    assert data["lines"][0] == text.text(*next(iter(text.bounds())))
    for entry, places in data["places"].items():
        assert 1 <= len(places) <= PLACES_MAX
        assert len({line for line, *_ in places}) == len(places)
        for line, start, end in places:
            assert data["lines"][line][start:end].strip(), entry
    dog = animals.alphabet_.symbols.index("dog")
    assert all(data["lines"][line][a:b] == "dog" for line, a, b in data["places"][dog])


def test_a_long_sequence_is_shown_in_windows():
    text = "the dog and the cat " * 2000
    model = HVM().fit(text)
    data = explorer_data(model, as_symbols(text, alphabet=model.alphabet_))
    assert sum(map(len, data["lines"])) < LINES_CHARACTERS_MAX
    assert max(map(len, data["lines"])) < 400


def test_a_page_of_a_model_that_learned_nothing_but_atoms(animals):
    model = HVM(context="unigram").fit("ab")
    data = explorer_data(model, as_symbols("", alphabet=model.alphabet_))
    assert data["hierarchy"] == [] and data["sizes"] == [] and data["lines"] == []
    assert explorer_page(model).count("</script>") == 2
    assert explorer_page(animals).count("</script>") == 2
