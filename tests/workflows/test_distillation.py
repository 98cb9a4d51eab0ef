"""Probabilities as labels: certified as labels are, and fidelity as it is defined."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from scipy.stats import entropy, spearmanr
from sklearn.base import clone
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from riskslim import (
    Dataset,
    RiskScore,
    RiskSLIMClassifier,
    RiskSLIMProblem,
    ScoreBinarizer,
    distill,
)
from riskslim.cli import main
from riskslim.cli.exit_codes import ExitCode
from riskslim.errors import DataError, OptionError
from support.brute_force import lattice, losses, totals


def people(seed: int, n: int = 150, d: int = 4) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    random = np.random.default_rng(seed)
    X = pd.DataFrame(random.integers(0, 2, (n, d)), columns=list("abcdefgh"[:d]))
    margin = 1.8 * X.a - 1.2 * X.b + 0.7 * X.c - 0.6 + 0.5 * random.normal(size=n)
    teacher = pd.Series(1 / (1 + np.exp(-margin)), name="forest")
    y = pd.Series((random.random(n) < teacher).astype(int), name="ill")
    return X, teacher, y


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("engine", ["supports", "lcpa"])
def test_optimum_by_brute_force(seed: int, engine: str) -> None:
    random = np.random.default_rng(seed)
    X = random.integers(0, 3, (25, 3)).astype(float)
    shares = random.choice([0.0, 1.0, 0.5, *random.random(4)], 25)
    shares[:2] = 0.1, 0.8
    weight = random.integers(0, 3, 25).astype(float) if seed % 2 else np.ones(25)
    data = Dataset.from_arrays(X, shares, sample_weight=weight, soft_labels=True)
    problem = RiskSLIMProblem(data, max_size=2, max_coef=2, C0=0.01)
    found = problem.solve(engine=engine)
    assert found.status == "optimal"
    assert found.absolute_gap <= 1e-9
    points = lattice([-12] + [-2] * 3, [12] + [2] * 3, max_size=2)
    loss = losses(totals(points, X), weight * shares, weight * (1.0 - shares))
    best = (loss + 0.01 * (points[:, 1:] != 0).sum(axis=1)).min()
    assert found.objective == pytest.approx(best, abs=1e-9)


def test_each_row_counts_as_both_classes() -> None:
    X, teacher, _ = people(1)
    data = Dataset.from_arrays(X.to_numpy(), teacher, soft_labels=True, feature_names=X.columns)
    both = Dataset.from_arrays(
        np.vstack([X, X]),
        np.repeat([1, 0], len(X)),
        feature_names=X.columns,
        sample_weight=np.concatenate([teacher, 1 - teacher]),
    )
    assert data.features.tolist() == both.features.tolist()
    assert data.positive.tolist() == both.positive.tolist()
    assert data.negative.tolist() == both.negative.tolist()
    assert (data.n_rows, both.n_rows) == (150, 300)
    assert data.n_positive == (teacher >= 0.5).sum()
    assert data.total_weight == pytest.approx(150)
    shuffled = np.random.default_rng(0).permutation(150)
    again = Dataset.from_arrays(
        X.to_numpy()[shuffled], teacher.to_numpy()[shuffled], soft_labels=True
    )
    assert again.positive.tolist() == data.positive.tolist()


def test_labels_of_0_and_1_are_labels() -> None:
    X, _, y = people(2)
    hard = RiskSLIMClassifier(max_size=2).fit(X, y)
    soft = RiskSLIMClassifier(max_size=2, soft_labels=True).fit(X, y.astype(float))
    assert soft.score_.points == hard.score_.points
    assert soft.solution_.objective == hard.solution_.objective
    assert soft.classes_.tolist() == [0, 1]
    assert soft.predict(X).tolist() == hard.predict(X).tolist()


def test_the_score_says_what_its_labels_were(tmp_path: Path) -> None:
    X, teacher, _ = people(3)
    score = RiskSLIMClassifier(max_size=3, soft_labels=True).fit(X, teacher).score_
    assert "labels are probabilities" in " ".join(str(score).split())
    assert "Wahrscheinlichkeiten" in score.export("text", "de")
    score.save(tmp_path / "score.json")
    assert RiskScore.load(tmp_path / "score.json") == score
    schema = resources.files("riskslim.exporters").joinpath("score.schema.json")
    jsonschema.validate(json.loads(score.to_json()), json.loads(schema.read_text("utf-8")))
    assert score.training.is_soft
    assert not score.counts_people


@pytest.mark.parametrize("weighted", [False, True])
def test_fidelity_as_it_is_defined(weighted: bool) -> None:
    X, teacher, y = people(4)
    weight = np.random.default_rng(1).integers(1, 3, len(X)) if weighted else np.ones(len(X), int)
    model = RiskSLIMClassifier(max_size=2)
    found = distill(
        X, teacher, y, estimator=model, cv=0, sample_weight=weight if weighted else None
    )
    risk = found.score.predict_proba(X)[:, 1]
    rows = np.repeat(np.arange(len(X)), weight)
    t, r = teacher.to_numpy()[rows], risk[rows]
    fidelity = found.apparent
    assert fidelity.difference.value == pytest.approx(np.abs(t - r).mean())
    assert fidelity.root_mean_square == pytest.approx(np.sqrt(((t - r) ** 2).mean()))
    assert fidelity.explained == pytest.approx(r2_score(t, r))
    assert fidelity.agreement.value == pytest.approx(((t >= 0.5) == (r >= 0.5)).mean())
    divergence = entropy(np.array([t, 1 - t]), np.array([r, 1 - r])).mean()
    assert fidelity.divergence.value == pytest.approx(divergence)
    if not weighted:
        assert fidelity.rank_correlation == pytest.approx(spearmanr(t, r).statistic)
    # The loss that was certified is the divergence and what no score can avoid.
    own = entropy(np.array([t, 1 - t])).mean()
    assert found.solution.loss == pytest.approx(divergence + own, rel=1e-9)
    score, other = found.outcome
    assert score.auc.value == pytest.approx(roc_auc_score(y, risk, sample_weight=weight))
    assert other.auc.value == pytest.approx(roc_auc_score(y, teacher, sample_weight=weight))
    assert found.auc_difference.difference.value == pytest.approx(score.auc.value - other.auc.value)


def test_held_out_rows_are_not_fitted() -> None:
    X, teacher, y = people(5)
    model = RiskSLIMClassifier(max_size=2)
    found = distill(X, teacher, y, estimator=model, cv=3, random_state=4)
    risk = np.empty(len(X))
    for fit, held in StratifiedKFold(3, shuffle=True, random_state=4).split(X, y == 1):
        copy = clone(model).set_params(soft_labels=True).fit(X.iloc[fit], teacher.iloc[fit])
        risk[held] = copy.predict_proba(X.iloc[held])[:, 1]
    assert found.held_out.difference.value == pytest.approx(np.abs(teacher - risk).mean())
    assert found.score.outcome == "ill"
    json.dumps(found.to_dict())
    noise = pd.DataFrame(np.random.default_rng(0).integers(0, 2, (150, 4)), columns=list("abcd"))
    worse = distill(noise, teacher, y, estimator=model, cv=5)
    assert worse.held_out.explained < 0.05
    assert worse.outcome[0].auc.low <= 0.5 <= worse.outcome[0].auc.high


def test_a_raw_table() -> None:
    from riskslim import ScoreBinarizer

    random = np.random.default_rng(6)
    raw = pd.DataFrame({"Age": random.integers(20, 90, 200), "Sex": random.choice(["f", "m"], 200)})
    teacher = 1 / (1 + np.exp(-(raw.Age - 60) / 8))
    model = RiskSLIMClassifier(max_size=3, binarizer=ScoreBinarizer())
    found = distill(raw, teacher, estimator=model, cv=3)
    assert found.held_out.explained > 0.5
    assert found.outcome is None
    assert len(found.score.predict_proba(raw)) == 200


@pytest.mark.parametrize(
    ("teacher", "text"),
    [
        ([0.5, 1.2, 0.1], "outside 0 to 1 in row 2"),
        ([0.5, np.nan, 0.1], "missing in row 2"),
        ([0.3, 0.3, 0.3], "nothing to learn"),
        ([0.3, 0.4], "2 probabilities for 3 rows"),
        (["a", "b", "c"], "teacher"),
    ],
)
def test_bad_teachers(teacher: list, text: str) -> None:
    with pytest.raises(DataError, match=text):
        distill(np.array([[0], [1], [1]]), teacher, cv=0)


def test_other_bad_input() -> None:
    X, teacher, y = people(7)
    with pytest.raises(OptionError, match="cv=1"):
        distill(X, teacher, y, cv=1)
    with pytest.raises(DataError, match="one value for each row"):
        distill(X, teacher, y[:10])
    with pytest.raises(DataError, match="are all 1"):
        Dataset.from_arrays(X.to_numpy(), np.ones(len(X)), soft_labels=True)
    data = Dataset.from_arrays(X.to_numpy(), teacher, soft_labels=True)
    with pytest.raises(OptionError, match="belong to no class"):
        RiskSLIMProblem(data, max_size=2).path(cv=3)
    assert RiskSLIMProblem(data, max_size=2).path().is_proved


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_command(tmp_path: Path) -> None:
    X, teacher, y = people(8)
    X.assign(forest=teacher, ill=np.where(y == 1, "yes", "no")).to_csv(
        tmp_path / "t.csv", index=False
    )
    arguments = ("distill", tmp_path / "t.csv", "--teacher", "forest", "--max-size", 2)
    target = ("--target", "ill", "--positive", "yes", "--folds", 3)
    result = run(*arguments, *target, "--json", "-o", tmp_path / "score.json")
    assert result.exit_code == ExitCode.OK, result.output
    found = json.loads(result.stdout)
    y_text = pd.Series(np.where(y == 1, "yes", "no"), name="ill")
    expected = distill(
        X, teacher, y_text, estimator=RiskSLIMClassifier(max_size=2), cv=3, positive="yes"
    )
    assert found["fidelity"] == json.loads(json.dumps(expected.to_dict()["fidelity"]))
    score = RiskScore.load(tmp_path / "score.json")
    assert score.labels == ("no", "yes")
    assert score.points == expected.score.points
    assert run("evaluate", tmp_path / "score.json", tmp_path / "t.csv").exit_code == ExitCode.OK
    text = run(*arguments, *target).stdout
    for words in ("Proved optimal", "explained variance", "Teacher", "DeLong p"):
        assert words in text
    plain = X.assign(forest=teacher)
    plain.to_csv(tmp_path / "plain.csv", index=False)
    result = run("distill", tmp_path / "plain.csv", "--teacher", "forest", "--folds", 0)
    assert result.exit_code == ExitCode.OK
    assert "Against the outcome" not in result.stdout


def test_command_with_a_raw_table(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    raw = pd.DataFrame(
        {
            "Age": random.integers(20, 90, 150).astype(float),
            "Ward": random.choice(["A", "B", "C"], 150),
            "Lactate": np.where(random.random(150) < 0.2, np.nan, random.gamma(2, 1, 150).round(1)),
        }
    )
    teacher = pd.Series(1 / (1 + np.exp(6 - raw.Age / 10 - (raw.Ward == "A"))), name="forest")
    y = pd.Series((random.random(150) < teacher).astype(int), name="ill")
    weight = pd.Series(random.integers(0, 3, 150), name="w")
    path = tmp_path / "ward.csv"
    raw.assign(forest=teacher, ill=y, w=weight).to_csv(path, index=False)
    arguments = ("distill", path, "--raw", "--teacher", "forest", "--target", "ill")
    options = ("--weights", "w", "--max-size", 2, "--folds", 3, "--rising", "Age")
    result = run(*arguments, *options, "--json", "-o", tmp_path / "score.json")
    assert result.exit_code == ExitCode.OK, result.output
    model = RiskSLIMClassifier(max_size=2, binarizer=ScoreBinarizer(), rising=("Age",))
    expected = distill(raw, teacher, y, estimator=model, sample_weight=weight, cv=3)
    found = json.loads(result.stdout)
    assert found["fidelity"] == json.loads(json.dumps(expected.to_dict()["fidelity"]))
    assert found["fidelity"]["held_out"]["explained"] > 0.5
    # The score reads the raw table itself.
    score = RiskScore.load(tmp_path / "score.json")
    assert score.points == expected.score.points
    assert any(name.startswith("Age >= ") for name in score.points)
    assert run("predict", tmp_path / "score.json", path).exit_code == ExitCode.OK
    for wrong, code, text in (
        (["--sign", "Age*=+"], ExitCode.USAGE, "--rising"),
        (["--rising", "Agee"], ExitCode.USAGE, "no variable 'Agee'"),
        (["--blanks", "refuse"], ExitCode.DATA, "'Lactate' is blank"),
    ):
        result = run(*arguments, *wrong)
        assert result.exit_code == code, result.output
        assert text in result.stderr
    assert run("distill", path, "--teacher", "forest", "--max-cuts", 2).exit_code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--teacher", "fores"], ExitCode.DATA, "did you mean 'forest'"),
        (["--teacher", "a", "--target", "a"], ExitCode.USAGE, "named twice"),
        (["--teacher", "count"], ExitCode.DATA, "outside 0 to 1"),
        (["--teacher", "forest", "--target", "count"], ExitCode.DATA, "distinct values"),
    ],
)
def test_bad_command_lines(tmp_path: Path, arguments: list[str], code: ExitCode, text: str) -> None:
    X, teacher, _ = people(9, 40)
    X.assign(forest=teacher, count=np.arange(40)).to_csv(tmp_path / "t.csv", index=False)
    result = run("distill", tmp_path / "t.csv", *arguments)
    assert result.exit_code == code, result.output
    assert text in result.stderr
