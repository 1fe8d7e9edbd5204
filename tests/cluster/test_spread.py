"""Parts of a text on a local cluster: the same model as in one process, whatever is lost."""

import json
import os
import signal
from contextlib import contextmanager

import numpy as np
import pytest

from hvm import HVM, as_symbols, read_symbols
from hvm.cli.app import run
from hvm.errors import HvmError, InputError
from hvm.learn.corpus import sample
from hvm.learn.text import ENGINES, spread
from hvm.lexicon.measures import MEASURES, Measure
from hvm.symbols.text_files import TextFiles

distributed = pytest.importorskip("distributed")

from hvm.cluster import spread as spreading  # noqa: E402
from hvm.cluster import workers  # noqa: E402

SETTINGS = {"context": "unigram", "max_entries": 300}


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as made:
        yield made


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two files of lines of which some repeat, 130,000 characters; é stands in one alone."""
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcdefghij"), rng.integers(2, 7))) for _ in range(300)]
    lines = [" ".join(rng.choice(words, rng.integers(0, 9))) for _ in range(3_000)]
    lines = [*lines, *rng.choice(lines, 3_000)]
    made = tmp_path_factory.mktemp("texts")
    (made / "a.txt").write_text("\n".join(lines[:4_500]) + "\n", "utf-8")
    (made / "b.txt").write_text("\n".join(["été", *lines[4_500:]]), "utf-8")
    return made


@pytest.fixture(scope="module")
def files(folder):
    return TextFiles(folder / "*.txt", sequences="line")


@pytest.fixture(scope="module")
def expected(files):
    symbols = files.read()
    assert len(symbols) > 100_000
    return HVM(**SETTINGS).fit(symbols).file_bytes()


@contextmanager
def losing(monkeypatch, question, times):
    """Kill the worker of the first part before it is asked something, at each of some times."""
    asked, killed, held = [], [], []
    ask = workers.DaskWorkers._ask_shards

    def counting(self, verb, *arguments):
        name = arguments[0] if verb == "ask" else verb
        held.append(self)
        asked.extend([name] * (name == question))
        if name == question and len(asked) in times:
            worker = self._parts[0].worker
            os.kill(self._client.run(os.getpid, workers=[worker])[worker], signal.SIGKILL)
            killed.append(worker)
        return ask(self, verb, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(workers.DaskWorkers, "_ask_shards", counting)
        yield
    assert len(killed) == len(times)
    assert held[-1].n_lost >= len(times)


def test_files_that_workers_read_give_the_model_of_one_process(cluster, files, expected):
    model = HVM(**SETTINGS, engine=cluster.scheduler_address).fit(files)
    assert model.file_bytes() == expected


def test_symbols_that_are_sent_give_it_too(cluster, files, expected):
    with distributed.Client(cluster, set_as_default=False) as client:
        model = HVM(**SETTINGS, engine=client, n_jobs=2).fit(files.read())
    assert model.file_bytes() == expected


def test_a_worker_that_is_killed_in_a_growth_changes_nothing(cluster, files, expected, monkeypatch):
    with losing(monkeypatch, "merge", {20}):
        model = HVM(**SETTINGS, engine=cluster).fit(files)
    assert model.file_bytes() == expected


def test_nor_do_two_that_are_killed_before_parses(cluster, files, expected, monkeypatch):
    with losing(monkeypatch, "parse", {2, 4}):
        model = HVM(**SETTINGS, engine=cluster).fit(files)
    assert model.file_bytes() == expected


def test_few_symbols_are_gathered_and_searched_edit_by_edit(cluster, tmp_path):
    path = tmp_path / "few.txt"
    path.write_text("the dog runs\nthe cat runs\n\n" * 12)
    few = TextFiles(path, "word", "line")
    model = HVM(context="unigram", engine=cluster).fit(few)
    assert model.file_bytes() == HVM(context="unigram").fit(few).file_bytes()


def test_the_sample_is_that_of_the_whole_text(cluster, tmp_path):
    rng = np.random.default_rng(1)
    lines = ["".join(rng.choice(list("ab"), rng.choice([0, 9, 2_500]))) for _ in range(300)]
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(lines))
    with spread(cluster, TextFiles(path, sequences="line")) as text:
        codes, starts = text.sample()
        whole = read_symbols(path, sequences="line")
        here = sample(whole.codes, whole.starts)
        assert len(text) > 200_000
        assert codes.tolist() == here[0].tolist()
        assert starts.tolist() == here[1].tolist()


def test_the_command_takes_the_file_of_a_scheduler(cluster, folder, tmp_path, expected):
    model, scheduler = tmp_path / "model.hvm", tmp_path / "scheduler.json"
    scheduler.write_text(json.dumps({"address": cluster.scheduler_address}))
    words = ["fit", folder / "*.txt", "--sequences", "line", "--output", model, "--cluster"]
    words += [scheduler, "--context", "unigram", "--max-entries", 300]
    assert run([str(word) for word in words]) == 0
    assert model.read_bytes() == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "nothing to learn"),
        (b"a\n" * 400 + b"\xff\n", "bad.txt: invalid UTF-8 at byte offset 800"),
    ],
)
def test_files_that_cannot_be_used_are_named(cluster, tmp_path, content, message):
    path = tmp_path / "bad.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        HVM(**SETTINGS, engine=cluster).fit(TextFiles(path, sequences="line"))


def test_a_text_that_changes_while_it_is_learned_from_is_refused(
    cluster, folder, tmp_path, monkeypatch
):
    path = tmp_path / "changes.txt"
    path.write_bytes((folder / "a.txt").read_bytes() * 2)
    with spread(cluster, TextFiles(path, sequences="line")) as text:
        path.write_bytes(path.read_bytes().replace(b"a", b"z"))
        with pytest.raises(InputError, match="changed"), losing(monkeypatch, "merge", {5}):
            HVM(**SETTINGS).fit(text)


def test_measures_of_a_parse_as_one_are_refused(cluster, files):
    measure = Measure("mean_size_parts", "parts", "Parts.", lambda lexicon, parse, n: len(parse))
    MEASURES.register(measure.name, measure)
    try:
        with pytest.raises(InputError, match="MEASURES"):
            HVM(**SETTINGS, engine=cluster).fit(files)
    finally:
        MEASURES.unregister(measure.name)


def test_a_part_that_every_worker_loses_is_an_error(cluster, files, monkeypatch):
    def receive(self):
        raise workers.Lost("gone")

    monkeypatch.setattr(workers.PlacedPart, "receive", receive)
    with pytest.raises(HvmError, match="times in a row"):
        HVM(**SETTINGS, engine=cluster).fit(files)


def test_what_cannot_be_spread_is_refused(cluster, monkeypatch):
    with pytest.raises(InputError, match="context unigram"):
        HVM(engine=cluster).fit("abc")
    with pytest.raises(InputError, match="standard input"):
        HVM(**SETTINGS, engine=cluster).fit(TextFiles("-"))
    with pytest.raises(InputError, match="nothing to learn"):
        HVM(**SETTINGS, engine=cluster).fit(as_symbols(""))
    with pytest.raises(InputError, match="nowhere: missing port"):
        HVM(**SETTINGS, engine="nowhere").fit("abc")
    monkeypatch.setattr(spreading, "CONNECT_S", 0.5)
    with pytest.raises(InputError, match=r"tcp://127\.0\.0\.1:9"):
        HVM(**SETTINGS, engine="tcp://127.0.0.1:9").fit("abc")


def test_models_remember_no_cluster(cluster, files, expected, tmp_path):
    (tmp_path / "model.hvm").write_bytes(expected)
    assert HVM.load(tmp_path / "model.hvm").engine is None
    assert list(ENGINES) == ["dask"]
