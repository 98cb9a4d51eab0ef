"""Bounds of a fitted score: their set, their price, and what the command prints."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from riskslim import DecisionScore, RiskSLIMClassifier, SLIMClassifier
from riskslim.cli import main
from riskslim.errors import OptionError, ScoreError
from riskslim.features.binarizer import ScoreBinarizer
from riskslim.scores.bounds import count_points, generalization_bound
from riskslim.scores.score_bounds import score_bounds

pytestmark = pytest.mark.fast

random = np.random.default_rng(4)
X = pd.DataFrame(random.integers(0, 2, (200, 5)), columns=list("abcde"))
Y = pd.Series((X.a + X.b - X.c + random.normal(size=200) > 0.5).astype(int), name="ill")


@pytest.fixture(scope="module")
def score() -> DecisionScore:
    return SLIMClassifier(max_size=3, max_coef=3).fit(X, Y).score_


def test_the_bound_is_that_of_the_set(score):
    found = score_bounds(score, X, Y, max_coef=3, max_size=3)
    wrong = int((score.predict(X) != Y).sum())
    assert found.errors == wrong
    reach = max(abs(score.intercept), 1)
    candidates = count_points([-reach] + [-3] * 5, [reach] + [3] * 5, 3)
    assert found.candidates == candidates
    log_size = math.log(candidates) + math.log(reach * (reach + 1))
    assert found.if_trained_here == generalization_bound(wrong / 200, 200, log_size)
    assert found.if_new == generalization_bound(wrong / 200, 200)
    assert found.if_new < found.if_trained_here
    # A wider set, and more confidence, cost more; so does not knowing the limits.
    assert score_bounds(score, X, Y, max_coef=5, max_size=5).if_trained_here > found.if_trained_here
    assert score_bounds(score, X, Y, max_coef=3, max_size=3, delta=0.01).if_new > found.if_new
    own = max(abs(points) for points in score.points.values())
    exact = score_bounds(score, X, Y, max_coef=own, max_size=score.size)
    assert score_bounds(score, X, Y).if_trained_here > exact.if_trained_here
    assert not score_bounds(score, X, Y).was_given


def test_resolutions_shrink_with_the_errors_allowed(score):
    found = score_bounds(score, X, Y)
    assert found.real_errors is not None
    assert [one.extra_errors for one in found.resolutions] == [0, 2, 10]
    for column in ("norm", "rows"):
        sizes = [getattr(one, column) for one in found.resolutions]
        assert sizes == sorted(sizes, reverse=True)
    assert all(one.rows <= one.norm for one in found.resolutions)


def test_risk_scores_and_zero_weights():
    score = RiskSLIMClassifier(max_size=2).fit(X, Y).score_
    weight = np.arange(200) < 150
    found = score_bounds(score, X, Y, weight)
    assert found.rows == 150
    assert found.errors == ((score.predict(X) != Y)[:150]).sum()
    with pytest.raises(ScoreError, match="count alike"):
        score_bounds(score, X, Y, np.arange(1, 201))


def test_limits_that_the_score_breaks_are_refused(score):
    with pytest.raises(OptionError, match="max_size=0: the score lies outside"):
        score_bounds(score, X, Y, max_size=0)


def test_the_command_prints_them(score, tmp_path):
    score.save(tmp_path / "score.json")
    pd.concat([Y, X], axis=1).to_csv(tmp_path / "data.csv", index=False)
    files = [str(tmp_path / "score.json"), str(tmp_path / "data.csv")]
    run = CliRunner().invoke
    done = run(main, ["evaluate", *files, "--bounds", "--max-coef", "3", "--max-size", "3"])
    assert done.exit_code == 0, done.output
    found = score_bounds(score, X, Y, max_coef=3, max_size=3)
    assert f"{found.if_trained_here:.2%}" in done.output
    assert f"{found.candidates:,}" in done.output
    assert "Points that come near it" in done.output
    done = run(main, ["evaluate", *files, "--bounds", "--json"])
    assert json.loads(done.output)["bounds"]["errors"] == found.errors
    assert "bounds" not in json.loads(run(main, ["evaluate", *files, "--json"]).output)
    assert run(main, ["evaluate", *files, "--max-size", "3"]).exit_code == 2


def test_learned_cut_points_are_owned_up_to(tmp_path):
    raw = pd.DataFrame({"age": np.arange(200) % 70 + 20})
    ill = ((raw.age > 50) ^ (random.random(200) < 0.1)).astype(int).rename("ill")
    cut = SLIMClassifier(binarizer=ScoreBinarizer(), max_size=2).fit(raw, ill).score_
    assert score_bounds(cut, raw, ill).cuts_were_learned
    cut.save(tmp_path / "score.json")
    pd.concat([ill, raw], axis=1).to_csv(tmp_path / "data.csv", index=False)
    files = [str(tmp_path / "score.json"), str(tmp_path / "data.csv")]
    done = CliRunner().invoke(main, ["evaluate", *files, "--bounds"])
    assert "cut points of the features were learned" in " ".join(done.output.split())
