"""A search by the code of rows goes on from its checkpoint as if nothing had happened."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import asdict
from itertools import chain, repeat
from pathlib import Path

import numpy as np
import pytest

from hvm import HVM, as_symbols, datasets
from hvm.errors import InputError, ModelFileError
from hvm.learn import fitted_experts, row_fit
from hvm.learn.checkpoint import END
from hvm.learn.limits import INTERRUPT, TIME_LIMIT
from hvm.learn.model_file import read_fields, write_fields
from hvm.learn.row_code import RowSettings
from hvm.learn.row_search import RowSearch
from hvm.learn.row_steps import begun, take_step
from hvm.learn.rows import row_model
from hvm.learn.settings import SearchSettings

LEAST = RowSettings(least=2)
# Where a process of its own finds this file and the twins, as pytest does.
ITS_MODULES = (Path(__file__).parent, Path(__file__).parents[1])


def after(n_times):
    """What is asked whether to stop, and says so from one time on."""
    return chain(repeat(False, n_times), repeat(True)).__next__


def words(n_lines=400):
    return as_symbols(datasets.load_speech(n_lines), "word", "line")


@pytest.fixture(scope="module", autouse=True)
def long_from_a_few_words():
    """For what learns a lexicon, and for experts, which else learn a second one besides."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (row_fit, fitted_experts):
            patch.setattr(module, "SMALL_SYMBOLS", 100)
        yield


@pytest.fixture(scope="module")
def whole():
    return HVM().fit(words())


def check_same(model, whole):
    """As if there had been no break."""
    assert model.file_bytes() == whole.file_bytes()
    assert model.code_bits_ == whole.code_bits_
    bits = whole.history_.drop(columns="seconds")
    assert model.history_.drop(columns="seconds").equals(bits)
    assert model.history_.seconds.is_monotonic_increasing


# -- the search itself --------------------------------------------------------------------


@pytest.mark.parametrize("variables", [True, False])
@pytest.mark.parametrize("n_lines", [100, 200])
def test_what_it_knows_after_each_step_is_all_that_the_rest_depends_on(n_lines, variables):
    symbols = words(n_lines)
    search = RowSearch(symbols, variables, LEAST)
    position, standings = begun(search), []
    while position.step != END:
        standings.append((position, search.state))
        position = take_step(search, position)
    expected, bits = row_model(search), search.bits()
    assert len(standings) > (4 if variables else 1)
    for at, state in standings:
        again = RowSearch(symbols, variables, LEAST, state)
        for name, array in again.state._asdict().items():
            assert array.tobytes() == getattr(state, name).tobytes()
            assert array.dtype == getattr(state, name).dtype
        while at.step != END:
            at = take_step(again, at)
        found = row_model(again)
        assert at == position and again.bits() == bits
        assert found.patterns == expected.patterns
        assert found.units.tobytes() == expected.units.tobytes()
        for name in ("sizes", "halves", "literals", "refused", "variables"):
            assert getattr(again, name).tobytes() == getattr(search, name).tobytes()


# -- a fit --------------------------------------------------------------------------------


def test_a_fit_ended_after_any_step_goes_on_to_the_same_bytes(whole, tmp_path):
    for n_times in range(100):
        path = tmp_path / str(n_times)
        stopped = HVM().fit(words(), checkpoint=path, stop=after(n_times))
        resumed = HVM(time_limit=9e9, n_jobs=2).fit(words(), checkpoint=path)
        check_same(resumed, whole)
        assert stopped.bits_per_symbol_ >= resumed.bits_per_symbol_
        if stopped.stopped_ is None:
            break
        assert stopped.stopped_ == INTERRUPT
    assert n_times > 6 and len(whole.history_) > 3  # two rounds or more, of several steps
    # What has ended ends there again.
    content = path.read_bytes()
    check_same(HVM().fit(words(), checkpoint=path), whole)
    assert path.read_bytes() == content


def test_step_by_step(whole, tmp_path):
    """Each fit takes one step, and what a limit leaves within a round is in no checkpoint."""
    path, bits = tmp_path / "c", []
    for _ in range(100):
        model = HVM().fit(words(), checkpoint=path, stop=after(1))
        bits.append(model.bits_per_symbol_)
        if json.loads(read_fields(path).metadata["standing"])["step"] == END:
            break
    assert bits == sorted(bits, reverse=True) and len(set(bits)) > 4
    check_same(HVM().fit(words(), checkpoint=path), whole)


def test_what_stood_at_a_break_is_the_best_where_nothing_more_is_done(tmp_path):
    path = tmp_path / "c"
    stopped = HVM().fit(words(), checkpoint=path, stop=after(3))
    content = path.read_bytes()
    again = HVM(time_limit=1e-9).fit(words(), checkpoint=path)
    assert again.stopped_ == TIME_LIMIT and again.file_bytes() == stopped.file_bytes()
    assert path.read_bytes() == content


@pytest.mark.parametrize("params", [{"variables": False}, {"iterations": 2}, {"max_entries": 150}])
def test_settings_are_kept(params, tmp_path):
    expected = HVM(**params).fit(words())
    for n_times in (1, 3):
        path = tmp_path / str(n_times)
        HVM(**params).fit(words(), checkpoint=path, stop=after(n_times))
        check_same(HVM(**params).fit(words(), checkpoint=path), expected)
        check_same(HVM(**params).fit(words(), checkpoint=path), expected)


KILLED = """
import os, signal, sys
sys.path[:0] = sys.argv[4:]
from test_row_checkpoint import fitted_experts, row_fit, words
from hvm import HVM
from hvm.learn.checkpoint import Checkpoint
from hvm.learn.row_search import RowSearch

def killed_at(owner, name, number):
    method, calls = getattr(owner, name), []
    def counted(self, *arguments):
        calls.append(1)
        result = method(self, *arguments)
        if len(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(owner, name, counted)

row_fit.SMALL_SYMBOLS = fitted_experts.SMALL_SYMBOLS = 100
killed_at({"write": Checkpoint}.get(sys.argv[2], RowSearch), sys.argv[2], int(sys.argv[3]))
HVM().fit(words(), checkpoint=sys.argv[1])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_fit_that_was_killed_goes_on_to_the_same_bytes(whole, tmp_path):
    path = tmp_path / "c"
    # After steps, and within them: after so many calls of the process itself.
    for where, number in (("write", 1), ("exchange", 1), ("merge", 2), ("write", 2), ("split", 1)):
        command = [sys.executable, "-c", KILLED, path, where, str(number), *ITS_MODULES]
        done = subprocess.run(command, timeout=300, check=False)
        assert done.returncode == -signal.SIGKILL
    assert [file.name for file in tmp_path.iterdir()] == ["c"]
    check_same(HVM().fit(words(), checkpoint=path), whole)


# -- what is refused ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def checkpoint_bytes(whole, tmp_path_factory):
    path = tmp_path_factory.mktemp("c") / "c"
    HVM().fit(words(), checkpoint=path, stop=after(3))
    return path.read_bytes()


@pytest.fixture
def path(checkpoint_bytes, tmp_path):
    path = tmp_path / "c"
    path.write_bytes(checkpoint_bytes)
    return path


@pytest.mark.parametrize(
    ("params", "text", "reason"),
    [
        ({"smoothing": 0.2}, None, "other settings, smoothing 0.1"),
        ({"variables": False}, None, "other settings, variables True"),
        ({"context": "unigram", "batch": 0.2}, None, "other settings, batch None"),
        ({}, 300, "another text"),
    ],
)
def test_a_checkpoint_of_something_else(path, params, text, reason, checkpoint_bytes):
    with pytest.raises(InputError) as error:
        HVM(**params).fit(words(text or 400), checkpoint=path)
    assert str(error.value) == (
        f"{path}: is a checkpoint of {reason}: delete it, or name another file"
    )
    assert path.read_bytes() == checkpoint_bytes


def test_of_another_kind_of_search(path, monkeypatch):
    """As if a text of these settings went to arrays."""
    monkeypatch.setattr(HVM, "_learns_rows", lambda *_: False)
    monkeypatch.setattr(HVM, "_search_settings", in_arrays)
    with pytest.raises(InputError, match="is a checkpoint of another search: delete it"):
        HVM().fit(words(), checkpoint=path)


def in_arrays(model, n_symbols):
    return SearchSettings.for_size(n_symbols, {**model.get_params(), "batch": 0.2})


def test_what_is_damaged(path, whole, checkpoint_bytes):
    damaged = bytearray(checkpoint_bytes)
    damaged[-9] ^= 1
    for content in (b"", b"a text", whole.file_bytes(), bytes(damaged), checkpoint_bytes[:-1]):
        path.write_bytes(content)
        with pytest.raises(ModelFileError, match=r"c: (is|has|holds) "):
            HVM().fit(words(), checkpoint=path)
        assert path.read_bytes() == content
    path.write_bytes(checkpoint_bytes)
    with pytest.raises(ModelFileError, match="its settings are not of an hvm model"):
        HVM.load(path)


def changed(array, at, value):
    array = array.copy()
    array[at] = value
    return array


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("variables", lambda a: a[1:], "variables of another alphabet"),
        ("variables", lambda a: changed(a, 0, -1), "variables out of range"),
        ("variables", lambda a: changed(a, 0, a[-1]), "variables out of range"),
        ("variables", lambda a: changed(a, -1, 2**31 - 1), "variables out of range"),
        ("variables", lambda a: changed(a, 0, (a[0] + 1) % a[-1]), "not those of the text"),
        ("halves", lambda a: a.ravel()[1:], "half a unit"),
        ("halves", lambda a: changed(a, (0, 0), 2**31 - 1), "no units before"),
        ("halves", lambda a: changed(a, (0, 1), 0), "no units before"),
        ("halves", lambda a: a[::-1], "no units before|not those of the text"),
        ("units", lambda a: a[:0], "units out of range"),
        ("units", lambda a: changed(a, 1, 2**31 - 1), "units out of range"),
        ("units", lambda a: changed(a, 1, -1), "units out of range"),
        ("units", lambda a: a[:-1], "not those of the text"),
        ("units", lambda a: np.append(a, np.int32(0)), "not those of the text"),
        ("units", lambda a: changed(a, 1, 0), "not those of the text"),
        ("refused", lambda a: a[::-1], "pairs that do not ascend"),
        ("refused", lambda a: changed(a, 0, -1), "pairs that do not ascend"),
    ],
)
def test_forged_searches(path, name, change, reason):
    fields = read_fields(path)
    state = fields.search._replace(**{name: change(getattr(fields.search, name))})
    write_fields(path, fields._replace(search=state))
    with pytest.raises(ModelFileError, match=f"^{path}: is damaged: its .*({reason})$"):
        HVM().fit(words(), checkpoint=path)


def test_symbols_stand_nowhere_and_units_are_no_longer_than_allowed(path):
    fields = read_fields(path)
    units, first = fields.search.units, int(fields.search.variables[-1]) + 1
    symbol = fields.search._replace(units=changed(units, 1, first))
    write_fields(path, fields._replace(search=symbol))
    with pytest.raises(ModelFileError, match=r"symbols that stand as units$"):
        HVM().fit(words(), checkpoint=path)
    doubled = [(1, 1)]
    doubled += [(fields.search.n_alone + i, fields.search.n_alone + i) for i in range(200)]
    long = fields.search._replace(halves=np.array(doubled))
    write_fields(path, fields._replace(search=long._replace(units=np.minimum(units, first - 1))))
    with pytest.raises(ModelFileError, match=r"not those of the text$"):
        HVM().fit(words(), checkpoint=path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"step": "grow"}, "does not say where a search stands"),
        ({"step": []}, "does not say where a search stands"),
        ({"numbers": []}, "does not say where a search stands"),
        ({"rows": []}, "does not say where a search stands"),
        ({"numbers": {"round_bits": None}}, "round_bits must be"),
        ({"numbers": {"least_bits": "few"}}, "least_bits must be"),
        ({"numbers": {"seconds": -1.0}}, "seconds must be"),
        ({"numbers": {"rows": None}}, "rows must be"),
        ({"numbers": {"more": 1.0}}, "code_bits must be"),
    ],
)
def test_forged_standings(path, change, reason):
    fields = read_fields(path)
    standing = json.loads(fields.metadata["standing"])
    if isinstance(change.get("numbers"), dict):
        change = {"numbers": standing["numbers"] | change["numbers"]}
    about = fields.metadata | {"standing": json.dumps(standing | change)}
    write_fields(path, fields._replace(metadata=about))
    with pytest.raises(ModelFileError, match=reason) as error:
        HVM().fit(words(), checkpoint=path)
    assert str(error.value).startswith(f"{path}: ") and "\n" not in str(error.value)


def test_a_checkpoint_is_no_model_whatever_it_says(path, whole):
    facts = {"n_symbols": 9, "n_iterations": 1, "lexicon_bits": 1.0, "data_bits": 1.0}
    facts["code_bits"] = asdict(whole.code_bits_)
    write_fields(path, read_fields(path)._replace(params={}, metadata=facts))
    with pytest.raises(ModelFileError, match="the file must be a model, not 'a checkpoint'"):
        HVM.load(path)


def test_a_trace_and_a_first_lexicon_are_refused(tmp_path):
    with pytest.raises(InputError, match="leave out trace"):
        HVM().fit(words(), checkpoint=tmp_path / "c", trace=True)
    init = HVM(context="unigram").fit(as_symbols("a b a b", "word"))
    with pytest.raises(InputError, match=r"^init is not of the code of rows, .* context unigram$"):
        HVM().fit(words(), init=init, checkpoint=tmp_path / "c")
    assert list(tmp_path.iterdir()) == []
