"""hvm recall: files, runs that are kept, figures and report made from the files alone."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import re
import shutil
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from contracts.pictures import check_picture
from hvm.cli.app import run
from hvm.errors import InputError
from hvm.recall.models.registry import make_model
from hvm.recall.models.running import COLUMNS as KEY_COLUMNS
from hvm.recall.models.running import run_model
from hvm.recall.statistics import means
from hvm.recall.statistics.checked import checked_trials
from hvm.recall.statistics.lookup import StatisticsLookup
from hvm.recall.statistics.rows import keys_shown
from hvm.recall.statistics.settings import StatisticsSettings
from hvm.recall.statistics.table import COLUMNS, statistics_table
from hvm.recall.study import (
    curve_plots,
    figures,
    forest_plots,
    lexicons,
    published,
    runs,
    study,
    tables,
)
from hvm.recall.study.plot_style import GROUP_COLOURS, estimate_text
from hvm.recall.task.simulate import synthetic_trials
from hvm.recall.task.trials import as_trials, read_trials, write_trials

QUICK = ["--draws", "20", "--folds", "2"]
FEW = StatisticsSettings(n_draws=20, n_splits=20, n_folds=2)
FIGURES = [
    "gains-train",
    "gains-transfer",
    "learning-curves",
    "lexicon-1-train",
    "lexicon-1-transfer",
    "lexicon-2-train",
    "lexicon-2-transfer",
    "scatter-train",
    "scatter-transfer",
    "transfer-difference",
    "verdict",
]


def small_table(n_people=6, n_train=8, n_transfer=6):
    """Synthetic people with fewer trials, numbered anew."""
    table = synthetic_trials(n_people)
    number = table.groupby(["participant", "block"]).cumcount()
    few = table[number < np.where(table["block"] == "train", n_train, n_transfer)].copy()
    few["trial"] = few.groupby("participant").cumcount() + 1
    return few


def series(table, models=("HVM", "GPT-2")):
    """A published series for each model; of the second for the first four people only."""
    parts = []
    for number, model in enumerate(models):
        rows = table[["participant", "trial"]].assign(model=model)
        rows["nll_nats"] = np.log(2) * (20 / rows["trial"] + number)
        parts.append(rows if number == 0 else rows[rows["participant"] <= 4])
    return pd.concat(parts)[["model", "participant", "trial", "nll_nats"]]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("given")
    write_trials(folder / "trials.csv", as_trials(small_table()))
    series(small_table()).to_csv(folder / "published.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def study_and_json(files, tmp_path_factory):
    """A study's folder, and what the command printed."""
    folder = tmp_path_factory.mktemp("study") / "new"
    options = ["--models", "hvm,bigram", "--set", "hvm.fillers_min=2", "--set", "bigram.theta=0.99"]
    options += ["--published", str(files / "published.csv"), *QUICK, "-o", str(folder), "--json"]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert run(["recall", str(files / "trials.csv"), *options]) == 0
    return folder, printed.getvalue()


@pytest.fixture(scope="module")
def made(study_and_json):
    return study_and_json[0]


def contents(folder):
    """Every file with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def exact(path):
    """A table whose bits are read to the last digit."""
    table = pd.read_csv(path, dtype={"surprisal_bits": str})
    return table.assign(surprisal_bits=table["surprisal_bits"].astype(float))


def fails(arguments, capsys):
    assert run(["recall", *map(str, arguments)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1, said
    return said.err


# -- files --------------------------------------------------------------------------------


def test_a_study_is_files(made):
    names = {name for name in contents(made) if not name.startswith(("runs/", "figures/"))}
    assert names == {*tables.TABLES, tables.CONFIG, tables.LEXICONS, tables.REPORT}
    assert sorted(path.stem for path in (made / "figures").iterdir()) == FIGURES
    kept = [re.sub("-[0-9a-f]{16}", "", path.name) for path in (made / "runs").iterdir()]
    assert sorted(kept) == ["bigram.csv", "bigram.json", "hvm.csv", "hvm.json"]


def test_surprisals_are_those_of_the_models(made, files):
    trials = read_trials(files / "trials.csv")
    keys = exact(made / "surprisal_keys.csv")
    assert tuple(keys.columns) == ("model", *KEY_COLUMNS)
    settings = {"hvm": {"fillers_min": 2}, "bigram": {"theta": 0.99}}
    assert list(keys["model"].unique()) == list(settings)
    for name, given in settings.items():
        expected = run_model(make_model(name, **given), trials)
        mine = keys[keys["model"] == name].reset_index(drop=True)
        assert mine["surprisal_bits"].tolist() == expected["surprisal_bits"].tolist()
        assert mine["symbol"].astype(str).tolist() == expected["symbol"].tolist()
    sums = pd.read_csv(made / "surprisal_trials.csv").set_index(["model", "participant", "trial"])
    first = keys[(keys["model"] == "hvm") & (keys["participant"] == 2) & (keys["trial"] == 3)]
    total = sums.loc[("hvm", 2, 3), "surprisal_bits"]
    assert total == pytest.approx(first["surprisal_bits"].sum(), rel=1e-12)
    assert sums.loc[("published HVM", 2, 4), "surprisal_bits"] == pytest.approx(5)  # 20 / 4


def test_statistics_are_those_of_the_table(made, files):
    table = read_trials(files / "trials.csv").table
    bits = exact(made / "surprisal_trials.csv")
    expected = statistics_table(table, bits, settings=FEW)
    found = tables.read_table(made, "statistics.csv")
    assert tuple(found.columns) == COLUMNS
    assert found["model"].tolist() == expected["model"].tolist()
    np.testing.assert_allclose(found["value"], expected["value"], rtol=1e-12)


def test_settings_say_what_was_run(made):
    config = json.loads((made / "config.json").read_text())
    by_name = {each["model"]: each for each in config["models"]}
    assert by_name["hvm"]["settings"]["fillers_min"] == 2 and config["version"]
    assert (made / "runs" / by_name["bigram"]["file"]).is_file()
    assert config["trials"]["participants"] == {"control": 3, "variable": 3}
    assert config["statistics"]["n_draws"] == 20 and config["statistics"]["cuts"]["longest_ms"]
    assert config["published"]["participants"] == {"published HVM": 6, "published GPT-2": 4}


def test_exclusions_count_what_a_published_series_lacks(made):
    rows = tables.read_table(made, "exclusions.csv")
    lacking = rows[(rows["reason"] == "no surprisal of published GPT-2")]
    assert lacking["n_excluded"].tolist() == [8, 8, 6, 6]  # one person of each group lacks it


# -- runs that are kept -------------------------------------------------------------------


def watched(monkeypatch):
    """Names of the models that run from now on."""
    ran = []
    true = runs.run_model

    def record(model, *arguments):
        ran.append(type(model).__name__)
        return true(model, *arguments)

    monkeypatch.setattr(runs, "run_model", record)
    return ran


def of(folder, trials, names, **options):
    kept = runs.Runs(folder, trials, **options)
    return [kept.of_model(name, {}, lambda done, total: None) for name in names]


def test_adding_a_model_leaves_the_others_alone(files, tmp_path, monkeypatch):
    trials = read_trials(files / "trials.csv")
    before = of(tmp_path, trials, ["bigram", "repeats"])
    stats = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    ran = watched(monkeypatch)
    after = of(tmp_path, trials, ["bigram", "lz78", "repeats"])
    assert ran == ["LZ78Tree"]
    assert [each.is_new for each in after] == [False, True, False]
    for path, (content, time) in stats.items():
        assert (path.read_bytes(), path.stat().st_mtime_ns) == (content, time)
    pd.testing.assert_frame_equal(after[0].table, before[0].table, check_exact=True)


def test_a_run_answers_its_own_question_only(files, tmp_path, monkeypatch):
    trials = read_trials(files / "trials.csv")
    of(tmp_path, trials, ["bigram"])
    ran = watched(monkeypatch)
    kept = runs.Runs(tmp_path, trials)
    assert kept.of_model("bigram", {"theta": 0.5}, lambda *_: None).is_new
    table = trials.table.copy()
    table.loc[0, "recall_time_ms"] = 1.0
    assert not of(tmp_path, as_trials(table), ["bigram"])[0].is_new  # no model is told of times
    table.loc[0, "sequence"] = table.loc[0, "sequence"][::-1]
    assert of(tmp_path, as_trials(table), ["bigram"])[0].is_new
    monkeypatch.setattr("hvm.version.__version__", "99")
    assert of(tmp_path, trials, ["bigram"])[0].is_new
    assert len(ran) == 3


@pytest.mark.parametrize("damage", ["cut", "changed", "about", "gone"])
def test_a_damaged_run_is_made_again(files, tmp_path, damage):
    trials = read_trials(files / "trials.csv")
    before = of(tmp_path, trials, ["bigram"])[0]
    (path,) = tmp_path.glob("*.csv")
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[:-20])
    elif damage == "changed":
        path.write_bytes(content.replace(b"2.58", b"0.58", 1))
    elif damage == "about":
        path.with_suffix(".json").write_bytes(b"{")
    else:
        path.with_suffix(".json").unlink()
    again = of(tmp_path, trials, ["bigram"])[0]
    assert again.is_new and path.read_bytes() == content
    pd.testing.assert_frame_equal(again.table, before.table)


def test_fresh_runs_everything_again(files, tmp_path):
    trials = read_trials(files / "trials.csv")
    of(tmp_path, trials, ["bigram"])
    assert of(tmp_path, trials, ["bigram"], fresh=True)[0].is_new


def test_an_interrupted_study_goes_on(files, made, tmp_path, monkeypatch):
    """The second model fails; what the first said stays, and the whole is as if nothing was."""
    plan = study.Plan({"hvm": {"fillers_min": 2}, "bigram": {"theta": 0.99}}, statistics=FEW)
    true = runs.run_model

    def interrupted(model, *arguments):
        if type(model).__name__ == "Bigram":
            raise KeyboardInterrupt
        return true(model, *arguments)

    monkeypatch.setattr(runs, "run_model", interrupted)
    with pytest.raises(KeyboardInterrupt):
        study.run_study(files / "trials.csv", tmp_path, plan)
    assert sorted(path.suffix for path in (tmp_path / "runs").iterdir()) == [".csv", ".json"]
    assert not (tmp_path / tables.REPORT).exists()
    monkeypatch.setattr(runs, "run_model", true)
    ran = watched(monkeypatch)
    drawn = []
    monkeypatch.setattr(
        study, "redraw", lambda folder, also: drawn.append(folder)
    )  # test_redraw_gives_the_same_bytes draws
    study.run_study(files / "trials.csv", tmp_path, plan)
    assert ran == ["Bigram"] and drawn == [tmp_path]
    assert (tmp_path / "surprisal_keys.csv").read_bytes() == (
        made / "surprisal_keys.csv"
    ).read_bytes()


# -- made again from the files ------------------------------------------------------------


def test_redraw_gives_the_same_bytes(made, capsys):
    before = contents(made)
    for path in (made / "figures").iterdir():
        path.write_bytes(b"")
    (made / "figures" / "lexicon-9-train.png").write_bytes(b"of an older study")
    (made / "figures" / "my-notes.png").write_bytes(b"not ours")
    (made / tables.REPORT).unlink()
    assert run(["recall", "--redraw", "-o", str(made), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert len(report["rows"]) == len(tables.read_table(made, "statistics.csv"))
    (made / "figures" / "my-notes.png").unlink()
    assert contents(made) == before


class Page(HTMLParser):
    """Tags that are open, sources of images, and all text."""

    def __init__(self):
        super().__init__()
        self.open, self.images, self.text, self.links = [], [], [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "img":
            self.images.append(given["src"])
        self.links += [given[name] for name in ("href", "srcset") if name in given]
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_the_report_is_one_page(made):
    text = (made / tables.REPORT).read_text("utf-8")
    page = Page()
    page.feed(text)
    assert page.open == [] and page.links
    assert all(f'id="{link[1:]}"' in text for link in page.links)  # none leads elsewhere
    verdict = text[text.index('class="verdict"') :]
    assert re.match(r'class="verdict">In training: over \(e\), ', verdict)
    assert text.index('class="verdict"') < text.index(">What was run</h2>")
    assert text.count("Δ log-lik. is what") == 1
    assert "<script" not in text and not re.search("https?:", text)
    held = [base64.b64decode(each.removeprefix("data:image/png;base64,")) for each in page.images]
    figures = {path.read_bytes() for path in (made / "figures").iterdir()}
    assert set(held) == figures and len(held) == len(FIGURES)
    words = "".join(page.text)
    for told in ("6 participants (3 control, 3 variable)", "fillers_min 2", "published GPT-2 (4)"):
        assert told in words
    row = tables.read_table(made, "statistics.csv").query(
        "model == 'hvm' and block == 'train' and statistic == 'spearman'"
    )
    assert estimate_text(row.iloc[0]) in words


def test_names_cannot_change_the_page(tmp_path):
    table = small_table(2, 4, 2).replace({"control": "<b>&amp;", "variable": "$x_1$"})
    table["participant"] = "<script>" + table["participant"].astype(str)
    write_trials(tmp_path / "trials.csv", as_trials(table))
    plan = study.Plan({"hvm": {}}, statistics=FEW)
    study.run_study(tmp_path / "trials.csv", tmp_path / "out", plan)
    text = (tmp_path / "out" / tables.REPORT).read_text("utf-8")
    assert "<script" not in text and "<b>" not in text and "&lt;b&gt;&amp;amp;" in text


# -- what is drawn ------------------------------------------------------------------------


def test_curves_by_hand():
    trials = pd.DataFrame(
        {
            "participant": [1, 2, 3, 1, 2, 3],
            "group": ["a", "a", "b"] * 2,
            "block": "train",
            "trial": [1, 1, 1, 2, 2, 2],
            "sequence": "12",
            "recall_time_ms": [1000, 3000, 500, 25_000, 2000, np.nan],
            "accuracy": [1, 0.5, 0, 1, 1, np.nan],
        }
    )
    bits = trials[["participant", "trial"]].assign(
        model="m", surprisal_bits=[2, 4, 8, 1.0, 3, np.nan]
    )
    found = means.curves_table(trials, bits, FEW)
    values = found.set_index(["model", "outcome", "group", "trial"])["value"].to_dict()
    assert values["people", "recall_time_ms", "a", 1] == 2000
    assert values["people", "recall_time_ms", "a", 2] == 2000  # 25 s do not count
    assert values["people", "accuracy", "b", 1] == 0
    assert ("people", "accuracy", "b", 2) not in values
    assert values["m", "surprisal_bits", "a", 2] == 2  # a model's mean is of every trial
    ends = found[(found["group"] == "a") & (found["outcome"] == "accuracy")]
    assert ends["low"].tolist() == [0.5, 1] and ends["high"].tolist() == [1, 1]
    assert found[found["group"] == "b"]["low"].isna().all()  # one person
    points = means.means_table(trials, bits, FEW).set_index(["group", "trial"])
    assert points.loc[("a", 2)].tolist() == ["m", "train", 2000, 3, 1]
    assert ("b", 2) not in points.index


def test_lexicons_are_those_of_the_learner():
    trials = as_trials(small_table(2))
    people = lexicons.chosen_people(trials)
    assert [(person.name, person.group) for person in people] == [(1, "control"), (2, "variable")]
    pictures = list(lexicons.lexicon_pictures(make_model("hvm"), trials, people))
    assert [picture.block for picture in pictures] == ["train", "transfer"] * 2
    model = make_model("hvm")
    model.begin(len(trials.symbols))
    for sequence in people[1].sequences:
        model.observe(sequence)
    last, lexicon = pictures[-1].graph, model.lexicon()
    assert len(last) == len(lexicon)
    counts = [last.nodes[entry]["count"] for entry in lexicon.chunks.tolist()]
    assert counts == lexicon.unit_counts[lexicon.chunks].tolist()
    held = json.loads(json.dumps(pictures[-1].as_json()))
    again = lexicons.Picture.from_json(held)
    assert dict(again.graph.nodes(data=True)) == dict(last.nodes(data=True))
    assert [*again.graph.edges(data=True)] == [*last.edges(data=True)]


def test_lexicons_name_symbols_as_the_trials_do():
    table = small_table(1, 12, 1)
    table["sequence"] = [" ".join(f"k{key}" for key in text) for text in table["sequence"]]
    trials = as_trials(table)
    person = lexicons.chosen_people(trials)[0]
    picture = next(lexicons.lexicon_pictures(make_model("hcm", chunk_min=1), trials, [person]))
    texts = [text for _, text in picture.graph.nodes(data="text")]
    assert "k1" in texts and any(re.fullmatch(r"k\d k\d", text) for text in texts)


def rows_of(**values):
    row = dict.fromkeys(COLUMNS, "") | {"value": 1.0, "low": 0.5, "high": 2.0} | values
    return pd.DataFrame([row])


def test_plots_draw_on_given_axes():
    from matplotlib.figure import Figure

    rows = rows_of(model="m", block="train", outcome="log_time", baseline="b")
    gain = rows.assign(statistic="delta_log_likelihood")
    slope = rows.assign(statistic="slope", value=-0.1)
    ax = Figure().add_subplot()
    assert forest_plots.gains(pd.concat([gain, slope]), "train", "b", ax) is ax
    (point,) = [line for line in ax.lines if line.get_marker() == "x"]  # a slope of the wrong sign
    assert point.get_xdata().tolist() == [1.0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["m"]
    curves = pd.DataFrame(
        [["m", "surprisal_bits", "a", "train", t, 5.0 / t, 4 / t, 6 / t, 2] for t in (1, 2, 3)],
        columns=list(means.CURVE_COLUMNS),
    )
    ax = curve_plots.learning_curve(curves, "m", "surprisal_bits", Figure().add_subplot())
    assert ax.lines[0].get_ydata().tolist() == [5, 2.5, 5 / 3]
    ax = curve_plots.learning_curve(curves, "people", "recall_time_ms")
    assert [text.get_text() for text in ax.texts] == ["there are none"]


@pytest.mark.parametrize(
    ("outcome", "slope", "is_wrong"),
    [
        ("log_time", -1, True),
        ("log_time", 1, False),
        ("accuracy", 1, True),
        ("accuracy", -1, False),
    ],
)
def test_the_wrong_way(outcome, slope, is_wrong):
    rows = rows_of(model="m", block="train", outcome=outcome, baseline="b", statistic="slope")
    rows = rows.assign(value=float(slope))
    assert StatisticsLookup(rows).is_wrong_way("m", "train", "b", outcome) is is_wrong
    plain = rows.assign(model="repeat_count")
    assert not StatisticsLookup(plain).is_wrong_way("repeat_count", "train", "b", outcome)


# -- tables that lack something -----------------------------------------------------------


def awkward(change):
    table = small_table(4, 4, 2)
    return {
        "one group": lambda: table[table["group"] == "control"],
        "one person": lambda: table[table["participant"] == 1],
        "no times": lambda: table.assign(recall_time_ms=np.nan),
        "nothing but sequences": lambda: table.assign(recall_time_ms=np.nan, accuracy=np.nan),
        "no transfer": lambda: table[table["block"] == "train"],
        "separated": lambda: table.assign(sequence=["-".join(s) for s in table["sequence"]]),
    }[change]()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("one group", "there is one group"),
        ("one person", "a group has fewer than two people"),
        ("no times", "no trials"),
        ("nothing but sequences", "no trials"),
        ("no transfer", ""),
        ("separated", ""),
    ],
)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_awkward_tables_have_a_report(change, told, tmp_path):
    write_trials(tmp_path / "t.csv", as_trials(awkward(change)))
    plan = study.Plan({"bigram": {}}, statistics=FEW)
    rows = study.run_study(tmp_path / "t.csv", tmp_path / "out", plan)
    assert told in (tmp_path / "out" / tables.REPORT).read_text("utf-8")
    assert (rows[rows["value"].isna()]["reason"] != "").all()
    figures = {path.stem for path in (tmp_path / "out" / "figures").iterdir()}
    assert "learning-curves" in figures and "lexicon-1-train" not in figures


def test_separated_symbols_are_counted_as_keys():
    table = awkward("separated")
    plain = checked_trials(as_trials(table))
    assert keys_shown(plain.table).tolist() == [12] * len(table)


# -- the command line ---------------------------------------------------------------------


def test_json_is_one_object(study_and_json):
    folder, printed = study_and_json
    report = json.loads(printed)
    assert list(report) == ["rows", "report", "config", "tables", "figures"]
    assert list(report["rows"][0]) == list(COLUMNS)
    assert any(row["value"] is None and row["reason"] for row in report["rows"])
    for path in (report["report"], *report["tables"], *report["figures"]):
        assert (folder / path).is_file()


def test_wrong_arguments_are_one_line(files, tmp_path, capsys):
    trials, out = files / "trials.csv", ["-o", tmp_path / "out"]
    for given, told in [
        ([*out], "needs TRIALS"),
        ([trials, "--redraw", *out], "takes no TRIALS"),
        (["--redraw", "--reference", "control", *out], "give TRIALS and --reference again"),
        (["--redraw", *out], "config.json: no such file"),
        ([tmp_path / "no.csv", *out], "no.csv: no such file"),
        ([trials, "--models", "hvmm", *out], "no model 'hvmm' (did you mean hvm?)"),
        ([trials, "--models", "", *out], "there is no model to run"),
        ([trials, "--set", "theta=1", *out], "is not like hvm.theta=0.999"),
        ([trials, "--models", "hvm", "--set", "hmm.theta=1", *out], "(did you mean hvm?)"),
        ([trials, "--set", "hvm.thta=1", *out], "no setting 'thta' (did you mean theta?)"),
        ([trials, "--set", "hvm.theta=2", *out], "theta"),
        ([trials, "--set", "hcm.variables=true", *out], "which makes it hcm"),
        ([trials, "--participant", "77", *out], "no participant '77'"),
        ([trials, "--llm", "./none", *out], "none: no such folder or GGUF file"),
        ([trials, "--published", trials, *out], "trials.csv: there is no column 'model'"),
        ([trials, "-o", trials], "trials.csv: cannot be made"),
    ]:
        assert told in fails(given, capsys), given
    assert not (tmp_path / "out").exists()


def test_inputs_are_not_overwritten(files, capsys):
    target = files / "statistics.csv"
    target.write_bytes((files / "trials.csv").read_bytes())
    assert "would be overwritten" in fails([target, "--models", "bigram", "-o", files], capsys)
    target.unlink()


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.5", 0.5), ("3", 3), ("true", True), ("False", False), ("null", None), ("None", None)]
    + [("bigram", "bigram")],
)
def test_values_of_settings(text, value):
    from hvm.cli.recall import _settings

    found = _settings(["hvm"], [f"hvm.x={text}"])["hvm"]["x"]
    assert found == value and type(found) is type(value)


def test_a_damaged_study_is_one_line(made, tmp_path, capsys):
    for name, content, told in [
        ("config.json", b"{", "is damaged"),
        ("statistics.csv", b"a,b\n1,2\n", "no column 'model'"),
        ("means.csv", b"", "is no table"),
    ]:
        for path in made.iterdir():
            if path.is_file():
                (tmp_path / path.name).write_bytes(path.read_bytes())
        (tmp_path / name).write_bytes(content)
        said = fails(["--redraw", "-o", tmp_path], capsys)
        assert told in said and name in said


# -- published series ---------------------------------------------------------------------


def test_published_series_are_bits(files):
    trials = read_trials(files / "trials.csv")
    found = published.read_published(files / "published.csv", trials)
    assert found["model"].unique().tolist() == ["published HVM", "published GPT-2"]
    assert found["surprisal_bits"].tolist()[:2] == pytest.approx([20, 10])
    assert found["participant"].dtype == trials.table["participant"].dtype


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda t: t.rename(columns={"nll_nats": "nll_nat"}),
            "no column 'nll_nats': is it 'nll_nat'",
        ),
        (lambda t: t.assign(nll_nats="x"), "line 2, nll_nats: 'x' is not a number"),
        (lambda t: t.assign(participant=99), "line 2, participant: '99' is not among the trials"),
        (lambda t: t.assign(trial=t["trial"] + 1), "participant 1 has no trial 15"),
        (lambda t: pd.concat([t, t[:1]]), "HVM, participant 1, trial 1 is there twice"),
        (lambda t: t.assign(model=""), "line 2, model: is empty"),
        (lambda t: t[:0], "there are no rows"),
    ],
)
def test_wrong_published_series(files, tmp_path, change, told):
    change(series(small_table())).to_csv(tmp_path / "p.csv", index=False)
    with pytest.raises(InputError, match=re.escape(told)) as error:
        published.read_published(tmp_path / "p.csv", read_trials(files / "trials.csv"))
    assert "p.csv" in str(error.value)


def test_published_series_of_the_paper(data_folder):
    trials = read_trials(data_folder / "human" / "recall_trials.csv")
    found = published.read_published(data_folder / "human" / "published_model_nll.csv", trials)
    points = means.means_table(trials.table, found[found["model"] == "published HVM"])
    train = points[points["block"] == "train"]
    r2 = np.corrcoef(train["recall_time_ms"], train["surprisal_bits"])[0, 1] ** 2
    assert (len(train), round(r2, 3)) == (80, 0.605)


# -- language models ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny(transformers, tmp_path_factory):
    """A tiny random model in a folder."""
    from tiny_models import bpe_tokenizer, tiny_model

    folder = tmp_path_factory.mktemp("models") / "tiny"
    tokenizer = bpe_tokenizer(transformers)
    tiny_model(transformers, "gpt2", len(tokenizer)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_language_model_is_two_models(files, tiny, tmp_path, capsys, monkeypatch):
    from hvm.language import models as llm

    given = [str(files / "trials.csv"), "--models", "bigram", "--llm", str(tiny), *QUICK]
    assert run(["recall", *given, "--device", "cpu", "-o", str(tmp_path)]) == 0
    keys = exact(tmp_path / "surprisal_keys.csv")
    assert keys["model"].unique().tolist() == ["bigram", "tiny", "tiny, keys only"]
    trials = read_trials(files / "trials.csv")
    people = {p.name: [(s + 1).tolist() for s in p.sequences] for p in trials.participants()}
    expected = llm.load_language_model(tiny, "cpu").surprisals(people).table
    for name, column in (
        ("tiny", "surprisal_bits"),
        ("tiny, keys only", "surprisal_six_keys_bits"),
    ):
        mine = keys[keys["model"] == name]["surprisal_bits"].to_numpy()
        np.testing.assert_array_equal(mine, expected[column].to_numpy())
    told = json.loads((tmp_path / "config.json").read_text())["models"][1]
    assert told["language_model"]["device"] == "cpu (not run on a GPU)"
    assert 0 < told["language_model"]["six_keys_mass_mean"] < 1
    report = (tmp_path / tables.REPORT).read_text("utf-8")
    assert "not run on a GPU" in report and "a b c d e f" in report

    before = contents(tmp_path)
    monkeypatch.setattr(llm, "load_language_model", None)  # what is kept needs no model
    assert run(["recall", *given, "--device", "cpu", "-o", str(tmp_path)]) == 0
    assert contents(tmp_path) == before


def test_people_of_a_language_model_are_kept(files, tiny, tmp_path, monkeypatch):
    from hvm.language import kept
    from hvm.language import models as llm
    from hvm.language.scoring import TranscriptReader

    trials = read_trials(files / "trials.csv")
    transcript = runs.transcript_of(trials, "letters")
    read = []
    true = TranscriptReader.read

    def interrupted(self, people):
        if len(read) >= 3:
            raise KeyboardInterrupt
        read.append(len(people))
        return true(self, people)

    monkeypatch.setattr(llm, "batches", lambda items, size: ([each] for each in items))
    monkeypatch.setattr(TranscriptReader, "read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        runs.Runs(tmp_path, trials).of_language_model(str(tiny), "cpu", transcript, lambda *_: None)
    assert len(list((tmp_path / runs.PARTICIPANTS_FOLDER).iterdir())) == 3
    monkeypatch.setattr(TranscriptReader, "read", true)
    counted = []
    monkeypatch.setattr(
        kept, "write_atomic", lambda path, data: counted.append(path) or path.write_bytes(data)
    )
    run_ = runs.Runs(tmp_path, trials).of_language_model(
        str(tiny), "cpu", transcript, lambda *_: None
    )
    assert run_.is_new and len(counted) == 3  # three of six were there


@pytest.mark.parametrize(
    ("kind", "n_symbols", "told"),
    [("digits", 10, "2 to 9 symbols"), ("letters", 27, "2 to 26 symbols"), ("words", 3, "letters")],
)
def test_transcripts_have_room_for_so_many_symbols(kind, n_symbols, told):
    table = small_table(1, 1, 0).assign(sequence=" ".join(str(k) for k in range(n_symbols)))
    with pytest.raises(InputError, match=told):
        runs.transcript_of(as_trials(table), kind)


def test_local_models_are_known_by_their_files(tmp_path):
    from hvm.language.models import identify

    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    name, before = identify(tmp_path)
    assert name == tmp_path.name and identify(tmp_path) == (name, before)
    (tmp_path / "model.safetensors").write_bytes(b"Weights")
    assert identify(tmp_path)[1] != before
    assert identify("owner/name") == ("owner/name", None)


# -- what a terminal shows ----------------------------------------------------------------


def test_a_terminal_sees_a_bar(monkeypatch):
    from hvm.progress import bar

    shown = io.StringIO()
    shown.isatty = lambda: True
    monkeypatch.setattr("sys.stderr", shown)
    with bar("hvm") as progress:
        progress(1, 3)
        progress(3, 3)
    assert "3/3" in shown.getvalue() and "hvm: hvm" in shown.getvalue()


def test_elsewhere_short_work_says_nothing(capsys):
    from hvm.progress import bar

    with bar("hvm") as progress:
        progress(1, 1)
    assert capsys.readouterr() == ("", "")


# -- figures ------------------------------------------------------------------------------------


def test_figures_keep_the_promises_of_pictures(made):
    drawn = dict(figures.draw_figures(made))
    assert sorted(drawn) == FIGURES
    for ax in drawn.values():
        check_picture(ax, GROUP_COLOURS)


def test_figures_are_written_as_vector_graphics_too(made, tmp_path):
    shutil.copytree(made, tmp_path / "study")
    folder = tmp_path / "study" / "figures"
    (folder / "gains-9.svg").write_bytes(b"of an older study")
    arguments = ["recall", "--redraw", "-o", str(tmp_path / "study"), "--figures", "svg"]
    assert run(arguments) == 0
    for kind in ("png", "svg"):
        assert sorted(path.stem for path in folder.glob(f"*.{kind}")) == FIGURES
    once = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert run(arguments) == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == once
