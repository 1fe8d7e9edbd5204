"""Learning that ends early, goes on later, or begins with what is known already."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from itertools import chain, repeat
from pathlib import Path

import numpy as np
import pytest

from hvm import HVM, as_symbols, datasets
from hvm.errors import HvmError, InputError, ModelFileError
from hvm.learn.limits import INTERRUPT, TIME_LIMIT, Interrupts, Limits
from hvm.learn.options import SearchOptions
from hvm.learn.row_fit import fit_rows
from hvm.learn.settings import SearchSettings
from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.likelihood import best_parse_bits
from naive.lexicon import labels_by_counts

N_LONG = 101_000
# Where a process of its own finds this file and the twins, as pytest does.
ITS_MODULES = (Path(__file__).parent, Path(__file__).parents[1])


def after(n_times):
    """What is asked whether to stop, and says so from one time on."""
    return chain(repeat(False, n_times), repeat(True)).__next__


def long_text():
    return as_symbols(datasets.load_help()[:N_LONG], sequences="line")


def long_model(**params):
    return HVM(context="unigram", max_entries=600, **params)


@pytest.fixture(scope="module")
def whole():
    return long_model().fit(long_text())


def check_model(model, symbols):
    """Its counts are of a parse of the symbols, which costs no less than the best one."""
    model.lexicon_.validate()
    stand = np.bincount(symbols.codes, minlength=len(model.alphabet_))
    assert labels_by_counts(model.lexicon_)[: len(stand)] == stand.tolist()
    best = best_parse_bits(model.lexicon_, model.alphabet_, symbols)
    assert best <= model.data_bits_ + 1e-6
    assert model.n_symbols_ == len(symbols)


# -- while it goes on ---------------------------------------------------------------------


@pytest.mark.parametrize("params", [{"restarts": 1, "max_entries": 100}, {"batch": 0.2}])
def test_each_row_of_the_history_is_reported_as_it_comes(params):
    text, rows = datasets.load_rhymes()[:2000], list[dict[str, float]]()
    model = HVM(context="unigram", **params).fit(text, report=rows.append)
    assert [row["bits_per_symbol"] for row in rows] == model.history_["bits_per_symbol"].tolist()


def test_rounds_of_the_code_of_rows_are_reported():
    symbols, rows = as_symbols("a b c\na b d\ne b c\n" * 20, "word", "line"), []
    fit = fit_rows(symbols, SearchSettings(), SearchOptions(report=rows.append))
    assert rows == fit.rows and rows


# -- ending early -------------------------------------------------------------------------


def test_the_sooner_it_ends_the_longer_the_description(whole):
    text, bits = long_text(), []
    for n_times in (0, 1, 2, 4, 9, 30, 60, 10**9):
        model = long_model().fit(text, stop=after(n_times))
        check_model(model, text)
        assert model.history_.bits_per_symbol.is_monotonic_decreasing
        assert model.stopped_ == (INTERRUPT if n_times < 10**9 else None)
        bits.append(model.bits_per_symbol_)
    assert bits == sorted(bits, reverse=True)
    assert len(set(bits)) > 4
    assert model.file_bytes() == whole.file_bytes()


@pytest.mark.parametrize("text", ["", datasets.load_rhymes()], ids=["frames", "rhymes"])
def test_edits_one_by_one_end_as_well(text):
    symbols = as_symbols(text) if text else as_symbols(datasets.load_speech(300), "word", "line")
    bits = []
    for n_times in (0, 5, 25, 10**9):
        model = HVM(context="unigram").fit(symbols, stop=after(n_times))
        check_model(model, symbols)
        bits.append(model.bits_per_symbol_)
    assert bits == sorted(bits, reverse=True) and bits[0] > bits[-1]


def test_rounds_by_the_code_of_rows_end_as_well():
    words = as_symbols(datasets.load_speech(2000), "word", "line")
    fits = [
        fit_rows(words, SearchSettings(), SearchOptions(limits=Limits(stop=after(n_times))))
        for n_times in (0, 2, 10**9)
    ]
    assert [len(fit.rows) for fit in fits[:2]] == [1, 2]
    assert len(fits[2].rows) > 2
    totals = [fit.code_bits.total for fit in fits]
    assert totals == sorted(totals, reverse=True) and totals[0] > totals[2]


@pytest.mark.parametrize("context", ["experts", "unigram"])
def test_time_is_limited(context, tmp_path):
    text = as_symbols(datasets.load_rhymes())
    model = HVM(context=context, time_limit=1e-9).fit(text)
    assert (model.stopped_, model.n_iterations_) == (TIME_LIMIT, 1)
    assert model.lexicon_.chunks.tolist() == []
    model.save(tmp_path / "m")
    assert b"time_limit" not in (tmp_path / "m").read_bytes()
    again = HVM.load(tmp_path / "m")
    assert again.time_limit is None
    assert again.score(text) == model.score(text)
    assert HVM(context=context, time_limit=3600).fit(text).stopped_ is None


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), "a minute"])
def test_what_is_no_time(seconds):
    with pytest.raises(InputError, match="time_limit must be"):
        HVM(time_limit=seconds).fit("aba")


@pytest.mark.parametrize("context", ["experts", "unigram"])
def test_an_interrupt_leaves_the_model_as_it_was(context):
    model = HVM(context=context).fit("the cat sat on the mat. " * 9)
    before, expected = model.file_bytes(), model.surprisal("the mat").tolist()

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.fit("another text, and another one, " * 9, stop=interrupt)
    assert model.file_bytes() == before
    assert model.surprisal("the mat").tolist() == expected


def test_the_first_interrupt_is_heard_and_the_second_one_comes_through():
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with Interrupts() as stop:
            assert not stop()
            signal.raise_signal(signal.SIGINT)
            assert stop() and stop.came
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, handler)


def test_in_another_thread_signals_are_left_alone():
    before, heard = signal.getsignal(signal.SIGINT), []

    def listen():
        with Interrupts() as stop:
            heard.append((stop(), signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=listen)
    thread.start()
    thread.join()
    assert heard == [(False, before)]


# -- going on -----------------------------------------------------------------------------

KILLED = """
import os, signal, sys
sys.path[:0] = sys.argv[4:]
from test_anytime import long_model, long_text
from hvm.learn.checkpoint import Checkpoint
from hvm.learn.evaluation import Evaluation

def killed_at(owner, name, number):
    method, calls = getattr(owner, name), []
    def counted(self, *arguments):
        calls.append(1)
        if name == "counted" and len(calls) > number:
            os.kill(os.getpid(), signal.SIGKILL)
        result = method(self, *arguments)
        if name == "write" and len(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(owner, name, counted)

killed_at({"write": Checkpoint, "counted": Evaluation}[sys.argv[2]], sys.argv[2], int(sys.argv[3]))
long_model().fit(long_text(), checkpoint=sys.argv[1])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_search_that_was_killed_goes_on_to_the_same_bytes(whole, tmp_path):
    path = tmp_path / "c"
    # After steps, and within them: after so many files, or parses, of the process itself.
    for where, number in (("write", 1), ("counted", 3), ("write", 3), ("counted", 5), ("write", 2)):
        command = [sys.executable, "-c", KILLED, path, where, str(number), *ITS_MODULES]
        done = subprocess.run(command, timeout=300, check=False)
        assert done.returncode == -signal.SIGKILL
    assert [file.name for file in tmp_path.iterdir()] == ["c"]
    resumed = long_model().fit(long_text(), checkpoint=path)
    assert resumed.file_bytes() == whole.file_bytes()
    bits = whole.history_.drop(columns="seconds")
    assert resumed.history_.drop(columns="seconds").equals(bits)
    assert resumed.history_.seconds.is_monotonic_increasing
    # What has ended ends there again.
    assert long_model().fit(long_text(), checkpoint=path).file_bytes() == whole.file_bytes()


@pytest.mark.parametrize("n_times", [0, 12, 25, 45, 60])
def test_a_search_that_was_stopped_goes_on_to_the_same_bytes(whole, tmp_path, n_times):
    stopped = long_model().fit(long_text(), checkpoint=tmp_path / "c", stop=after(n_times))
    assert stopped.stopped_ == INTERRUPT
    resumed = long_model(time_limit=9e9, n_jobs=2).fit(long_text(), checkpoint=tmp_path / "c")
    assert resumed.file_bytes() == whole.file_bytes()


def test_the_default_goes_on_too(tmp_path):
    text = long_text()
    model = HVM(max_entries=300).fit(text)
    HVM(max_entries=300).fit(text, checkpoint=tmp_path / "c", stop=after(30))
    resumed = HVM(max_entries=300).fit(text, checkpoint=tmp_path / "c")
    assert resumed.file_bytes() == model.file_bytes()


@pytest.fixture(scope="module")
def checkpoint_bytes(tmp_path_factory):
    path = tmp_path_factory.mktemp("c") / "c"
    long_model().fit(long_text(), checkpoint=path, stop=after(20))
    return path.read_bytes()


@pytest.mark.parametrize(
    ("params", "fit", "reason"),
    [
        ({"smoothing": 0.2}, {}, "other settings, smoothing 0.1"),
        ({"iterations": 3}, {}, "other settings, iterations None"),
        ({}, {"symbols": "text"}, "another text"),
        ({}, {"init": True}, "a search that began elsewhere"),
    ],
)
def test_a_checkpoint_of_something_else_is_refused(checkpoint_bytes, tmp_path, params, fit, reason):
    path = tmp_path / "c"
    path.write_bytes(checkpoint_bytes)
    symbols = as_symbols("ab" * N_LONG) if "symbols" in fit else long_text()
    init = HVM(context="unigram").fit("the of") if "init" in fit else None
    with pytest.raises(InputError) as error:
        long_model(**params).fit(symbols, checkpoint=path, init=init)
    assert str(error.value) == (
        f"{path}: is a checkpoint of {reason}: delete it, or name another file"
    )
    assert path.read_bytes() == checkpoint_bytes


def test_what_is_no_checkpoint_is_refused(checkpoint_bytes, whole, tmp_path):
    path = tmp_path / "c"
    damaged = bytearray(checkpoint_bytes)
    damaged[-9] ^= 1
    for content in (b"", b"a text", whole.file_bytes(), bytes(damaged), checkpoint_bytes[:-1]):
        path.write_bytes(content)
        with pytest.raises(ModelFileError, match=r"c: (is|has|holds) "):
            long_model().fit(long_text(), checkpoint=path)
        assert path.read_bytes() == content
    with pytest.raises(ModelFileError, match="its settings are not of an hvm model"):
        path.write_bytes(checkpoint_bytes)
        HVM.load(path)


@pytest.mark.parametrize(
    ("params", "fit", "reason"),
    [
        ({"context": "unigram"}, {}, "of long searches, of more than 100,000 symbols"),
        ({"context": "unigram", "batch": 0.2}, {"trace": True}, "leave out trace"),
        ({"batch": 0.2}, {"checkpoint": "no/such/folder/c"}, "folder .* does not exist"),
    ],
)
def test_where_there_is_no_checkpoint(params, fit, reason, tmp_path):
    with pytest.raises(HvmError, match=reason):
        HVM(**params).fit("a text", **{"checkpoint": tmp_path / "c", **fit})
    assert list(tmp_path.iterdir()) == []


def test_the_code_of_rows_begins_nowhere_else():
    words = as_symbols(" ".join("ab"[i % 2] for i in range(N_LONG)), "word")
    init = HVM(context="unigram").fit(as_symbols("a b a b", "word"))
    with pytest.raises(InputError, match="init is not of the code of rows"):
        HVM().fit(words, init=init)


# -- beginning with what is known ---------------------------------------------------------


def test_a_sample_first(whole):
    text = long_text()
    sample = as_symbols(datasets.load_help()[:20_000], sequences="line")
    known = long_model().fit(sample)
    model = long_model().fit(text, init=known)
    check_model(model, text)
    assert model.bits_per_symbol_ < 1.02 * whole.bits_per_symbol_
    # It begins with what the sample taught.
    assert model.history_.bits_per_symbol[0] < 0.8 * whole.history_.bits_per_symbol[0]
    again = long_model().fit(text, init=model)
    assert again.bits_per_symbol_ <= model.bits_per_symbol_


@pytest.mark.parametrize("params", [{}, {"batch": 0.2}])
def test_symbols_of_both_make_the_alphabet(params):
    known = HVM(context="unigram").fit("xyzzy plugh " * 20)
    model = HVM(context="unigram", **params).fit("plugh ab xyzzy abab " * 20, init=known)
    assert "".join(model.alphabet_.symbols) == " abghlpuxyz"
    check_model(model, as_symbols("plugh ab xyzzy abab " * 20).recoded(model.alphabet_))
    chunks = [model.alphabet_.text(model.lexicon_.pattern(c)) for c in model.lexicon_.chunks]
    assert any("plugh" in chunk for chunk in chunks)


def test_with_experts():
    text = "the cat sat on the mat. the dog sat on the log. " * 12
    model = HVM().fit(text, init=HVM().fit("the cat sat on the mat. " * 9))
    assert model.bits_per_symbol("the dog") < 4


@pytest.mark.parametrize("batch", [0.0, 0.2])
def test_no_more_entries_than_allowed(batch):
    words = datasets.load_rhymes()
    known = HVM(context="unigram").fit(words)
    model = HVM(context="unigram", max_entries=60, batch=batch).fit(words, init=known)
    assert len(model.lexicon_) <= 60 < len(known.lexicon_)


def test_what_cannot_be_the_first(tmp_path):
    frames = as_symbols(datasets.load_speech(300), "word", "line")
    known = HVM(context="unigram").fit(frames)
    assert len(known.lexicon_.variables)
    with pytest.raises(InputError, match="init has variables"):
        HVM(variables=False).fit(frames, init=known)
    with pytest.raises(InputError, match=r"init has a chunk of .* max_chunk_symbols is 2"):
        HVM(max_chunk_symbols=2).fit(frames, init=known)
    with pytest.raises(InputError, match="of unit char, not word"):
        HVM().fit("a text", init=known)
    with pytest.raises(InputError, match="has learned nothing yet"):
        HVM().fit("a text", init=HVM())


def test_variants_are_of_edits_one_by_one(monkeypatch):
    from hvm.learn import offline

    begun = []

    class Watched(offline.Search):
        def run(self):
            begun.append(self.jitter is not None)
            return super().run()

    monkeypatch.setattr(offline, "Search", Watched)
    HVM(context="unigram", restarts=3, batch=0.2).fit("the cat sat on the mat. " * 9)
    assert begun == [False]
    HVM(context="unigram", restarts=3).fit("the cat sat on the mat. " * 9)
    assert begun == [False, False, True, True]


def test_atoms_are_a_first_lexicon_too():
    text = as_symbols("abcab" * 30)
    atoms = HVM(context="unigram", time_limit=1e-9).fit(text)
    assert isinstance(atoms.lexicon_, Lexicon)
    again = HVM(context="unigram").fit(text, init=atoms)
    assert again.bits_per_symbol_ == HVM(context="unigram").fit(text).bits_per_symbol_
