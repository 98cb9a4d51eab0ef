"""What a certificate may say: one check for every engine, path and pool, and an honest status."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from riskslim import Dataset, RiskScore, RiskSLIMProblem, SLIMProblem
from riskslim.errors import DataWarning, RiskSlimError
from riskslim.problems.problem import RiskSLIMProblem as Problem
from riskslim.search.certify import certify
from riskslim.solvers.result import PROVED_GAP, SearchOptions, Status

pytestmark = pytest.mark.fast


def table(seed: int = 1, n: int = 200, d: int = 6) -> Dataset:
    rng = np.random.default_rng(seed)
    features = rng.integers(0, 2, (n, d)) * 1.0
    odds = features @ rng.normal(size=d) + rng.normal(size=n) * 1.5
    return Dataset.from_arrays(features, (odds > 0).astype(int))


def asked(problem: Problem, **claims: object) -> tuple[Status, float]:
    points = np.zeros(problem.data.n_features + 1)
    objective = problem.objective(points)
    known: dict[str, object] = {
        "status": Status.OPTIMAL,
        "objective": objective,
        "lower_bound": objective,
        "options": SearchOptions(),
        "claimed": (objective, objective),
    }
    return certify(problem, points, **(known | claims))  # type: ignore[arg-type]


def test_a_bound_above_the_objective_is_refused():
    problem = RiskSLIMProblem(table())
    assert asked(problem)[0] is Status.OPTIMAL
    objective = problem.objective(np.zeros(7))
    with pytest.raises(RiskSlimError, match="is above the objective"):
        asked(problem, lower_bound=objective + 1e-12)
    # within the rounding of two such sums it is the objective itself
    assert asked(problem, lower_bound=np.nextafter(objective, 1.0))[1] == objective


def test_an_objective_that_differs_from_the_recomputed_one_is_refused():
    problem = RiskSLIMProblem(table())
    objective = problem.objective(np.zeros(7))
    with pytest.raises(RiskSlimError, match="when computed anew"):
        asked(problem, claimed=(objective + 1e-12, objective))


def test_a_broken_rule_is_refused():
    with pytest.raises(RiskSlimError, match="at most 3"):
        asked(RiskSLIMProblem(table()), broken=["size: at most 3 features"])


def test_optimal_at_a_gap_that_rounding_does_not_explain_is_refused():
    problem = RiskSLIMProblem(table())
    objective = problem.objective(np.zeros(7))
    with pytest.raises(RiskSlimError, match="ended as optimal at a gap"):
        asked(problem, lower_bound=objective - 1e-6)


def test_a_gap_above_the_proof_that_was_allowed_is_a_gap_limit():
    problem = RiskSLIMProblem(table())
    objective = problem.objective(np.zeros(7))
    loose = SearchOptions(absolute_gap=1e-3)
    assert asked(problem, lower_bound=objective - 1e-6, options=loose)[0] is Status.GAP_LIMIT
    assert asked(problem, lower_bound=objective - 1e-10, options=loose)[0] is Status.OPTIMAL


def test_optimal_at_a_gap_that_rounding_explains_keeps_the_score():
    features = np.array([[1e9, 0.5], [2e9, 0.25], [3e9, 0.75], [4e9, 0.1]])
    with pytest.warns(DataWarning, match="so large"):
        problem = RiskSLIMProblem(Dataset.from_arrays(features, [0, 1, 0, 1]))
    objective = problem.objective(np.zeros(3))
    points = np.zeros(3)
    status, bound = certify(
        problem, points, Status.OPTIMAL, objective, objective - 2e-9, SearchOptions()
    )
    assert status is Status.PRECISION_LIMIT
    assert bound == objective - 2e-9


@pytest.mark.parametrize("engine", ["lcpa", "supports"])
@pytest.mark.parametrize("gap", [0.5, 0.0])
def test_proved_optimal_means_the_same_whatever_gap_a_search_may_stop_at(engine, gap):
    data = table()
    problem = RiskSLIMProblem(data, max_size=3, max_coef=3)
    solution = problem.solve(SearchOptions(absolute_gap=gap), engine=engine)
    text = str(RiskScore.from_solution(solution, data))
    assert (solution.status == "optimal") == (solution.absolute_gap <= PROVED_GAP)
    assert ("Proved optimal" in text) == (solution.absolute_gap <= PROVED_GAP)
    if engine == "lcpa" and gap:
        assert solution.status == "gap limit"
        assert "Not proved (gap limit)" in text
    else:
        assert solution.status == "optimal"


@pytest.mark.parametrize("engine", ["search", "mip"])
def test_a_decision_score_is_proved_without_any_gap_allowed(engine):
    solution = SLIMProblem(table(n=60, d=3), max_coef=2).solve(
        SearchOptions(absolute_gap=0.0), engine=engine
    )
    assert solution.status == "optimal"
    assert solution.absolute_gap <= PROVED_GAP


def test_a_saved_certificate_that_calls_a_wide_gap_optimal_is_not_believed():
    data = table()
    score = RiskScore.from_solution(RiskSLIMProblem(data, max_size=2).solve(), data)
    wide = replace(score.certificate, absolute_gap=0.49, relative_gap=0.7, lower_bound=0.01)
    text = str(replace(score, certificate=wide))
    assert "Proved optimal" not in text
    assert "Not proved (gap limit)" in text


def test_the_bound_of_many_real_rows_is_as_near_as_that_of_few():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(20_000, 3))
    outcome = features.sum(axis=1) + rng.logistic(size=20_000) > 0
    problem = RiskSLIMProblem(
        Dataset.from_arrays(features, outcome.astype(int)), max_size=2, max_coef=2,
        multiplier="free",
    )  # fmt: skip
    solution = problem.solve()
    assert solution.status == "optimal"
    assert solution.absolute_gap < 1e-12
