import re

import pytest

import hvm
from hvm import HVM, as_symbols, datasets
from hvm.datasets.speech import CLASSES, FRAMES
from hvm.errors import InputError
from hvm.pairs.judging import judge_pairs
from hvm.recall.task.trials import read_trials


def test_all_of_them_are_listed_and_load():
    listed = datasets.listing()
    along = listed.name[listed.source == "along"].tolist()
    assert {*along, "listing"} == set(datasets.__all__) and hvm.datasets is datasets
    assert {"recall", "blimp"} <= set(listed.name[listed.source == "fetched"])
    assert all(len(getattr(datasets, name)()) for name in along if name != "load_world")


def test_rhymes_are_lines_of_plain_text():
    rhymes = datasets.load_rhymes()
    assert rhymes.isascii() and rhymes.endswith("\n") and "  " not in rhymes
    assert rhymes.count("the house that Jack built") == 12


def test_speech_is_made_of_its_frames_and_classes_alone():
    speech = datasets.load_speech(500, seed=3)
    assert speech == datasets.load_speech(500, seed=3) != datasets.load_speech(500, seed=4)
    slots = {name: "(?:" + "|".join(words) + ")" for name, words in CLASSES.items()}
    frames = "|".join(
        re.sub(r"\\\{(\w+)\\\}", r"{\1}", re.escape(f)).format(**slots) for f in FRAMES
    )
    assert all(re.fullmatch(frames, line) for line in speech.splitlines())
    assert len(speech.splitlines()) == 500


def test_tags_name_one_class_a_word():
    words = [word for words in CLASSES.values() for word in words]
    assert len(words) == len(set(words))
    assert set(words) < set(datasets.load_tags())


@pytest.mark.parametrize("make", [datasets.load_speech, datasets.load_pairs])
@pytest.mark.parametrize("size", [0, -1, 1.5])
def test_sizes_are_checked(make, size):
    with pytest.raises(InputError, match=r"n_(lines|pairs)"):
        make(size)


def test_a_model_of_the_speech_wins_the_pairs():
    pairs = datasets.load_pairs(120)
    assert (pairs.good != pairs.bad).all() and pairs.paradigm.nunique() == 3
    model = HVM().fit(as_symbols(datasets.load_speech(1000), "word", "line"))
    assert judge_pairs(model, pairs).pairs.score.mean() > 0.95


def test_the_spreadsheet_is_read_under_its_own_names(tmp_path):
    path = tmp_path / "lab.csv"
    datasets.load_spreadsheet(2).to_csv(path, sep=";", index=False)
    with pytest.raises(InputError) as error:
        read_trials(path)
    # What the message proposes is right.
    pairs = re.findall(r"--column (\w+)='?([^'=]+?)'?(?= --|$)", str(error.value))
    assert len(read_trials(path, columns=dict(pairs))) == 2 * 64
