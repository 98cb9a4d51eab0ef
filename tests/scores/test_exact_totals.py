"""Totals are what a person adds up on paper, to the last row of every table."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskslim import (
    CoefficientSet,
    Dataset,
    DecisionScore,
    RiskScore,
    RiskSLIMClassifier,
    RiskSLIMProblem,
    SLIMProblem,
    evaluate,
)
from riskslim.constraints import EqualPoints, Include, RateLimit
from riskslim.data.exact_totals import add_up
from riskslim.data.grid import grid_of, tie_of
from riskslim.search.lattice import prediction_sums

pytestmark = pytest.mark.fast

decimals = st.builds(
    lambda digits, places: float(f"{digits}e-{places}"),
    st.integers(-(10**9), 10**9),
    st.integers(0, 15),
)


@given(st.lists(st.tuples(decimals, st.integers(-20, 20)), min_size=1, max_size=6))
def test_a_total_of_decimals_is_their_exact_sum_rounded_once(terms):
    values, points = zip(*terms, strict=True)
    exact = sum(Fraction(repr(x)) * p for x, p in terms)
    assert add_up(np.array([values]), np.array(points)).tolist() == [float(exact)]


def test_totals_that_are_equal_on_paper_are_equal():
    rows = np.array([[0.1, 0.2], [0.3, 0.0], [1 - 0.9, 0.2], [1 / 3 - 0.1, 0.2 - 1 / 3 + 0.2]])
    assert set(add_up(rows, np.array([1, 1])).tolist()) == {0.3}
    thirds = np.array([[1 / 3, 2 / 3], [2 / 3, 1 / 3], [0.5, 0.5]])
    assert set(add_up(thirds, np.array([3, 3])).tolist()) == {3.0}


def test_the_total_of_a_person_does_not_depend_on_the_others():
    random = np.random.default_rng(4)
    rows = np.column_stack(
        [
            random.normal(size=60) * 1e-7,
            random.normal(size=60).round(3),
            random.integers(0, 10**12, 60),
            random.random(60).round(15),
            random.integers(0, 4, 60) / 3,
        ]
    )
    points = np.array([3, -2, 1, 5, 7])
    alone = [add_up(row[None], points)[0] for row in rows]
    assert add_up(rows, points).tolist() == alone
    assert add_up(rows[:, ::-1], points[::-1]).tolist() == alone


def test_long_sums_keep_every_digit():
    rows = np.array([[1e12, 0.001], [1e12, 0.002], [123456789012345.0, -0.5]])
    total = add_up(rows, np.array([1, 1]))
    assert total.tolist() == [1000000000000.001, 1000000000000.002, 123456789012344.5]
    assert add_up(np.array([[2.0**60, 1.0]]), np.array([8, 1]))[0] == float(2**63 + 1)


def test_a_step_is_known_of_fine_decimals_and_refused_where_rounding_would_hide_it():
    assert grid_of(np.array([[3e-9, 0.0]])) == 1e-9
    assert grid_of(np.array([[3e-9, 12.0]])) is None
    assert grid_of(np.array([[1 / 3]])) is None
    assert tie_of(np.array([[0.25, 0.5]]), 0.25) == 0.125
    assert 0 < tie_of(np.array([[1e6 / 3]]), None) < 1e-5


ROWS = np.array(
    [[1.1, 2.2, 3.3], [2.2, 1.1, 3.3], [0.3, 3.3, 3.6], [4.1, 1.2, 1.0], [3, 2, 1], [2.5, 2, 1]]
)
OUTCOME = np.array([0, 0, 0, 1, 1, 1])


def _fixed(names):
    points = dict(zip(names, (1, 1, -1), strict=True))
    chosen = CoefficientSet(names)
    for name, value in points.items():
        chosen = chosen.set(name, fixed=value)
    return chosen.set_intercept(0, 0)


@pytest.mark.parametrize("scale", [0, -9, 4])
def test_predictions_keep_a_limit_on_the_rate_to_the_last_row(scale):
    rows = np.array([[float(f"{x}e{scale}") for x in row] for row in ROWS.tolist()])
    data = Dataset.from_arrays(rows, OUTCOME)
    rule = RateLimit("fpr", at_most=0.0)
    problem = RiskSLIMProblem(data, _fixed(data.feature_names), constraints=[rule])
    solution = problem.solve()
    score = RiskScore.from_solution(solution, data)
    assert problem.violations(solution.points) == []
    assert score.predict(rows).tolist() == OUTCOME.tolist()


def test_a_fitted_classifier_keeps_its_limit_on_rows_of_decimals():
    frame = pd.DataFrame(ROWS, columns=["x1", "x2", "x3"])
    model = RiskSLIMClassifier(
        coefficients=_fixed(["x1", "x2", "x3"]),
        constraints=[RateLimit("fpr", at_most=0.0)],
        multiplier="fixed",
    ).fit(frame, OUTCOME)
    assert model.predict(frame).tolist() == OUTCOME.tolist()
    assert model.score_.predict(frame).tolist() == OUTCOME.tolist()


def test_a_limit_from_a_total_on_counts_the_total_itself():
    rows = np.array([[0.1, 0.2], [0.3, 0.7], [0.15, 0.15], [0.4, 0.6]])
    data = Dataset.from_arrays(rows * 10, [0, 1, 0, 1])
    points = np.array([0, 1, 1])
    rule = RateLimit("positive", at_most=0.5, threshold=10)
    assert not RiskSLIMProblem(data, constraints=[rule]).violations(points)
    assert RiskSLIMProblem(
        data, constraints=[RateLimit("positive", at_most=0.5, threshold=3)]
    ).violations(points)


@pytest.mark.parametrize("seed", range(40))
def test_scores_of_decimals_predict_what_their_rules_count(seed):
    random = np.random.default_rng(seed)
    rows = random.integers(-30, 31, (30, 3)) / [10, 10, 100][seed % 3]
    outcome = np.where(random.random(30) < 0.2, 1, rows.sum(axis=1) > 0).astype(int)
    outcome[:2] = 0, 1
    data = Dataset.from_arrays(rows, outcome)
    points = random.integers(-3, 4, 4)
    exact = [
        points[0]
        + sum(Fraction(repr(float(x))) * int(p) for x, p in zip(row, points[1:], strict=True))
        for row in rows
    ]
    yes = np.array([total > 0 for total in exact])
    share = yes[outcome == 0].mean()
    for limit, broken in ((share, False), (max(share - 1e-3, 0), share > 0)):
        rule = RateLimit("fpr", at_most=float(limit))
        for kind in (RiskSLIMProblem, SLIMProblem):
            problem = kind(data, max_size=3, constraints=[rule])
            assert bool(problem.violations(points)) == broken
    # The native searches compare computed totals with this cut, and must decide as exact ones do.
    stated = RiskSLIMProblem(data, max_size=3, constraints=[RateLimit("fpr", at_most=0.5)])
    cut = prediction_sums(stated.statement).threshold[0]
    assert ((rows @ points[1:] + points[0] > cut) == yes).all()


def test_decision_scores_decide_by_exact_totals():
    data = Dataset.from_arrays(ROWS, OUTCOME)
    problem = SLIMProblem(data, _fixed(data.feature_names))
    score = DecisionScore.from_solution(problem.solve(), data)
    assert score.total(ROWS)[:3].tolist() == [0.0, 0.0, 0.0]
    assert score.predict(ROWS).tolist() == OUTCOME.tolist()
    assert score.false_positive_weight == 0
    found = evaluate(score, ROWS, OUTCOME)
    assert (found.false_positives, found.auc) == (0, 1.0)


def test_the_area_and_the_groups_take_equal_totals_for_equal():
    rows = np.array([[0.1, 0.2], [0.3, 0.0], [0.2, 0.1], [0.0, 0.3]])
    data = Dataset.from_arrays(rows, [0, 1, 1, 0])
    names = data.feature_names
    chosen = CoefficientSet(names).set(names[0], fixed=1).set(names[1], fixed=1)
    score = RiskScore.from_solution(RiskSLIMProblem(data, chosen).solve(), data)
    assert evaluate(score, rows, [0, 1, 1, 0]).auc == 0.5
    assert len(set(score.predict_proba(rows)[:, 1])) == 1


def test_a_score_of_shares_that_sum_to_one_reads_back(tmp_path):
    share = np.array([0.1, 0.2, 0.3, 0.35, 0.4, 0.55, 0.6, 0.7, 0.8, 0.9]) * 3
    rows = np.column_stack([share, 1 - share])
    data = Dataset.from_arrays(rows, [0, 1, 0, 1, 1, 0, 1, 1, 0, 1], feature_names=["a", "b"])
    rules = [EqualPoints(["a", "b"]), Include("a")]
    score = RiskScore.from_solution(RiskSLIMProblem(data, constraints=rules).solve(), data)
    assert len(set(score.total(rows).tolist())) == 1
    score.save(tmp_path / "score.json")
    assert RiskScore.load(tmp_path / "score.json") == score
