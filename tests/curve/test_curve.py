from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from hvm import HVM, as_symbols
from hvm.cli.app import run
from hvm.curve.curve import measure_curve
from hvm.curve.texts import NamedText
from hvm.errors import InputError
from hvm.show import plots
from hvm.worlds.generate import generate
from hvm.worlds.rate_distortion import source_curve

FRAMES = ("where is the {} now", "I see the {} there", "look at this {} here")
PETS = ("dog", "cat", "bird", "child", "cow")
LINES = [frame.format(pet) for pet in PETS for frame in FRAMES]


def text(lines):
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    (folder / "train.txt").write_text(text(LINES[:-1] * 6))
    (folder / "dev.txt").write_text(text(LINES[-4:] * 2))
    (folder / "other.txt").write_text(text(["a cow sees the dog now"] * 3))
    (folder / "empty.txt").write_text("")
    return folder


@pytest.fixture(scope="module")
def drawn(files, tmp_path_factory):
    output = tmp_path_factory.mktemp("curve")
    options = ["--unit", "word", "--sequences", "line", "--restarts", "1", "-o", str(output)]
    transfer = ["--transfer", str(files / "other.txt"), "--transfer", str(files / "dev.txt")]
    texts = [str(files / "train.txt"), "--held-out", str(files / "dev.txt"), *transfer]
    assert run(["curve", *texts, *options]) == 0
    return output


def test_a_run_is_files(drawn, files):
    names = {path.name for path in drawn.iterdir()}
    pictures = ("rate-distortion", "compression-generalization", "compression-transfer")
    pictures += ("levels-held-out", "levels-unseen", "levels-transfer")
    files_apart = {"curve.csv", "config.json", "verdict.txt", "report.html", "bits-iteration.png"}
    assert names == files_apart | {f"{name}.png" for name in pictures}
    settings = json.loads((drawn / "config.json").read_text())
    assert settings["train"] == [str(files / "train.txt")] and settings["unit"] == "word"
    assert settings["version"] and settings["restarts"] == 1


def test_rows_hold_what_the_model_says(drawn, files):
    table = pd.read_csv(drawn / "curve.csv")
    assert set(table["model"]) == {"hvm", "hcm"}
    assert set(table["abstraction"]) == {
        *("none", "learned", "random", "frequency-matched", "bits-per-edit", "grains")
    }
    how = {"unit": "word", "sequences": "line"}
    training = as_symbols((files / "train.txt").read_text(), **how)
    held_out = as_symbols((files / "dev.txt").read_text(), **how)
    for variables in (True, False):
        model = HVM(variables=variables, restarts=1, context="unigram").fit(training)
        rows = table[table["model"] == ("hvm" if variables else "hcm")]
        rows = rows[rows["abstraction"].isin(["learned", "none"]) & (rows["context"] == "unigram")]
        last = rows[rows["iteration"] == rows["iteration"].max()]
        assert last["level"].tolist() == list(range(model.lexicon_.levels.max() + 1))
        row = last.iloc[0]
        assert row["lexicon_bits"] == pytest.approx(model.lexicon_bits_)
        assert row["rate_bits_per_symbol"] == pytest.approx(
            model.bits_per_symbol(training, best_parse=True)
        )
        assert row["bits_per_symbol"] <= model.bits_per_symbol_ + 1e-9
        exact = model.surprisal(held_out).mean()
        assert row["held_out_bits_per_symbol"] == pytest.approx(exact)
        best = model.bits_per_symbol(held_out, best_parse=True)
        assert row["held_out_rate_bits_per_symbol"] == pytest.approx(best)
    keys = ["model", "abstraction", "context", "iteration", "level"]
    assert len(table.groupby(keys)) == len(table)


def test_variables_are_dropped_until_none_is_sent(drawn):
    table = pd.read_csv(drawn / "curve.csv")
    dropped = table[table["abstraction"] == "bits-per-edit"]
    learned = table[(table["abstraction"] == "learned") & (table["context"] == "unigram")]
    whole = learned[learned["iteration"] == learned["iteration"].max()]
    columns = [name for name in table.columns if "sampled" not in name]
    ends = dropped[columns].iloc[[0, -1]].drop(columns=["abstraction", "level"]).to_numpy()
    levels = whole[columns].iloc[[0, -1]].drop(columns=["abstraction", "level"]).to_numpy()
    assert (ends[:, :2] == levels[:, :2]).all()
    assert ends[:, 2:].astype(float) == pytest.approx(levels[:, 2:].astype(float), nan_ok=True)


def test_a_source_is_drawn_and_written_down(tmp_path):
    world = generate(6, 5, 0.5, 3000, seed=1, entropy_symbols=10)
    for name, part in (("train", world.symbols[:2500]), ("dev", world.symbols[2500:])):
        np.save(tmp_path / f"{name}.npy", part)
    texts = [str(tmp_path / "train.npy"), "--held-out", str(tmp_path / "dev.npy"), "--unit", "int"]
    options = ["--restarts", "1", "--source", "6,5,0.5,1", "-o", str(tmp_path / "curve")]
    assert run(["curve", *texts, *options]) == 0
    bound = pd.read_csv(tmp_path / "curve" / "bound.csv")
    pd.testing.assert_frame_equal(bound, source_curve(world.world))
    table = pd.read_csv(tmp_path / "curve" / "curve.csv")
    (line,) = [
        line
        for line in plots.rate_distortion(table, bound=bound).get_lines()
        if line.get_label() == "the source's R(D)"
    ]
    assert (
        line.get_xydata().tolist() == bound[["distortion", "rate_bits_per_symbol"]].values.tolist()
    )


def test_transfer_is_the_mean_over_symbols(drawn, files):
    table = pd.read_csv(drawn / "curve.csv")
    sizes = [len((files / name).read_text().split()) for name in ("other.txt", "dev.txt")]
    each = table[[f"transfer_bits_per_symbol_{name}" for name in ("other.txt", "dev.txt")]]
    mean = np.average(each, axis=1, weights=sizes)
    assert table["transfer_bits_per_symbol"].to_numpy() == pytest.approx(mean)


def test_figures_are_made_from_the_table_alone(drawn, tmp_path):
    (tmp_path / "curve.csv").write_bytes((drawn / "curve.csv").read_bytes())
    assert run(["curve", "--redraw", "-o", str(tmp_path)]) == 0
    for path in drawn.glob("*.png"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
    table = pd.read_csv(drawn / "curve.csv")
    ax = plots.rate_distortion(table)
    labels = [label.get_text() for label in ax.get_legend().get_texts()]
    assert len(labels) == 6 and ax.get_lines()[0].get_xdata()[0] == 0


def test_json_holds_every_row(files, tmp_path, capsys):
    arguments = ["curve", str(files / "train.txt"), "--held-out", str(files / "dev.txt")]
    options = ["--preset", "paper", "--iterations", "3", "--json", "-o", str(tmp_path)]
    assert run([*arguments, *options]) == 0
    report = json.loads(capsys.readouterr().out)
    rows = report["rows"]
    assert report["verdict"] == (tmp_path / "verdict.txt").read_text()
    assert len(rows) == len(pd.read_csv(tmp_path / "curve.csv"))
    assert {row["iteration"] for row in rows} == {0, 1, 2}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{train}"], "needs TRAIN and --held-out"),
        (["--held-out", "{dev}"], "needs TRAIN and --held-out"),
        (["{train}", "--held-out", "{empty}"], "held-out: there is no symbol"),
        (["{train}", "--held-out", "{dev}", "--transfer", "{empty}"], "empty.txt: there is no"),
        (["{empty}", "--held-out", "{dev}"], "nothing to learn"),
        (["{train}", "--held-out", "{none}"], "none.txt"),
        (["{train}", "--held-out", "{dev}", "--preset", "paper", "--restarts", "2"], "--restarts"),
        (["--redraw"], "curve.csv"),
        (["{train}", "--held-out", "{dev}", "--source", "6,5"], "wants the depth, alphabet"),
        (["{train}", "--held-out", "{dev}", "--source", "60,5,0.9,1"], "too many for a rate"),
    ],
)
def test_wrong_arguments(files, tmp_path, capsys, arguments, message):
    names = {path.stem: str(path) for path in files.iterdir()} | {"none": str(files / "none.txt")}
    given = [argument.format(**names) for argument in arguments]
    assert run(["curve", *given, "-o", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_a_table_of_something_else_is_named(tmp_path, capsys):
    (tmp_path / "curve.csv").write_text("a,b\n1,2\n")
    assert run(["curve", "--redraw", "-o", str(tmp_path)]) == 2
    assert "curve.csv: is no table of a curve: it has no column model" in capsys.readouterr().err


def test_a_table_without_rows_is_named(drawn, tmp_path, capsys):
    header = (drawn / "curve.csv").read_text().splitlines()[0]
    (tmp_path / "curve.csv").write_text(f"{header}\n")
    assert run(["curve", "--redraw", "-o", str(tmp_path)]) == 2
    assert "curve.csv: is no table of a curve: it has no row" in capsys.readouterr().err


def test_a_learner_without_variables_is_refused():
    symbols = as_symbols("abab")
    with pytest.raises(InputError, match="HCM is drawn beside it"):
        measure_curve(HVM(variables=False), symbols, symbols)


def test_a_text_without_structure_has_a_curve():
    symbols = as_symbols("a")
    table = measure_curve(HVM(), symbols, symbols, [NamedText("other", as_symbols("b"))])
    assert (table["context"] == "unigram").sum() == 2
    assert np.isfinite(table["transfer_bits_per_symbol"]).all()


def test_tracing_changes_nothing_that_is_learned():
    symbols = as_symbols(text(LINES * 6))
    traced, plain = HVM(restarts=2).fit(symbols, trace=True), HVM(restarts=2).fit(symbols)
    assert traced.lexicon_.patterns == plain.lexicon_.patterns
    assert traced.lexicons_[-1] is traced.lexicon_
    assert len(traced.lexicons_) >= len(traced.history_)
    sizes = [len(lexicon) for lexicon in traced.lexicons_]
    assert sizes[0] == traced.lexicon_.n_atoms and max(np.diff(sizes)) < max(sizes) / 2
    assert not hasattr(plain, "lexicons_")
    assert not hasattr(traced.fit(symbols), "lexicons_")
