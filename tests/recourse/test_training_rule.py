"""The best score that leaves few people without a way, against every score of the pool."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskslim import Dataset, RiskSLIMProblem, load_score
from riskslim.errors import InfeasibleError, LimitError, OptionError, ScoreError
from riskslim.recourse import best_with_recourse, find_recourse, fixed_predictions
from support.command_line import printed_object, run

ACTIONS = {"columns": {"Smoker": "down", "Active": "up"}}


@pytest.fixture(scope="module")
def case():
    random = np.random.default_rng(4)
    X = pd.DataFrame(random.integers(0, 2, (120, 4)), columns=["Smoker", "Active", "Old", "Male"])
    odds = X.Old * 1.2 + X.Male * 0.9 + X.Smoker * 0.8 - X.Active * 0.4 - 1.5
    y = (random.random(120) < 1 / (1 + np.exp(-odds))).astype(int)
    data = Dataset.from_frame(X.assign(ill=y), "ill")
    return RiskSLIMProblem(data, max_size=3, max_coef=2, multiplier="free"), X, y


def test_the_first_score_that_keeps_the_rule_is_the_best_one(case):
    problem, X, _ = case
    pool = problem.pool(tolerance=0.03)
    assert pool.complete
    shares = [fixed_predictions(score, X, ACTIONS, 0.3).mean() for score in pool]
    for score, share in list(zip(pool, shares, strict=True))[:4]:
        status = find_recourse(score, X, ACTIONS, 0.3).people["status"]
        assert share == (status == "fixed").mean()
    at_most = sorted(set(shares))[0]
    assert at_most < shares[0]
    found = best_with_recourse(problem, X, ACTIONS, 0.3, at_most, tolerance=0.03)
    assert found.is_proved
    assert found.fixed <= at_most
    assert found.unruled == shares[0]
    objectives = [
        score.certificate.objective
        for score, share in zip(pool, shares, strict=True)
        if share <= at_most
    ]
    assert found.score.certificate.objective == pytest.approx(min(objectives))
    assert "people cannot reach a risk of at most 0.3" in found.score.rules[-1]
    without = best_with_recourse(problem, X, ACTIONS, 0.3, 1.0, tolerance=0.03)
    assert without.looked_at == 1
    with pytest.raises(InfeasibleError, match="the smallest share is"):
        best_with_recourse(problem, X, {"columns": {}}, 0.01, 0.0, tolerance=0.001)
    with pytest.raises(OptionError, match="at_most=2"):
        best_with_recourse(problem, X, ACTIONS, 0.3, 2)


@pytest.mark.parametrize("wanted", ["low", "high"])
@pytest.mark.parametrize("intercept", ["free", "integer"])
def test_no_points_multiplier_and_intercept_are_better(intercept, wanted):
    random = np.random.default_rng(3)
    X = random.integers(0, 2, (40, 3))
    y = (random.random(40) < 0.25 + 0.4 * X[:, 0]).astype(int)
    data = Dataset(X, y, feature_names=["Smoker", "Active", "Old"])
    limits = {"multiplier_range": (0.5, 8.0), "intercept": intercept}
    problem = RiskSLIMProblem(data, max_size=2, max_coef=2, multiplier="free", **limits)
    target, at_most = (0.2 if wanted == "low" else 0.6), 0.2
    people = pd.DataFrame(X, columns=data.feature_names)
    rule = people, ACTIONS, target, at_most
    found = best_with_recourse(problem, *rule, wanted=wanted, tolerance=0.3)
    assert found.is_proved
    assert found.fixed <= at_most < found.unruled
    objective = found.score.certificate.objective
    assert problem.violations(found.score) == []
    least = min(every_objective(problem, X, y, target, at_most, wanted))
    # A grid has none that is better, and one that is nearly as good.
    assert objective <= least + 1e-9
    assert objective == pytest.approx(least, abs=0.01)


def every_objective(problem, X, y, target, at_most, wanted):
    """Objectives of scores that keep the rule, over a grid of multipliers and real intercepts."""
    sign = 1 if wanted == "low" else -1
    odds = np.log(target / (1 - target))
    t = 1.0 / np.geomspace(0.5, 8.0, 40)
    for points in itertools.product(range(-2, 3), repeat=3):
        if np.count_nonzero(points) > 2:
            continue
        total = X @ points
        smoker, active, old = (a * column for a, column in zip(points, X.T, strict=True))
        # Who smokes may stop, who is not active may begin.
        stops, begins = (sign * one for one in (smoker, active))
        reach = np.minimum(stops, 0) + np.minimum(begins, sign * points[1]) + sign * old
        real = problem.has_real_intercept
        v = np.linspace(-5, 5, 81) if real else np.arange(-12, 13)[:, None] * t
        grid = np.broadcast_to(v[:, None] if real else v, (len(v), len(t)))
        z = t[None, :, None] * total + grid[:, :, None]
        can = sign * (t[None, :, None] * (sign * reach) + grid[:, :, None] - odds) <= 1e-12
        loss = np.logaddexp(0, np.where(y, -z, z)).mean(axis=2)
        keeps = (~can).mean(axis=2) <= at_most
        cost = problem.switch_cost[np.array(points) != 0].sum()
        yield float(np.where(keeps, loss, np.inf).min() + cost)


def test_a_search_that_was_ended_proves_no_infeasibility(case):
    problem, X, _ = case
    hopeless = (problem, X, {"columns": {}}, 0.01, 0.0)
    with pytest.raises(LimitError, match="none of which keeps the fixed predictions"):
        best_with_recourse(*hopeless, tolerance=0.03, time_limit=1e-6)
    with pytest.raises(KeyboardInterrupt):
        best_with_recourse(*hopeless, tolerance=0.001, interrupted=lambda: True)
    with pytest.raises(ScoreError, match="there are no people"):
        best_with_recourse(problem, X.iloc[:0], *hopeless[2:], tolerance=0.001)


def test_the_command(case, tmp_path: Path):
    problem, X, y = case
    X.assign(ill=y).to_csv(tmp_path / "people.csv", index=False)
    (tmp_path / "actions.toml").write_text('columns.Smoker = "down"\ncolumns.Active = "up"\n')
    command = ["fit", tmp_path / "people.csv", "--target", "ill", "--max-size", 3, "--max-coef", 2]
    rule = ["--actions", tmp_path / "actions.toml", "--target-risk", 0.3, "--max-fixed"]
    wanted = fixed_predictions(problem.pool(tolerance=0.001).best, X, ACTIONS, 0.3).mean()
    out = tmp_path / "score.json"
    done = run(*command, *rule, 1, "-o", out)
    assert done.exit_code == 0, done.output
    assert "no better one keeps the rule" in " ".join(done.output.split())
    assert load_score(out).rules[-1].startswith("at most 1 of 120 people")
    assert printed_object(run(*command, *rule, 1, "--json"))["fixed"] == pytest.approx(wanted)
    for options, message in (
        (rule[:4], "is for --max-fixed"),
        (["--max-fixed", 0.1], "needs --actions"),
        ([*rule, 0.1, "--method", "slim"], "--method slim does not go"),
    ):
        refused = run(*command, *options)
        assert refused.exit_code == 2
        assert message in " ".join(refused.output.split())
    assert run(*command, *rule, 0, "--pool-tolerance", 0).exit_code == 4
