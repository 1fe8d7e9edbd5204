"""HVM and HVMTransformer in scikit-learn: its own checks, searches over settings, pipelines."""

from __future__ import annotations

import doctest
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hvm import HVM, HVMTransformer
from hvm.errors import InputError
from hvm.learn.model import Model

sklearn = pytest.importorskip("sklearn")

from sklearn.base import clone  # noqa: E402
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import Pipeline, make_pipeline  # noqa: E402
from sklearn.utils.estimator_checks import check_estimator  # noqa: E402

FRAMES = ("where is the {} now ?", "I see the {} there .")
TEXTS = [frame.format(pet) for pet in ("dog", "cat", "bird", "child") for frame in FRAMES] * 8
ASKS = [index % 2 for index in range(len(TEXTS))]


# -- the checks of scikit-learn ---------------------------------------------------------------


def sequences_of(X):
    """Rows of a matrix of finite real numbers as sequences of integers; the rest as it is."""
    matrix = np.asarray(X)
    if matrix.ndim != 2 or matrix.dtype.kind not in "iuf" or not np.isfinite(matrix).all():
        return X
    return list(np.rint(matrix).astype(np.int64))


class Rows:
    """What the checks hand over, matrices, read as sequences; before HVM or HVMTransformer."""

    def fit(self, X, y=None):
        return super().fit(sequences_of(X), y)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        return tags


class HVMOfRows(Rows, HVM):
    def partial_fit(self, X, y=None):
        return super().partial_fit(sequences_of(X), y)

    def bits_per_symbol(self, X):
        return super().bits_per_symbol(sequences_of(X))


class TransformerOfRows(Rows, HVMTransformer):
    def transform(self, X):
        """How many units each sequence has, and how long the first is: a matrix, as checks want."""
        units = super().transform(sequences_of(X))
        return np.array([[len(of_one), len(of_one[0])] for of_one in units], float)

    def fit_transform(self, X, y=None):
        return self.fit(X, y).transform(X)


LENGTHS = "sequences have lengths of their own: there is no number of features to keep to"
WORDING = "it is refused, in the words of sequences and not in those of matrices"
DO_NOT_APPLY = {
    "check_n_features_in": LENGTHS,
    "check_n_features_in_after_fitting": LENGTHS,
    "check_complex_data": WORDING,
    "check_dtype_object": WORDING,
    "check_estimators_empty_data_messages": WORDING,
    "check_estimators_nan_inf": WORDING,
    "check_estimator_sparse_tag": WORDING,
    "check_estimator_sparse_array": WORDING,
    "check_estimator_sparse_matrix": WORDING,
}
"""As docs/how-to/scikit-learn.md lists them."""
OF_TRANSFORM = {"check_fit2d_predict1d": WORDING, "check_transformer_general": LENGTHS}


HASTY = HVMOfRows(restarts=1, iterations=2, context="unigram")


@pytest.mark.parametrize(
    ("estimator", "others"),
    [(HASTY, DO_NOT_APPLY), (TransformerOfRows(HASTY, "int"), DO_NOT_APPLY | OF_TRANSFORM)],
)
@pytest.mark.filterwarnings("ignore")
def test_the_checks_of_scikit_learn_pass(estimator, others):
    results = check_estimator(estimator, expected_failed_checks=others, on_fail=None)
    failed = {one["check_name"]: one["exception"] for one in results if one["status"] == "failed"}
    assert failed == {}
    assert {one["check_name"] for one in results if one["status"] == "xfail"} == set(others)
    assert sum(one["status"] == "passed" for one in results) >= 30


def test_what_does_not_apply_is_refused_in_one_line():
    sparse = pytest.importorskip("scipy.sparse").csr_array(np.eye(3))
    for X in (sparse, np.eye(3) * 1j, np.full((3, 3), np.nan), np.zeros((3, 0)), [[np.inf]]):
        with pytest.raises(ValueError) as caught:
            HVM(restarts=1).fit(X)
        assert isinstance(caught.value, InputError)
        assert len(str(caught.value).splitlines()) == 1


# -- what people do with it -------------------------------------------------------------------


@pytest.mark.parametrize("model", [HVM(seed=3, restarts=1), HVM.paper(iterations=4)])
def test_a_clone_has_the_settings_and_nothing_learned(model):
    model.fit(TEXTS)
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    with pytest.raises(InputError, match="has learned nothing yet"):
        copy.score(TEXTS)
    assert copy.fit(TEXTS).file_bytes() == model.file_bytes()


@pytest.mark.parametrize("context", ["experts", "unigram"])
def test_a_pickled_model_is_the_same_model(context):
    model = HVM(restarts=1, context=context).fit(TEXTS)
    again = pickle.loads(pickle.dumps(model))
    assert again.file_bytes() == model.file_bytes()
    np.testing.assert_array_equal(again.surprisal(TEXTS), model.surprisal(TEXTS))
    online = HVM().begin("abc").observe("abcabc")
    again = pickle.loads(pickle.dumps(online))
    assert (
        again.observe("abc").surprisal("ab").tolist()
        == online.observe("abc").surprisal("ab").tolist()
    )


def test_a_search_over_settings_chooses_the_model_of_fewer_bits():
    grid = {"max_entries": [None, len(set("".join(TEXTS)))]}  # the second leaves no chunk
    model = HVM(restarts=1, context="unigram")
    with pytest.warns(UserWarning, match="leaves no room"):
        search = GridSearchCV(model, grid, cv=3).fit(TEXTS)
    assert search.best_params_ == {"max_entries": None}
    chosen, other = search.cv_results_["mean_test_score"]
    assert other < chosen < 0
    assert search.score(TEXTS) == -search.best_estimator_.bits_per_symbol(TEXTS)


def test_scores_are_minus_bits():
    scores = cross_val_score(HVM(restarts=1, context="unigram"), TEXTS, cv=2)
    half = len(TEXTS) // 2
    halves = TEXTS[half:], TEXTS[:half]
    bits = [
        HVM(restarts=1, context="unigram").fit(one).bits_per_symbol(other)
        for one, other in zip(halves, halves[::-1])
    ]
    np.testing.assert_allclose(scores, -np.array(bits))


def test_units_are_what_a_vectoriser_counts():
    pipeline = make_pipeline(
        HVMTransformer(HVM(restarts=1, context="unigram"), slots="open"),
        CountVectorizer(analyzer=list),
        LogisticRegression(),
    )
    pipeline.fit(TEXTS, ASKS)
    assert pipeline.score(TEXTS, ASKS) == 1.0
    assert "bird" in pipeline[1].vocabulary_
    pipeline.set_params(hvmtransformer__model__max_entries=30)
    assert pipeline.get_params()["hvmtransformer__model__max_entries"] == 30
    assert isinstance(clone(pipeline)[0], HVMTransformer)
    again = pickle.loads(pickle.dumps(pipeline))
    assert again.predict(TEXTS).tolist() == ASKS


def test_a_fitted_transformer_is_an_analyzer():
    units = HVMTransformer(HVM(restarts=1, context="unigram")).fit(TEXTS)
    vectoriser = TfidfVectorizer(analyzer=units.analyze)
    counted = clone(vectoriser).fit_transform(TEXTS)
    assert counted.shape[0] == len(TEXTS)
    assert [units.analyze(text) for text in TEXTS[:9]] == units.transform(TEXTS[:9])
    assert ["".join(one) for one in units.transform(["", "où ?", *TEXTS])] == ["", "où ?", *TEXTS]


def test_words_are_units_of_units():
    units = HVMTransformer(HVM(restarts=1, context="unigram"), "word").fit(TEXTS)
    assert [" ".join(one) for one in units.transform(TEXTS)] == TEXTS
    assert len(units.transform(TEXTS[:1])[0]) < len(TEXTS[0].split())


def test_a_model_is_a_step_of_a_pipeline():
    pipeline = Pipeline([("model", HVM(restarts=1, context="unigram"))]).fit(TEXTS)
    assert pipeline.score(TEXTS) == pipeline["model"].score(TEXTS) < 0
    assert isinstance(pipeline["model"], Model)


def test_bad_settings_of_the_transformer_are_named():
    with pytest.raises(InputError, match="slots must be one of filled, open, not 'shut'"):
        HVMTransformer(slots="shut").fit(TEXTS)
    with pytest.raises(InputError, match="model must be an HVM, not a str"):
        HVMTransformer("hvm").fit(TEXTS)
    with pytest.raises(InputError, match="has learned nothing yet"):
        HVMTransformer().transform(TEXTS)
    with pytest.raises(InputError, match="has no parameter 'modle'"):
        HVMTransformer().set_params(modle=1)
    with pytest.raises(InputError, match="HVM has no parameter 'sede'"):
        HVMTransformer(HVM()).set_params(model__sede=1)


def test_nothing_here_loads_scikit_learn():
    code = (
        "import sys; from hvm import HVM, HVMTransformer; "
        "HVMTransformer(HVM(restarts=1, context='unigram')).fit(['abab' * 5]).transform(['ab']); "
        "assert 'sklearn' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_page_on_scikit_learn_says_what_happens():
    page = Path(__file__).parents[2] / "docs/how-to/scikit-learn.md"
    assert doctest.testfile(str(page), module_relative=False).failed == 0
    told = page.read_text("utf-8")
    assert [name for name in DO_NOT_APPLY | OF_TRANSFORM if name not in told] == []
