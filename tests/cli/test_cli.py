"""The command line as a user meets it: what is printed where, exit statuses, files left behind."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from hvm import HVM, __version__, datasets
from hvm.cli.fitting import pass_report
from hvm.learn.model import Model
from hvm.progress import progress, progress_line
from hvm.show.exports import GRAPH_FORMATS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def fails(hvm):
    """Run a command that must fail: nothing on stdout, one line on stderr, status 2."""

    def call(*arguments):
        status, out, err = hvm(*arguments)
        assert (status, out) == (2, ""), err
        assert err.startswith("hvm: error: ") and err.count("\n") == 1
        return err

    return call


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"a dog sat.\n\na cat sat.!\n")
    return path


@pytest.fixture
def story(tmp_path):
    """Enough of a text to learn chunks from."""
    path = tmp_path / "story.txt"
    rng = np.random.default_rng(0)
    words = rng.choice(["dog", "cat", "pig", "hen"], size=300)
    path.write_text("".join(f"the {word} sat down.\n" for word in words))
    return path


def subprocess_hvm(*arguments, folder=ROOT, **environment):
    """Run the package that stands in a folder, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "hvm", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, **environment},
        check=False,
    )


# -- help and usage -----------------------------------------------------------------------


def test_version(hvm):
    assert hvm("--version") == (0, f"hvm {__version__}\n", "")


def test_no_command_is_help(hvm):
    status, out, err = hvm()
    assert (status, err) == (0, "")
    assert "generate" in out and "Usage" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["learn"], "No such command 'learn'"),
        (["fit", "text.txt"], "Missing option '--output'"),
        (["fit", "--output", "m.hvm"], "Missing argument 'TEXT"),
        (["fit", "t", "--output", "m", "--unit", "letter"], "'letter' is not one of"),
        (["fit", "t", "--output", "m", "--iterations", "0"], "--iterations"),
        (["parse", "m", "t", "--method", "descent"], "'descent' is not one of"),
        (["show", "m", "--top", "many"], "--top"),
    ],
)
def test_wrong_usage_is_one_line(fails, arguments, words):
    assert words in fails(*arguments)


# -- parse --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["viterbi", "greedy"])
def test_parse_json_names_units_and_fillers(hvm_json, animals_file, text, method):
    report = hvm_json("parse", animals_file, text, "--method", method)
    sentence, variable, dog, cat = 15, 12, 10, 11
    assert report == {
        "sequences": [
            {
                "units": [
                    {
                        "entry": sentence,
                        "start": 0,
                        "end": 10,
                        "text": "a dog sat.",
                        "slots": [
                            {"variable": variable, "start": 2, "end": 5, "filler": dog, "depth": 0}
                        ],
                    }
                ]
            },
            {"units": []},
            {
                "units": [
                    {
                        "entry": sentence,
                        "start": 0,
                        "end": 10,
                        "text": "a cat sat.",
                        "slots": [
                            {"variable": variable, "start": 2, "end": 5, "filler": cat, "depth": 0}
                        ],
                    },
                    {"entry": None, "start": 10, "end": 11, "text": "!", "slots": []},
                ]
            },
        ]
    }


def test_parse_prints_one_sequence_a_line(hvm, animals_file, text):
    assert hvm("parse", animals_file, text) == (
        0,
        "a [V12:dog] sat.\n\na [V12:cat] sat.|!\n",
        "",
    )


def test_parse_stops_after_limit(hvm_json, animals_file, text):
    whole = hvm_json("parse", animals_file, text)["sequences"]
    for limit in (1, 2, 3, 9):
        part = hvm_json("parse", animals_file, text, "--limit", limit)["sequences"]
        assert part == whole[:limit]


def test_parse_escapes_what_does_not_print(hvm, animals_file, tmp_path):
    path = tmp_path / "odd.txt"
    path.write_bytes(b"dog\x00\x1b[31m\n")
    _, out, _ = hvm("parse", animals_file, path)
    assert out == "dog|\\x00|\\x1b|[|3|1|m\n"


# -- score --------------------------------------------------------------------------------


def test_score_counts_units_fillers_and_the_escape(hvm_json, animals_file, text):
    report = hvm_json("score", animals_file, text, "--best-parse")
    lexicon = Model.load(animals_file).lexicon_
    fillers = lexicon.filler_bits[lexicon.offsets[12] : lexicon.offsets[13]]
    known = 2 * lexicon.unit_bits[15] + fillers.sum()
    unknown = lexicon.escape_bits + np.log2(1_112_064)
    assert report["bits"] == pytest.approx(known + unknown, abs=1e-4)
    assert report["bits_per_symbol"] == pytest.approx(report["bits"] / 21)
    assert report["bits_per_character"] == report["bits_per_symbol"]
    assert report["unknown_bits"] == pytest.approx(np.log2(1_112_064))
    counts = {"symbols": 21, "characters": 21, "units": 3, "unknown_symbols": 1, "sequences": 3}
    assert report == report | counts
    exact = hvm_json("score", animals_file, text)
    assert "units" not in exact and exact["bits"] < report["bits"]


def test_score_of_nothing_has_no_rate(hvm_json, animals_file, tmp_path):
    empty = tmp_path / "empty.txt"
    empty.touch()
    report = hvm_json("score", animals_file, empty)
    assert (report["symbols"], report["bits"], report["bits_per_symbol"]) == (0, 0, None)


def test_score_adds_files_up(hvm_json, animals_file, text):
    one, two = hvm_json("score", animals_file, text), hvm_json("score", animals_file, text, text)
    assert two["bits"] == pytest.approx(2 * one["bits"])
    assert (two["symbols"], two["sequences"]) == (42, 6)


# -- show ---------------------------------------------------------------------------------


def test_show_json_ranks_and_names(hvm_json, animals_file):
    report = hvm_json("show", animals_file)
    assert (report["entries"], report["chunks"], report["variables"]) == (16, 5, 1)
    worth = [chunk["count"] * chunk["length"] for chunk in report["top_chunks"]]
    assert worth == sorted(worth, reverse=True)
    assert report["top_chunks"][0] == {
        "entry": 15,
        "text": "a [V12] sat.",
        "name": "a {dog|cat} sat.",
        "count": 20,
        "length": 8,
        "level": 1,
    }
    (variable,) = report["top_variables"]
    assert (variable["entry"], variable["count"], variable["level"]) == (12, 24, 1)
    assert variable["frames"] == ["a [V12] sat.", "a [V12]"]
    assert [filler["text"] for filler in variable["fillers"]] == ["dog", "cat"]
    smoothed = (16.1 / 24.2, 8.1 / 24.2)
    assert [filler["probability"] for filler in variable["fillers"]] == pytest.approx(smoothed)


def test_show_prints_tables_without_reading_brackets_as_markup(hvm, animals_file):
    status, out, _ = hvm("show", animals_file)
    assert status == 0
    assert "‘a {dog|cat} sat.’" in out and "‘dog’ 0.67" in out
    assert "16 entries, 5 chunks, 1 variables" in out


def test_show_top(hvm_json, animals_file):
    assert len(hvm_json("show", animals_file, "--top", 2)["top_chunks"]) == 2


# -- graph --------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", GRAPH_FORMATS)
def test_graph_writes_each_format(hvm, animals_file, tmp_path, suffix):
    path = tmp_path / f"graph{suffix}"
    assert hvm("graph", animals_file, "--output", path)[0] == 0
    assert path.stat().st_size > 500


def test_graph_refuses_a_suffix_before_it_reads(fails, tmp_path):
    path = tmp_path / "graph.gif"
    assert ".graphml" in fails("graph", tmp_path / "no-model.hvm", "--output", path)
    assert not path.exists()


def test_graph_writes_a_page_with_places(hvm, fails, animals_file, tmp_path):
    page, text = tmp_path / "lexicon.html", tmp_path / "text.txt"
    text.write_text("where is the dog now ?", "utf-8")
    assert hvm("graph", animals_file, "-o", page, "--text", text)[0] == 0
    assert '"where' in page.read_text("utf-8") and animals_file.stem in page.read_text("utf-8")
    picture = tmp_path / "graph.png"
    assert "--text" in fails("graph", animals_file, "-o", picture, "--text", text)
    assert not picture.exists()


# -- generate -----------------------------------------------------------------------------


WORLD = ("--depth", 8, "--alphabet", 5, "--p-variable", 0.5, "--length", 700)


def test_generate_writes_the_same_array_for_the_same_seed(hvm_json, tmp_path):
    first, second, other = (tmp_path / f"{name}.npy" for name in ("first", "second", "other"))
    report = hvm_json("generate", *WORLD, "--seed", 3, "--output", first)
    assert report == hvm_json("generate", *WORLD, "--seed", 3, "--output", second)
    hvm_json("generate", *WORLD, "--seed", 4, "--output", other)
    assert first.read_bytes() == second.read_bytes() != other.read_bytes()
    symbols = np.load(first)
    assert symbols.shape == (700,) and symbols.min() >= 1 and symbols.max() <= 5
    assert report["symbols"] == 700
    assert report["chunks"] + report["variables"] <= 8
    entropy = report["entropy_bits_per_symbol"]
    assert 0 < entropy <= report["derivation_entropy_bits_per_symbol"] + 0.05


def test_generate_with_tied_slots_knows_the_derivation_entropy_only(hvm_json, tmp_path):
    path = tmp_path / "tied.npy"
    report = hvm_json("generate", *WORLD, "--seed", 3, "--output", path, "--tied-slots")
    assert report["entropy_bits_per_symbol"] is None
    assert report["derivation_entropy_bits_per_symbol"] > 0


def test_generate_writes_over_what_it_wrote(hvm_json, tmp_path):
    for seed in (1, 2):
        options = ["--depth", "3", "--alphabet", "4", "--p-variable", "0", "--length", "20"]
        hvm_json("generate", *options, "--seed", seed, "-o", tmp_path / "world.npy")
    assert len(np.load(tmp_path / "world.npy")) == 20


def test_generate_wants_a_npy_name(fails, tmp_path):
    path = tmp_path / "world.txt"
    assert ".npy" in fails("generate", *WORLD, "--seed", 3, "--output", path)
    assert not path.exists()


# -- fit ----------------------------------------------------------------------------------


FIT_FIELDS = [
    "symbols",
    "entries",
    "chunks",
    "variables",
    "iterations",
    "lexicon_bits",
    "data_bits",
    "bits_per_symbol",
    "seconds",
    "compile_seconds",
]


def test_fit_reports_what_later_commands_read(hvm_json, story, tmp_path):
    path = tmp_path / "story.hvm"
    report = hvm_json("fit", story, "--output", path, "--sequences", "line")
    assert list(report) == FIT_FIELDS
    saved = Model.load(path)
    assert (saved.mode_, saved.alphabet_.unit) == ("line", "char")
    assert report["entries"] == len(saved.lexicon_)
    assert report["chunks"] == len(saved.lexicon_.chunks) >= 1
    assert report["variables"] == len(saved.lexicon_.variables)
    both = report["lexicon_bits"] + report["data_bits"]
    assert report["bits_per_symbol"] == pytest.approx(both / report["symbols"])
    scored = hvm_json("score", path, story, "--best-parse")
    assert scored["symbols"] == report["symbols"]
    assert scored["bits"] == pytest.approx(report["data_bits"], rel=0.01)


def test_fit_prints_a_summary(hvm, story, tmp_path):
    path = tmp_path / "story.hvm"
    status, out, _ = hvm("fit", story, "--output", path)
    assert status == 0
    for field in (*FIT_FIELDS, "model"):
        assert field.replace("_", " ") in out


def test_fit_finds_the_frame_and_its_fillers(hvm_json, story, tmp_path):
    path = tmp_path / "story.hvm"
    hvm_json("fit", story, "--output", path, "--unit", "word", "--sequences", "line")
    variables = hvm_json("show", path)["top_variables"]
    fillers = {filler["text"] for filler in variables[0]["fillers"]}
    assert fillers == {"dog", "cat", "pig", "hen"}


def test_no_variables_learns_none(hvm_json, story, tmp_path):
    report = hvm_json("fit", story, "--output", tmp_path / "hcm.hvm", "--no-variables")
    assert report["variables"] == 0 < report["chunks"]


@pytest.mark.parametrize(
    "options",
    [
        ("--max-entries", 30),
        ("--iterations", 2),
        ("--criterion", "count"),
        ("--preset", "paper"),
        ("--preset", "paper", "--no-variables", "--iterations", 3),
        ("--seed", 5),
        ("--unit", "byte"),
        ("--unit", "word"),
    ],
)
def test_fit_takes_each_option(hvm_json, story, tmp_path, options):
    report = hvm_json("fit", story, "--output", tmp_path / "model.hvm", *options)
    limits = dict(itertools.pairwise(options))
    assert report["entries"] <= limits.get("--max-entries", np.inf)
    assert report["iterations"] <= limits.get("--iterations", np.inf)


def test_integers_are_read_from_text_and_arrays(hvm_json, tmp_path):
    values = np.tile([5, 70, -3], 40)
    as_text, as_array = tmp_path / "values.txt", tmp_path / "values.npy"
    as_text.write_text("\n".join(map(str, values)))
    np.save(as_array, values)
    models = tmp_path / "text.hvm", tmp_path / "array.hvm"
    for source, model in zip((as_text, as_array), models, strict=True):
        hvm_json("fit", source, "--output", model, "--unit", "int")
    assert models[0].read_bytes() == models[1].read_bytes()


def test_equal_fits_are_equal_bytes_whatever_the_hash_seed(story, tmp_path):
    contents = set()
    for hash_seed in ("0", "1"):
        path = tmp_path / f"{hash_seed}.hvm"
        result = subprocess_hvm("fit", story, "--output", path, PYTHONHASHSEED=hash_seed)
        assert result.returncode == 0, result.stderr
        contents.add(path.read_bytes())
    assert len(contents) == 1


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"x", id="one symbol"),
        pytest.param(b"a" * 5000, id="all equal"),
        pytest.param(b"a\x00b\x00" * 50, id="NUL"),
        pytest.param("né狗😀".encode() * 20, id="beyond ASCII"),
        pytest.param(b"\n\n\r\nab\n", id="blank lines"),
    ],
)
@pytest.mark.parametrize("sequences", ["file", "line"])
def test_odd_text_is_learned_and_scored(hvm_json, tmp_path, content, sequences):
    source, model = tmp_path / "odd.txt", tmp_path / "odd.hvm"
    source.write_bytes(content)
    fitted = hvm_json("fit", source, "--output", model, "--sequences", sequences)
    scored = hvm_json("score", model, source)
    assert fitted["symbols"] == scored["symbols"] > 0
    assert np.isfinite(scored["bits"])


@pytest.mark.parametrize("option", [("--max-entries", 30), ("--criterion", "count")])
def test_the_paper_preset_refuses_what_it_has_no_choice_of(fails, story, tmp_path, option):
    output = tmp_path / "model.hvm"
    assert option[0] in fails("fit", story, "--output", output, "--preset", "paper", *option)
    assert not output.exists()


# -- bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file"),
        (b"", "no symbol"),
        (b"caf\xe9 au lait", "offset 3"),
    ],
)
def test_a_text_that_cannot_be_learned(fails, tmp_path, content, words):
    source, model = tmp_path / "bad.txt", tmp_path / "bad.hvm"
    if content is not None:
        source.write_bytes(content)
    error = fails("fit", source, "--output", model)
    assert words in error
    assert content == b"" or str(source) in error
    assert not model.exists()


def test_replace_goes_on_where_utf8_is_invalid(hvm_json, tmp_path):
    source, model = tmp_path / "latin.txt", tmp_path / "latin.hvm"
    source.write_bytes(b"caf\xe9 " * 30)
    replace = ("--encoding-errors", "replace")
    assert hvm_json("fit", source, "--output", model, *replace)["symbols"] == 150
    assert hvm_json("score", model, source, *replace)["unknown_symbols"] == 0
    assert "\ufffd" in Model.load(model).alphabet_.symbols


def test_an_empty_folder_is_no_text_and_a_folder_no_output(fails, story, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert str(empty) in fails("fit", empty, "--output", tmp_path / "m.hvm")
    assert str(tmp_path) in fails("fit", story, "--output", tmp_path)


def test_an_output_that_cannot_be_written_is_found_before_the_text_is_read(fails, tmp_path):
    output = tmp_path / "no" / "folder" / "m.hvm"
    assert str(output) in fails("fit", tmp_path / "missing.txt", "--output", output)


def test_a_command_does_not_write_over_its_input(fails, story):
    before = story.read_bytes()
    assert "would be lost" in fails("fit", story, "--output", story)
    assert story.read_bytes() == before


def damage(kind, path):
    content = bytearray(path.read_bytes())
    if kind == "cut short":
        content = content[:-5]
    elif kind == "a flipped byte":
        content[len(content) // 2] ^= 1
    elif kind == "empty":
        content = b""
    elif kind == "no model":
        content = b"once upon a time there was a text" * 10
    path.write_bytes(content)


@pytest.mark.parametrize("kind", ["cut short", "a flipped byte", "empty", "no model"])
def test_a_damaged_model_is_one_line(fails, animals_file, text, tmp_path, kind):
    damage(kind, animals_file)
    output = tmp_path / "graph.json"
    for command in (
        ("score", animals_file, text),
        ("parse", animals_file, text),
        ("show", animals_file),
        ("graph", animals_file, "--output", output),
    ):
        assert str(animals_file) in fails(*command)
    assert not output.exists()


def test_a_model_is_not_a_folder_or_nothing(fails, text, tmp_path):
    for path in (tmp_path, tmp_path / "missing.hvm"):
        assert str(path) in fails("score", path, text)


# -- interruptions, defects, messages -----------------------------------------------------


def test_an_interrupt_is_130_and_keeps_the_old_model(hvm, story, tmp_path, monkeypatch):
    from hvm.learn.hvm import HVM

    def interrupted(*_, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(HVM, "fit", interrupted)
    model = tmp_path / "old.hvm"
    model.write_bytes(b"an older model")
    status, out, err = hvm("fit", story, "--output", model)
    assert (status, out, err.splitlines()[-1]) == (130, "", "hvm: interrupted")
    assert model.read_bytes() == b"an older model"


@pytest.fixture
def heeds_interrupts():
    """Commands that are started heed Ctrl-C; a shell starts what runs behind it deaf to that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_interrupts")
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe")
def test_control_c_while_at_work(tmp_path):
    """The text is a pipe that nobody writes to, so that the command is surely still at work."""
    source, model = tmp_path / "pipe.txt", tmp_path / "old.hvm"
    os.mkfifo(source)
    model.write_bytes(b"an older model")
    command = [sys.executable, "-m", "hvm", "fit", source, "--output", model]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stderr.readline() == "hvm: reading 1 file\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "hvm: interrupted\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.hvm", "pipe.txt"]
    assert model.read_bytes() == b"an older model"


STOPPING = "hvm: stopping: the best model so far will be written; Ctrl-C again ends at once\n"


@pytest.fixture
def interrupted(heeds_interrupts, tmp_path):
    """Learn from a long text, Ctrl-C some times once chunks are there; status, both outputs."""
    text = tmp_path / "long.txt"
    text.write_text(datasets.load_help())
    (tmp_path / "old.hvm").write_bytes(b"an older model")
    command = [sys.executable, "-m", "hvm", "fit", text, "--output", tmp_path / "old.hvm"]
    checkpoint = tmp_path / "checkpoint"
    command += ["--checkpoint", checkpoint]

    def call(n_times):
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
        ) as process:
            while not checkpoint.exists():  # the atoms
                assert process.poll() is None
            first = checkpoint.stat().st_ino
            while checkpoint.stat().st_ino == first:  # what has grown from them
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            while process.stderr.readline() != STOPPING:
                assert process.poll() is None
            if n_times == 2:  # experts are still being counted
                process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=120)
        files = sorted(path.name for path in tmp_path.iterdir())
        assert files == ["checkpoint", "long.txt", "old.hvm"]
        return process.returncode, out, err

    return call


def test_control_c_in_a_kernel(interrupted, tmp_path):
    status, out, err = interrupted(1)
    model = HVM.load(tmp_path / "old.hvm")
    assert status == 130
    assert err == f"hvm: interrupted: {tmp_path / 'old.hvm'} is the best model so far\n"
    assert "stopped" in out and "interrupt" in out
    assert len(model.lexicon_.chunks) > 9


def test_control_c_twice_ends_at_once(interrupted, tmp_path):
    assert interrupted(2) == (-signal.SIGINT, "", "")
    assert (tmp_path / "old.hvm").read_bytes() == b"an older model"


def test_control_c_before_anything_is_learned(hvm, story, tmp_path, monkeypatch):
    from hvm.learn.limits import Interrupts

    monkeypatch.setattr(Interrupts, "__call__", lambda _: True)
    model = tmp_path / "old.hvm"
    model.write_bytes(b"an older model")
    status, out, err = hvm("fit", story, "--output", model)
    assert (status, out, err.splitlines()[-1]) == (130, "", "hvm: interrupted")
    assert model.read_bytes() == b"an older model"


# -- long runs ----------------------------------------------------------------------------


def test_time_limit(hvm, hvm_json, story, tmp_path):
    model = tmp_path / "m.hvm"
    report = hvm_json("fit", story, "--output", model, "--time-limit", "0.000001")
    assert (report["stopped"], report["chunks"], report["iterations"]) == ("time limit", 0, 1)
    assert "stopped" not in hvm_json("fit", story, "--output", model, "--time-limit", 1000)
    status, _, err = hvm("fit", story, "--output", model, "--time-limit", 0)
    assert (status, err) == (2, "hvm: error: time_limit must be above 0, not 0.0\n")
    status, _, err = hvm("fit", story, "--output", model, "--preset", "paper", "--time-limit", 9)
    assert status == 2 and "--time-limit is no option of --preset paper" in err


def test_init(hvm, hvm_json, story, tmp_path):
    first, second = tmp_path / "first.hvm", tmp_path / "second.hvm"
    known = hvm_json("fit", story, "--output", first)
    report = hvm_json("fit", story, "--output", second, "--init", first)
    assert report["bits_per_symbol"] <= known["bits_per_symbol"] + 1e-9
    status, _, err = hvm("fit", story, "--output", second, "--init", tmp_path / "none")
    assert (status, err) == (2, f"hvm: error: {tmp_path / 'none'}: no such file\n")
    status, _, err = hvm("fit", story, "--output", second, "--init", first, "--unit", "word")
    assert status == 2 and "of unit word, not char" in err
    status, _, err = hvm("fit", story, "-o", second, "--init", first, "--preset", "paper")
    assert (status, err) == (2, "hvm: error: --init is no option of --preset paper\n")


def test_checkpoint(hvm, hvm_json, story, tmp_path):
    text, model = tmp_path / "long.txt", tmp_path / "m.hvm"
    text.write_text(datasets.load_help()[:101_000])
    fit = ("fit", text, "--context", "unigram", "--max-entries", 300, "--output")
    hvm_json(*fit, model)
    hvm_json(*fit, tmp_path / "a.hvm", "--checkpoint", tmp_path / "c")
    hvm_json(*fit, tmp_path / "b.hvm", "--checkpoint", tmp_path / "c")
    same = {(tmp_path / name).read_bytes() for name in ("m.hvm", "a.hvm", "b.hvm")}
    assert len(same) == 1
    for place, reason in ((text, "is read by this command too"), (model, "model and checkpoint")):
        status, _, err = hvm(*fit, model, "--checkpoint", place)
        assert status == 2 and reason in err
    status, _, err = hvm("fit", story, "-o", model, "--checkpoint", tmp_path / "c2")
    assert status == 2 and "checkpoint is of long searches" in err
    status, _, err = hvm(*fit, model, "--checkpoint", tmp_path / "c", "--criterion", "count")
    assert status == 2 and "is a checkpoint of other settings, criterion 'gain'" in err


def test_checkpoint_of_a_text_of_words(hvm, hvm_json, tmp_path, monkeypatch):
    """Long from a few words on, and in slices of a step each."""
    monkeypatch.setattr("hvm.learn.row_fit.SMALL_SYMBOLS", 100)
    text, model = tmp_path / "words.txt", tmp_path / "m.hvm"
    text.write_text(datasets.load_speech(200))
    fit = ("fit", text, "--unit", "word", "--sequences", "line", "--output")
    whole = hvm_json(*fit, model)
    assert "code_rows_bits" in whole and whole["iterations"] > 2
    go_on = (*fit, tmp_path / "a.hvm", "--checkpoint", tmp_path / "c")
    reports = [hvm_json(*go_on, "--time-limit", 0.1)]
    while "stopped" in reports[-1] and len(reports) < 99:
        reports.append(hvm_json(*go_on, "--time-limit", 0.1))
    assert (tmp_path / "a.hvm").read_bytes() == model.read_bytes()
    assert {report.get("stopped") for report in reports} <= {"time limit", None}
    status, _, err = hvm(*go_on, "--no-variables")
    assert status == 2 and "is a checkpoint of other settings, variables True" in err


def test_a_warning_is_one_line_and_once(hvm, story, tmp_path, monkeypatch):
    from hvm.learn.hvm import HVM

    fit = HVM.fit

    def fit_twice(self, symbols, **options):
        warnings.warn("of another package", UserWarning, stacklevel=1)
        fit(self, symbols, **options)
        return fit(self, symbols, **options)

    monkeypatch.setattr(HVM, "fit", fit_twice)
    fits = ("fit", story, "--output", tmp_path / "m.hvm", "--max-entries")
    with pytest.warns(UserWarning, match="of another package") as others:
        status, out, err = hvm(*fits, 5)
    assert len(others) == 1 and status == 0 and "entries" in out
    said = [line for line in err.splitlines() if "learning" not in line]
    assert said == [
        "hvm: warning: max_entries 5 leaves no room for a chunk: "
        "the alphabet has 16 symbols, which are entries too"
    ]


def test_entries_for_the_alphabet_and_one_more_are_no_reason_to_warn(hvm, tmp_path):
    six = tmp_path / "six.txt"
    six.write_text("abcdef" * 9)
    fits = ("fit", six, "--output", tmp_path / "m.hvm", "--max-entries")
    assert "hvm: warning: max_entries 6 leaves" in hvm(*fits, 6)[2]
    assert "warning" not in hvm(*fits, 7)[2]


def test_texts_come_by_standard_input_and_patterns(hvm_json, story, tmp_path, monkeypatch):
    model, packed = tmp_path / "m.hvm", tmp_path / "story.txt.gz"
    packed.write_bytes(gzip.compress(story.read_bytes()))
    given = SimpleNamespace(buffer=io.BytesIO(story.read_bytes()))
    monkeypatch.setattr(sys, "stdin", given)
    n_symbols = hvm_json("fit", "-", "--output", model, "--iterations", 2)["symbols"]
    scored = hvm_json("score", model, tmp_path / "story*")
    assert (scored["symbols"], scored["sequences"]) == (2 * n_symbols, 2)
    rows = hvm_json("compare", packed, "--methods", "zlib")["rows"]
    assert rows[0]["symbols"] == len(story.read_bytes())


def test_forms_and_formats_are_said_to_each_command(hvm, hvm_json, tmp_path):
    text, model = tmp_path / "a.fasta", tmp_path / "m.hvm"
    text.write_text(">one\ncafe\u0301 caf\u00e9\n>two\ncaf\u00e9\n", "utf-8")
    how = ("--normalize", "NFC", "--format", "fasta")
    assert hvm_json("fit", text, "--output", model, *how)["symbols"] == 12
    assert Model.load(model).alphabet_.symbols == tuple("acf\u00e9")
    assert hvm_json("score", model, text, *how)["sequences"] == 2
    assert len(hvm_json("parse", model, text, *how)["sequences"]) == 2
    status, _, err = hvm("score", model, text, "--format", "fasta")
    assert status == 0
    assert err.count("hvm: warning: ") == 1 and "--normalize NFC makes them one" in err


def test_a_command_does_not_write_into_a_folder_over_what_it_reads(fails, story):
    before = story.read_bytes()
    assert "would be lost" in fails("fit", story.parent, "--output", story)
    assert story.read_bytes() == before


def test_a_defect_is_one_line_too(hvm, animals_file, monkeypatch):
    monkeypatch.setattr("hvm.learn.model.Model.load", lambda path: 1 / 0)
    status, out, err = hvm("show", animals_file)
    assert (status, out) == (1, "")
    assert err == "hvm: error: this is a defect of hvm: ZeroDivisionError: division by zero\n"


def test_a_reader_that_leaves_early_is_no_error(animals_file, tmp_path):
    source = tmp_path / "long.txt"
    source.write_text("a dog sat.\n" * 20_000)
    command = [sys.executable, "-m", "hvm", "parse", animals_file, source]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout.readline() == "a [V12:dog] sat.\n"
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 0
    assert "Traceback" not in err and "Exception" not in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_under_stdout_is_one_line(animals_file):
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "hvm", "show", animals_file],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            check=False,
        )
    assert result.returncode == 2
    assert result.stderr == "hvm: error: standard output: No space left on device\n"


def test_what_takes_a_second_says_so_on_stderr(capsys):
    with progress("counting sheep"):
        time.sleep(1.3)
    assert capsys.readouterr() == ("", "hvm: counting sheep\n")


def test_what_is_quick_says_nothing(capsys):
    with progress("counting sheep"):
        pass
    assert capsys.readouterr() == ("", "")


def test_a_terminal_shows_how_far_it_is_on_one_line_that_goes_again(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    with progress("counting sheep", 1.0) as tell:
        pass_report(tell)({"n_chunks": 1200, "n_variables": 34, "bits_per_symbol": 2.3456})
        time.sleep(2.2)
    *lines, last = capsys.readouterr().err.split("\r")[1:]
    assert set(lines) == {"hvm: pass 1, 1,234 entries, 2.346 bits \x1b[K"}
    assert last == "\x1b[K"
    assert progress_line("a", "", 2, 1) == "hvm: a, 2 s, time is up, ending"


def test_only_the_first_fit_on_a_machine_compiles_and_it_says_so(hvm_json, story, tmp_path):
    """In a copy of the package that lacks a few compiled kernels: all of them take a minute."""
    fit = ("fit", story, "--output", tmp_path / "m.hvm")
    hvm_json(*fit)
    shutil.copytree(ROOT / "hvm", tmp_path / "hvm")
    for compiled in (tmp_path / "hvm").rglob("count.*.nb[ci]"):
        compiled.unlink()
    copy = {"folder": tmp_path, "NUMBA_CACHE_DIR": ""}
    first, second = (subprocess_hvm(*fit, "--json", **copy) for _ in range(2))
    assert first.returncode == second.returncode == 0
    assert "compiling" in first.stderr and "compiling" not in second.stderr
    compiling, loading = (json.loads(run.stdout)["compile_seconds"] for run in (first, second))
    assert compiling > loading


def test_output_is_printed_where_the_terminal_lacks_the_signs(animals_file):
    result = subprocess_hvm("show", animals_file, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert result.returncode == 0
    assert "a {dog|cat} sat." in result.stdout
