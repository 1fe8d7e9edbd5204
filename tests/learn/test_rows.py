from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import hvm
from hvm.errors import InputError
from hvm.kernels.code.coder import finish, make_reader, make_writer, take, target, write
from hvm.learn.checkpoint import END
from hvm.learn.row_code import RowSettings
from hvm.learn.row_lexicon import row_lexicon
from hvm.learn.row_search import RowSearch
from hvm.learn.row_steps import begun, take_step
from hvm.learn.rows import learn_rows, row_model
from naive import rows as naive

LINES = "a b c d a b\nd a b c e a b\n\nc c c a b c d\n" * 30
PETS = "the cat runs\nthe dog runs\na cat sleeps\na dog runs\nthe dog sleeps\nit runs\n" * 40


def corpus(text=LINES):
    return hvm.as_symbols(text, "word", sequences="line")


def random_text(seed):
    """Frames whose slots hold words of a few kinds, in lines of which many come again."""
    rng = np.random.default_rng(seed)
    kinds = [[f"{kind}{i}" for i in range(n)] for kind, n in (("n", 6), ("v", 5), ("d", 2))]
    frames = ("dnv", "dn", "nv", "dnvdn", "vv", "ddnn")
    lines = [
        " ".join(rng.choice(kinds["nvd".index(kind)]) for kind in rng.choice(frames))
        for _ in range(120)
    ]
    return corpus("\n".join(rng.choice(lines, 400)) + "\n")


def lines_of(model, symbols):
    """(unit, its symbols) of each sequence."""
    ends = np.append(model.starts[1:], len(model.units))
    at, lines = 0, []
    for first, last in zip(model.starts, ends):
        line = []
        for unit in model.units[first:last].tolist():
            size = len(model.patterns[unit])
            line.append((unit, tuple(symbols.codes[at : at + size].tolist())))
            at += size
        lines.append(line)
    return lines


def parts_of(model, symbols):
    """Units of each sequence by their parts: a symbol that fills a slot, or ~symbol itself."""
    return [
        [
            tuple(
                s if part < model.n_variables else ~s for part, s in zip(model.patterns[unit], own)
            )
            for unit, own in line
        ]
        for line in lines_of(model, symbols)
    ]


CORPORA = {
    "lines": corpus(),
    "pets": corpus(PETS),
    "one word": corpus("a a a a a a a a a a a a a a"),
    "random": random_text(1),
    "more random": random_text(2),
}
every_corpus = pytest.mark.parametrize("symbols", CORPORA.values(), ids=CORPORA)


# -- what is learned -----------------------------------------------------------------------


@every_corpus
@pytest.mark.parametrize("variables", [True, False])
def test_units_spell_the_corpus(symbols, variables):
    model = learn_rows(symbols, variables)
    flat = [part for unit in model.units for part in model.patterns[unit]]
    for part, symbol in zip(flat, symbols.codes.tolist(), strict=True):
        assert part in (model.variables[symbol], model.n_variables + symbol)
    assert model.patterns[: model.n_variables] == tuple((v,) for v in range(model.n_variables))
    assert len(model.starts) == symbols.n_sequences
    spelled = [[s for _, unit in line for s in unit] for line in lines_of(model, symbols)]
    assert spelled == [symbols.codes[a:b].tolist() for a, b in symbols.bounds()]


@every_corpus
def test_bits_are_those_of_the_formula(symbols):
    settings = RowSettings()
    model = learn_rows(symbols, settings=settings)
    lines = parts_of(model, symbols)
    code = settings.discount, settings.strength, settings.filler_prior
    expected = naive.code_length(lines, model.variables.tolist(), code)
    assert model.bits.total == pytest.approx(expected)


def test_chunks_and_frames_make_the_code_shorter():
    for symbols in CORPORA.values():
        single = learn_rows(symbols, False, RowSettings(longest=1))
        chunks, frames = learn_rows(symbols, False), learn_rows(symbols)
        assert single.n_merged == 0 and chunks.n_variables == len(symbols.alphabet)
        assert chunks.bits.total <= single.bits.total
        assert min(chunks.bits.total, frames.bits.total) <= single.bits.total


def test_words_of_a_kind_share_a_variable():
    symbols = corpus(PETS)
    model = learn_rows(symbols)
    words = dict(zip(symbols.alphabet.symbols, model.variables.tolist()))
    assert words["cat"] == words["dog"] != words["runs"]
    assert model.shared(symbols.alphabet.encode(["cat", "it"])).tolist() == [True, False]


def test_a_part_is_a_variable_or_a_symbol_of_one():
    symbols = random_text(1)
    model = learn_rows(symbols, settings=RowSettings(least=2))
    parts = np.concatenate([pattern for pattern in model.patterns if len(pattern) > 1])
    of_symbols = parts[parts >= model.n_variables] - model.n_variables
    assert model.shared(of_symbols).any()
    assert (np.bincount(model.variables)[parts[parts < model.n_variables]] > 1).any()
    lexicon, cut = row_lexicon(model, symbols, 0.1)
    lexicon.validate()
    chunks = {lexicon.pattern(chunk) for chunk in lexicon.chunks}
    assert all(any(s in chunk for chunk in chunks) for s in of_symbols.tolist())
    fillers, spelled = iter(cut.slot_fillers.tolist()), []
    for unit in cut.units.tolist():
        for part in lexicon.pattern(unit):
            spelled.append(next(fillers) if part >= lexicon.n_atoms else part)
    assert spelled == symbols.codes.tolist()


def test_units_are_no_more_than_allowed():
    symbols = random_text(3)
    assert learn_rows(symbols, False).n_merged > 2
    for variables in (True, False):
        model = learn_rows(symbols, variables, RowSettings(max_entries=3))
        n_shared = int((np.bincount(model.variables) > 1).sum())
        assert model.n_merged <= max(0, 3 - n_shared)


def test_learning_is_deterministic():
    first, second = (learn_rows(random_text(4)) for _ in range(2))
    assert first.patterns == second.patterns and first.bits == second.bits
    assert first.units.tobytes() == second.units.tobytes()


# -- exchange ------------------------------------------------------------------------------


@every_corpus
def test_what_an_exchange_saves_is_what_a_recount_says(symbols):
    search = RowSearch(symbols, True, RowSettings(least=2))
    for _ in range(3):
        before = search.bits().total
        saved = search.exchange()
        assert saved == pytest.approx(before - search.bits().total, abs=1e-6)
        search.merge()  # so that symbols move inside units


@pytest.mark.parametrize("seed", range(4))
def test_no_symbol_would_save_bits_elsewhere_after_an_exchange(seed):
    """By a recount of each corpus with the symbol in each other variable, and alone."""
    symbols, settings = random_text(seed), RowSettings(least=2)
    search = RowSearch(symbols, True, settings)
    search.merge()
    while search.exchange() > 0:
        pass
    model = row_model(search)
    lines = parts_of(model, symbols)
    code = settings.discount, settings.strength, settings.filler_prior
    least = naive.code_length(lines, model.variables.tolist(), code)
    assert least == pytest.approx(model.bits.total)
    for symbol in range(len(symbols.alphabet)):
        for variable in range(model.n_variables + 1):
            moved = model.variables.tolist()
            moved[symbol] = variable
            assert naive.code_length(lines, moved, code) > least - 1e-6


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_a_unit_keeps_its_symbols_where_its_variable_is_empty_by_now(seed):
    """An exchange makes units of the variables it tries, and some of these have no members then."""
    search = RowSearch(random_text(seed), True, RowSettings(least=2))
    position = begun(search)
    while position.step != END:
        position = take_step(search, position)
        first = 1 + int(search.variables[-1])
        marks = ["", *"." * (first - 1), *"s" * len(search.symbols.alphabet)]
        for left, right in search.halves[len(marks) :].tolist():
            marks.append(marks[left] + marks[right])
        masks = [sum(1 << i for i, mark in enumerate(unit) if mark == "s") for unit in marks]
        assert search.literals.tolist() == masks


# -- the code is one -----------------------------------------------------------------------


def coded(symbols, model, settings):
    """The bytes of a corpus, and the shape that a reader is given."""
    writer = make_writer(1 << 20)

    def pick(table, choice):
        names, sizes = zip(*table)
        at = names.index(choice)
        write(writer, sum(sizes[:at]), sizes[at], sum(sizes))
        return choice

    lines = lines_of(model, symbols)
    known = SimpleNamespace(variables=model.variables, patterns=model.patterns, lines=lines)
    lengths = [len(line) for line in lines]
    shape = len(symbols.alphabet), model.n_variables, model.n_merged, lengths
    code = settings.discount, settings.strength, settings.filler_prior
    naive.RowCoder(pick, code).corpus(shape, known)
    return finish(writer), shape


def decoded(data, shape, settings):
    reader = make_reader(data)

    def pick(table, _):
        total = sum(size for _, size in table)
        wanted, below = target(reader, total), 0
        for name, size in table:
            if wanted < below + size:
                take(reader, below, size, total)
                return name
            below += size
        raise AssertionError

    code = settings.discount, settings.strength, settings.filler_prior
    return naive.RowCoder(pick, code).corpus(shape)


@every_corpus
@pytest.mark.parametrize("variables", [True, False])
def test_a_corpus_decodes_from_its_bits(symbols, variables):
    """Variables, units, rows, first times and fillers; counts and lengths are given."""
    settings = RowSettings(least=2)
    model = learn_rows(symbols, variables, settings)
    data, shape = coded(symbols, model, settings)
    naming = 0.0 if variables else len(symbols.alphabet) * np.log2(len(symbols.alphabet))
    more = 0.0 if variables else sum(len(p) for p in model.patterns if len(p) > 1)
    assert 8 * len(data) <= model.bits.total + naming + more + 2 + 8  # whole bytes
    assert decoded(data, shape, settings) == [
        symbols.codes[a:b].tolist() for a, b in symbols.bounds()
    ]


# -- what is refused -----------------------------------------------------------------------


@pytest.mark.parametrize("name, value", [("discount", 1), ("strength", 0), ("longest", 33)])
def test_settings_are_checked(name, value):
    with pytest.raises(InputError, match=name):
        RowSettings(**{name: value})
