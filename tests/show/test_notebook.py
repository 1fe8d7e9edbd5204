import pytest

from hvm import HVM, as_symbols, datasets
from hvm.errors import InputError
from hvm.show.notebook import LexiconFrame


@pytest.fixture(scope="module")
def model():
    return HVM(restarts=1).fit(as_symbols(datasets.load_speech(600), "word", "line"))


def test_units_and_variables_are_tables(model):
    units, variables = model.units_, model.variables_
    assert units["count"].is_monotonic_decreasing and variables["count"].is_monotonic_decreasing
    assert len(units) + len(variables) == len(model.lexicon_)
    assert units["count"].sum() == model.lexicon_.unit_counts.sum()
    assert (units.bits > 0).all() and set(units.kind) == {"atom", "chunk"}
    assert (variables.n_fillers == variables.fillers.map(len)).all()
    assert variables.frames.map(len).gt(0).all()


def test_pictures_are_axes(model):
    assert model.plot().figure is not None and model.plot_history().get_ylabel()
    ax = model.plot()
    assert model.plot(ax) is ax


def test_a_loaded_model_has_no_history_to_draw(model, tmp_path):
    model.save(tmp_path / "model.hvm")
    loaded = HVM.load(tmp_path / "model.hvm")
    assert len(loaded.units_) == len(model.units_)
    with pytest.raises(InputError, match="no history"):
        loaded.plot_history()


def test_html_of_models(model):
    html = model._repr_html_()
    assert "largest chunks" in html and "what is that ?" in html and "dog" in html
    assert "not fitted" in HVM()._repr_html_()
    odd = HVM(context="unigram").fit("<b>" * 30)._repr_html_()
    assert "<b><b>" not in odd and "&lt;b&gt;" in odd
    assert "chunks, 0 variables" in HVM(context="unigram").fit("ab")._repr_html_()
    assert "symbols read" in HVM().begin("ab").observe("abab")._repr_html_()


def test_explore_is_a_frame_or_a_file(model, tmp_path):
    frame = model.explore(text="look at the dog .")
    assert isinstance(frame, LexiconFrame) and frame._repr_html_().startswith("<iframe")
    path = model.explore(tmp_path / "lexicon.html")
    assert path.read_text("utf-8").startswith("<!doctype html>")
