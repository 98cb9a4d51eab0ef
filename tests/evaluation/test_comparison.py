"""Comparison of scores: arithmetic by brute force, models that have not seen their rows."""

from __future__ import annotations

import json
import sys
import types
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from riskslim import RiskScore, RiskSLIMClassifier, compare_scores, evaluate
from riskslim.cli import main
from riskslim.cli.exit_codes import ExitCode
from riskslim.errors import DataWarning, OptionError, ScoreError
from riskslim.evaluation.discrimination import compare_auc
from riskslim.evaluation.point_models import FasterRiskClassifier, RoundedLogisticRegression
from riskslim.evaluation.reclassification import reclassify


def people(seed: int, n: int = 200) -> tuple[pd.DataFrame, pd.Series]:
    random = np.random.default_rng(seed)
    X = pd.DataFrame(random.integers(0, 2, (n, 5)), columns=list("abcde"))
    margin = 2 * X.a - 1.5 * X.b + X.c - 0.5
    return X, pd.Series((random.random(n) < 1 / (1 + np.exp(-margin))).astype(int), name="ill")


@pytest.fixture(scope="module")
def scores() -> dict[str, RiskScore]:
    train = people(0)
    return {f"size {size}": RiskSLIMClassifier(max_size=size).fit(*train).score_ for size in (1, 3)}


X, Y = people(1)


def test_every_number_is_that_of_the_parts(scores: dict[str, RiskScore]) -> None:
    found = compare_scores(scores, X, Y, cutoffs=(0.3, 0.6))
    first, other = scores.values()
    for contender, score in zip(found.contenders, scores.values(), strict=True):
        assert contender.trained == "given"
        assert contender.performance == evaluate(score, X, Y).performance
    (pair,) = found.pairs
    test = compare_auc(Y.to_numpy() == 1, other.total(X), first.total(X))
    assert pair.auc == test
    assert pair.auc.difference.value == pytest.approx(
        roc_auc_score(Y, other.total(X)) - roc_auc_score(Y, first.total(X))
    )
    for place, threshold in enumerate(found.thresholds):
        odds = threshold / (1 - threshold)
        benefits = [
            np.mean(
                np.where(score.predict_proba(X)[:, 1] >= threshold, np.where(Y == 1, 1, -odds), 0)
            )
            for score in (first, other)
        ]
        assert pair.net_benefit[place].value == pytest.approx(benefits[1] - benefits[0])
        curve = found.contenders[0].decision_curve[place]
        assert curve.net_benefit.value == pytest.approx(benefits[0])


def test_reclassification_by_hand() -> None:
    positive = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], dtype=bool)
    first = np.array([0.1, 0.1, 0.4, 0.9, 0.1, 0.4, 0.4, 0.9, 0.2, 0.1])
    other = np.array([0.4, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1, 0.2, 0.9, 0.1])
    found = reclassify(positive, first, other, (0.3, 0.5), np.ones(10))
    assert found.positives.tolist() == [[1, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert found.negatives.tolist() == [[2, 0, 1], [2, 0, 0], [1, 0, 0]]
    # One positive up, one down of four; three negatives down, one up of six.
    assert found.nri_positives.value == 0
    assert found.nri_negatives.value == pytest.approx((3 - 1) / 6)
    assert found.nri == pytest.approx(1 / 3)
    assert "net benefit" in found.to_dict()["caveat"]
    none = reclassify(np.ones(2, dtype=bool), first[:2], other[:2], (0.3,), np.ones(2))
    assert none.nri_negatives is None
    assert none.nri is None
    with pytest.raises(OptionError, match="cutoffs"):
        reclassify(positive, first, other, (0.0,), np.ones(10))


def test_models_are_cross_fitted(scores: dict[str, RiskScore]) -> None:
    found = compare_scores(scores, X, Y, models=("rounded",), cv=4, random_state=2)
    model = RoundedLogisticRegression(1, max(map(abs, scores["size 1"].points.values())))
    risk = np.empty(len(Y))
    right = pairs = 0.0
    for fit, held in StratifiedKFold(4, shuffle=True, random_state=2).split(X, Y):
        fitted = clone(model).fit(X.to_numpy()[fit], Y.to_numpy()[fit])
        risk[held] = fitted.predict_proba(X.to_numpy()[held])[:, 1]
        here = Y.iloc[held].sum() * (len(held) - Y.iloc[held].sum())
        pairs += here
        right += here * roc_auc_score(Y.iloc[held], risk[held])
    own = found.contenders[-1]
    assert own.trained == "cross-fitted"
    assert own.performance.auc.value == pytest.approx(right / pairs)
    assert own.performance.log_loss.value == pytest.approx(log_loss(Y, risk))
    assert any("cross-fitted" in note for note in found.notes)


def test_noise_gives_models_no_advantage(scores: dict[str, RiskScore]) -> None:
    noise = np.random.default_rng(3).integers(0, 2, len(Y))
    found = compare_scores(scores, X, noise, models=("logistic", "rounded"))
    for contender in found.contenders:
        assert contender.performance.auc.low <= 0.5 <= contender.performance.auc.high


def test_models_fitted_to_other_data(scores: dict[str, RiskScore]) -> None:
    train = people(0)
    found = compare_scores(scores, X, Y, models=("logistic", "rounded"), train=train)
    logistic, rounded = found.contenders[2:]
    assert logistic.trained == rounded.trained == "on training data"
    plain = LogisticRegression(C=1.0).fit(*train).predict_proba(X)[:, 1]
    assert logistic.performance.auc.value == pytest.approx(roc_auc_score(Y, plain), abs=0.02)
    assert logistic.size is None
    assert rounded.size == 1


def test_rows_of_the_training_are_noticed(scores: dict[str, RiskScore]) -> None:
    found = compare_scores(scores, *people(0))
    assert len(found.notes) == 2
    assert "trained on these very rows" in found.notes[0]
    assert not compare_scores(scores, X, Y).notes


def test_hand_made_score() -> None:
    model = RoundedLogisticRegression(max_size=3, max_coef=4).fit(X, Y)
    points = model.score_.points
    assert 1 <= len(points) <= 3
    assert max(map(abs, points.values())) == 4
    reference = LogisticRegression(C=np.inf, max_iter=5000).fit(X[list(points)], Y)
    scaled = 4 * reference.coef_[0] / np.abs(reference.coef_).max()
    assert list(points.values()) == np.rint(scaled).astype(int).tolist()
    # The risks are those of logistic regression on the total.
    line = LogisticRegression(C=np.inf, tol=1e-10).fit(model.score_.total(X)[:, None], Y)
    assert model.predict_proba(X) == pytest.approx(
        line.predict_proba(model.score_.total(X)[:, None]), abs=1e-4
    )
    weight = np.random.default_rng(0).integers(1, 3, len(Y))
    twice = np.repeat(np.arange(len(Y)), weight)
    one = RoundedLogisticRegression(3, 4).fit(X, Y, weight)
    two = RoundedLogisticRegression(3, 4).fit(X.iloc[twice], Y.iloc[twice])
    assert one.score_.points == two.score_.points
    separable = RoundedLogisticRegression(2).fit(X, X.a)
    assert (separable.predict(X) == X.a).all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        constant = RoundedLogisticRegression(2).fit(np.ones((10, 1)), [0, 1] * 5)
    assert constant.predict_proba([[1.0]])[0, 1] == pytest.approx(0.5)


def test_fasterrisk_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    class Optimizer:
        """Stands in for the package: the interface that its documentation states."""

        def __init__(self, X, y, k, lb, ub):
            assert set(np.unique(y)) == {-1.0, 1.0}
            assert (k, lb, ub) == (2, -5, 5)

        def optimize(self):
            pass

        def get_models(self, model_index):
            assert model_index == 0
            return 1.5, -2, np.array([3, 0, -1, 0, 0])

    module = types.ModuleType("fasterrisk.fasterrisk")
    module.RiskScoreOptimizer = Optimizer
    monkeypatch.setitem(sys.modules, "fasterrisk", types.ModuleType("fasterrisk"))
    monkeypatch.setitem(sys.modules, "fasterrisk.fasterrisk", module)
    model = FasterRiskClassifier(max_size=2).fit(X, Y)
    margin = (-2 + 3 * X.a - X.c) / 1.5
    assert model.predict_proba(X)[:, 1] == pytest.approx(1 / (1 + np.exp(-margin)))
    with pytest.raises(OptionError, match="no weights"):
        model.fit(X, Y, np.ones(len(Y)))


def test_fasterrisk_itself(scores: dict[str, RiskScore]) -> None:
    pytest.importorskip("fasterrisk", reason="fasterrisk is not installed")
    found = compare_scores(scores, X, Y, models=("fasterrisk",))
    assert 0.5 < found.contenders[-1].performance.auc.value < 1


def test_what_cannot_be_compared_is_said(scores: dict[str, RiskScore]) -> None:
    with pytest.raises(OptionError, match="models are logistic"):
        compare_scores(scores, X, Y, models=("forest",))
    with pytest.raises(ScoreError, match="lack 2 of them"):
        compare_scores(scores, X[["a", "b", "c"]], Y, models=("logistic",))
    other = RiskSLIMClassifier(max_size=1).fit(X, np.where(Y == 1, "yes", "no")).score_
    with pytest.raises(ScoreError, match="of one outcome"):
        compare_scores({**scores, "other": other}, X, Y)
    one_class = compare_scores(scores, X, np.zeros(len(Y), dtype=int))
    assert one_class.pairs[0].auc is None
    json.dumps(one_class.to_dict())


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, scores: dict[str, RiskScore]) -> Path:
    path = tmp_path_factory.mktemp("compare")
    for place, score in enumerate(scores.values()):
        score.save(path / f"score{place}.json")
    X.assign(ill=Y, who=np.arange(len(Y)) // 2).to_csv(path / "test.csv", index=False)
    train = people(0)
    train[0].assign(ill=train[1]).to_csv(path / "train.csv", index=False)
    X[["a", "b", "c"]].assign(ill=Y).to_csv(path / "few.csv", index=False)
    return path


def test_command(folder: Path) -> None:
    files = [folder / "score0.json", folder / "score1.json", folder / "test.csv"]
    result = run(
        "compare", *files, "--train", folder / "train.csv", "--json", "-o", folder / "c.json"
    )
    assert result.exit_code == ExitCode.OK, result.output
    found = json.loads(result.stdout)
    assert found == json.loads((folder / "c.json").read_text())
    names = [contender["name"] for contender in found["contenders"]]
    assert names[:4] == ["score0", "score1", "logistic regression", "rounded logistic regression"]
    text = run("compare", *files, "--against", "rounded", "--groups", "who").stdout
    for words in ("DeLong p", "Net benefit", "move up", "calibration slope", "cross-fitted"):
        assert words in text
    result = run("compare", files[0], folder / "few.csv")
    assert result.exit_code == ExitCode.OK
    assert "No models" in result.stderr
    assert (
        run("compare", files[0], folder / "few.csv", "--against", "rounded").exit_code
        == ExitCode.DATA
    )


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["test.csv"], ExitCode.USAGE, "one or more score files"),
        (["score0.json", "score0.json", "test.csv"], ExitCode.USAGE, "given twice"),
        (["missing.json", "test.csv"], ExitCode.DATA, "missing.json"),
        (["score0.json", "test.csv", "--target", "il"], ExitCode.DATA, "did you mean 'ill'"),
        (["score0.json", "test.csv", "--cutoffs", "2"], ExitCode.USAGE, "cutoffs"),
        (["score0.json", "test.csv", "--thresholds", "0"], ExitCode.USAGE, "thresholds"),
    ],
)
def test_bad_command_lines(folder: Path, arguments: list[str], code: ExitCode, text: str) -> None:
    files = [folder / part if part.endswith((".json", ".csv")) else part for part in arguments]
    result = run("compare", *files, "--against", "none")
    assert result.exit_code == code, result.output
    assert text in result.stderr
