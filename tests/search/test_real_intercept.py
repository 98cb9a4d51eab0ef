"""A real intercept beside a free multiplier: chosen with the points, and proved for all of them."""

from __future__ import annotations

import itertools
import json
import math
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskslim import CoefficientSet, Dataset, RiskScore, RiskSLIMClassifier, RiskSLIMProblem
from riskslim.constraints import Linear, RateLimit
from riskslim.errors import ConstraintError, OptionError
from riskslim.problems.multiplier import best_line
from riskslim.solvers import _native
from support.brute_force import lattice, line_losses

pytestmark = pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")

RANGES = ((0.5, 1000.0), (0.2, 4.0), (1.0, 1.5), (3.0, 40.0))


@st.composite
def problems(draw: st.DrawFn) -> RiskSLIMProblem:
    """Small tables of 0/1, whole and real numbers, soft labels and weights, signs and sizes."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, d = draw(st.integers(4, 14)), draw(st.integers(1, 3))
    kind = draw(st.sampled_from(["binary", "counts", "real"]))
    X = rng.integers(0, {"binary": 2, "counts": 5, "real": 2}[kind], (n, d)).astype(float)
    if kind == "real":
        X = np.round(rng.normal(size=(n, d)), 2)
    soft = draw(st.booleans())
    y = rng.random(n) if soft else np.arange(n) % 2
    weight = rng.random(n) + 0.1 if draw(st.booleans()) else None
    data = Dataset.from_arrays(X, y, sample_weight=weight, soft_labels=soft)
    points = CoefficientSet(data.feature_names, -2, 3)
    if draw(st.booleans()):
        points = points.set(data.feature_names[0], sign=draw(st.sampled_from("+-")))
    return RiskSLIMProblem(
        data,
        points,
        max_size=draw(st.integers(0, d)),
        C0=draw(st.sampled_from([0.0, 1e-6, 0.01])),
        multiplier="free",
        multiplier_range=draw(st.sampled_from(RANGES)),
        intercept="free",
    )


def every_score(problem: RiskSLIMProblem) -> tuple[np.ndarray, np.ndarray]:
    """All points that are allowed, and their objectives."""
    given, data = problem.coefficients, problem.data
    points = lattice([0, *given.lower], [0, *given.upper], problem.max_size)
    totals = points[:, 1:] @ data.features.T
    loss = line_losses(totals, data.positive, data.negative, problem.scale_range)
    return points, loss + (points[:, 1:] != 0) @ problem.switch_cost


def table(seed: int = 0, n: int = 120, d: int = 5) -> Dataset:
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 2, (n, d))
    y = X @ rng.normal(size=d) + rng.normal(size=n) > 0.5
    return Dataset.from_arrays(X, y.astype(int))


@given(problems())
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_both_engines_prove_the_best_of_all_scores(problem: RiskSLIMProblem) -> None:
    best = float(every_score(problem)[1].min())
    for engine in ("supports", "lcpa"):
        solution = problem.solve(engine=engine)
        assert solution.status == "optimal"
        assert solution.objective == pytest.approx(best, abs=1e-11)
        assert best - 1e-9 <= solution.lower_bound <= best + 1e-12
        assert problem.objective(solution.points) == pytest.approx(solution.objective, abs=1e-14)
        own = problem.objective(solution.points, solution.multiplier)
        assert own == pytest.approx(solution.objective, abs=1e-14)


@given(problems())
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_points_are_as_small_as_the_range_of_the_multiplier_allows(
    problem: RiskSLIMProblem,
) -> None:
    for engine in ("supports", "lcpa"):
        solution = problem.solve(engine=engine)
        points = np.array([*solution.points_by_name.values(), 0], dtype=int)
        low, _ = problem.scale_range
        for g in range(2, int(np.gcd.reduce(points)) + 1):
            if np.any(points % g):
                continue
            assert solution.multiplier / g < low * (1 + 1e-9)


@given(problems(), st.sampled_from([0.0, 0.002, 0.02]))
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_pools_hold_every_score_once(problem: RiskSLIMProblem, tolerance: float) -> None:
    points, objectives = every_score(problem)
    pool = problem.pool(tolerance)
    assert pool.complete
    highest = objectives.min() + tolerance
    found = {
        tuple(score.points.get(name, 0) for name in problem.data.feature_names) for score in pool
    }

    def direction(own: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(np.array(own) // max(1, np.gcd.reduce(own)))

    def among(limit: float) -> set[tuple[int, ...]]:
        kept = points[objectives <= limit][:, 1:].astype(int)
        return {direction(tuple(own)) for own in kept.tolist()}

    assert among(highest - 1e-11) <= {direction(own) for own in found} <= among(highest + 1e-11)
    for score, ends, intercepts in zip(pool, pool.multipliers, pool.intercepts, strict=True):
        assert ends[0] <= score.multiplier <= ends[1]
        for m, c in zip(ends, intercepts, strict=True):
            odds = (c + score.total(problem.data.features)) / m
            risk = 1.0 / (1.0 + np.exp(-odds))
            weight = problem.data.positive + problem.data.negative
            assert risk @ weight == pytest.approx(problem.data.positive.sum())


def test_ends_of_multipliers_are_those_of_the_level_set() -> None:
    problem = RiskSLIMProblem(table(3), max_size=2, multiplier="free", multiplier_range=(0.1, 50.0))
    pool = problem.pool(0.01)
    best = pool.best.certificate.objective
    for score, ends in zip(pool, pool.multipliers, strict=True):
        points = [0, *(score.points.get(name, 0) for name in problem.data.feature_names)]
        for end, outward in zip(ends, (0.999, 1.001), strict=True):
            at = problem.changed(multiplier_range=(end, end * (1 + 1e-9)))
            beyond = problem.changed(multiplier_range=(end * outward, end * outward * (1 + 1e-9)))
            assert at.objective(points) <= best + 0.01 + 1e-9
            assert beyond.objective(points) > best + 0.01 - 1e-9


def test_sizes_are_proved() -> None:
    problem = RiskSLIMProblem(table(1, d=4), max_coef=2, multiplier="free")
    points, objectives = every_score(problem)
    sizes = np.count_nonzero(points[:, 1:], axis=1)
    path = problem.path()
    for size, solution in path.solutions.items():
        assert solution.status == "optimal"
        assert solution.objective == pytest.approx(objectives[sizes == size].min(), abs=1e-11)


def test_no_worse_than_an_integer() -> None:
    for seed in range(5):
        problem = RiskSLIMProblem(table(seed), max_size=3, multiplier="free")
        integer = problem.changed(intercept="integer")
        assert problem.solve().objective <= integer.solve().objective + 1e-12
        assert isinstance(integer.solve().intercept, int)


def test_equal_items_get_one_point_each() -> None:
    cells = list(itertools.product([0, 1], repeat=2))
    X = np.repeat(cells, [40, 20, 20, 40], axis=0)
    y = np.concatenate([np.arange(n) < k for n, k in ((40, 3), (20, 6), (20, 6), (40, 27))])
    problem = RiskSLIMProblem(Dataset.from_arrays(X, y.astype(int)), multiplier="free")
    assert problem.solve().points_by_name == {"x1": 1, "x2": 1}


def test_the_line_of_given_totals_balances_the_classes() -> None:
    rng = np.random.default_rng(0)
    totals, positive, negative = rng.integers(-400, 900, 50), rng.random(50), rng.random(50)
    multiplier, intercept = best_line(totals * 1.0, positive, negative, (1.0, 1e5))
    risk = 1.0 / (1.0 + np.exp(-(intercept + totals) / multiplier))
    slopes = risk * (positive + negative) - positive
    assert slopes.sum() == pytest.approx(0.0, abs=1e-12)
    assert slopes @ totals == pytest.approx(0.0, abs=1e-8)


def test_many_totals_have_the_line_of_few(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    totals = np.append(rng.normal(size=998), [50.0, -40.0])
    positive = (totals + rng.logistic(size=1000) > 0.3) * rng.random(1000)
    negative = rng.random(1000) * (rng.random(1000) < 0.5) + (positive == 0.0)
    for ends in ((0.5, 1000.0), (1e-6, 1e6), (3.0, 4.0), (0.01, 0.02)):
        line = best_line(totals, positive, negative, ends)
        with monkeypatch.context() as patch:
            patch.setattr("riskslim.problems.multiplier._MANY", 100)
            patch.setattr("riskslim.problems.multiplier._SAMPLE", 50)
            assert best_line(totals, positive, negative, ends) == pytest.approx(line, rel=1e-7)


def test_sums_of_a_line_are_those_of_its_terms() -> None:
    rng = np.random.default_rng(2)
    z, positive, negative = rng.normal(size=8) * [1, 1, 1, 1, 1, 1, 900, 0], *rng.random((2, 8))
    found = _native.line_sums(z, positive, negative, 0.7, -0.4)
    odds = 0.7 * z - 0.4
    risk, rest = 1.0 / (1.0 + np.exp(-odds)), 1.0 / (1.0 + np.exp(odds))
    slope = negative * risk - positive * rest
    bend = (positive + negative) * risk * rest
    loss = positive * np.logaddexp(0.0, -odds) + negative * np.logaddexp(0.0, odds)
    terms = (loss, slope * z, slope, bend * z * z, bend, bend * z)
    assert found[:6] == pytest.approx([term.sum() for term in terms], rel=1e-13)
    pull = np.abs(negative * risk) + np.abs(positive * rest)
    for error, size in zip(found[6:], (pull @ np.abs(z), pull.sum()), strict=True):
        assert 1e-16 * size < error < 1e-13 * size


def test_a_rule_on_the_intercept_keeps_it_an_integer_and_says_so() -> None:
    data = table()
    rules = [RateLimit("fpr", at_most=0.4)], [Linear({"(Intercept)": 1.0}, upper=-1.0)]
    for rule in rules:
        problem = RiskSLIMProblem(data, max_size=2, constraints=rule, multiplier="free")
        solution = problem.solve()
        assert isinstance(solution.intercept, int)
        assert "the intercept is an integer" in solution.log[0]
        with pytest.raises(OptionError, match=r"speaks of the intercept.*'integer'"):
            problem.changed(intercept="free")
    bounded = CoefficientSet(data.feature_names).set_intercept(-3, 3)
    with pytest.raises(OptionError, match="bounds the intercept"):
        RiskSLIMProblem(data, bounded, multiplier="free", intercept="free")


def test_a_limit_by_totals_leaves_it_real() -> None:
    data = table()
    rule = RateLimit("fpr", at_most=0.5, threshold=2)
    problem = RiskSLIMProblem(data, max_size=2, constraints=[rule], multiplier="free")
    solution = problem.solve()
    assert isinstance(solution.intercept, float)
    assert solution.status == "optimal"
    assert not problem.violations(solution.points)


def test_a_fixed_multiplier_has_an_integer() -> None:
    assert RiskSLIMProblem(table()).intercept == "integer"
    with pytest.raises(OptionError, match="needs multiplier='free'"):
        RiskSLIMProblem(table(), intercept="free")
    with pytest.raises(OptionError, match="give one of free, integer"):
        RiskSLIMProblem(table(), multiplier="free", intercept="real")  # type: ignore[arg-type]


def test_models_say_the_same_and_refuse_rows_on_it() -> None:
    problem = RiskSLIMProblem(table(), max_size=2, multiplier="free")
    model = problem.to_pyomo()
    assert problem.solve(model=problem.to_pyomo()).objective == problem.solve().objective
    import pyomo.environ as pyo

    model = problem.to_pyomo()
    model.own = pyo.Constraint(expr=model.points["x1"] + model.points["x2"] <= 1)
    ruled = problem.changed(constraints=[Linear({"x1": 1.0, "x2": 1.0}, upper=1.0)])
    assert problem.solve(model=model).objective == pytest.approx(ruled.solve().objective, abs=1e-12)
    model = problem.to_pyomo()
    model.own = pyo.Constraint(expr=model.intercept <= -1)
    with pytest.raises(ConstraintError, match="make the problem with intercept='integer'"):
        problem.solve(model=model)
    model = problem.to_pyomo()
    model.intercept.setub(-1)
    with pytest.raises(ConstraintError, match="intercept='integer'"):
        problem.solve(model=model)


def test_starts_bring_their_points_alone() -> None:
    problem = RiskSLIMProblem(table(), max_size=3, multiplier="free")
    best = problem.solve()
    for start in (best, best.score(), [7, *best.points[1:]]):
        for engine in ("supports", "lcpa"):
            again = problem.solve(start=start, engine=engine)
            assert again.objective == pytest.approx(best.objective, abs=1e-13)


def test_saved_and_written_scores_give_the_same_risks() -> None:
    problem = RiskSLIMProblem(table(), max_size=3, multiplier="free")
    score = problem.solve().score()
    assert RiskScore.from_json(score.to_json()) == score
    record = json.loads(score.to_json())
    assert record["certificate"]["intercept_mode"] == "free"
    totals = np.array([row.low for row in score.table], dtype=float)
    # the formula as it is printed, with as many digits as it has
    written = re.search(r"exp\(\((\S+) - total\) / ([\d.]+)\)", str(score).replace("\n ", ""))
    assert written is not None
    least, divisor = map(float, written.groups())
    assert np.allclose(1 / (1 + np.exp((least - totals) / divisor)), score.risks(totals), 0, 1e-9)
    code: dict[str, object] = {}
    exec(score.export("python"), code)
    row = dict.fromkeys(score.points, 1.0)
    risk = code["risk"]
    assert callable(risk)
    assert risk(row) == score.risk(sum(score.points.values()))


def test_points_of_a_published_score_may_have_any_intercept() -> None:
    score = RiskScore.from_points({"Age >= 65": 1}, intercept=-2.5, multiplier=1.25)
    assert score.risk(1) == pytest.approx(1 / (1 + math.exp(1.5 / 1.25)))
    for changed in (score.to_json(), score.to_html(), score.to_sql()):
        assert "2.5" in changed


def test_estimators_have_it_by_default() -> None:
    data = table()
    y = (data.positive > data.negative).astype(int)
    fitted = RiskSLIMClassifier(max_size=2).fit(data.features, y)
    assert isinstance(fitted.score_.intercept, float)
    odds = fitted.decision_function(data.features)
    line = data.features @ fitted.coef_[0] + fitted.intercept_[0]
    assert np.allclose(odds, line, atol=1e-12)
    integer = RiskSLIMClassifier(max_size=2, intercept="integer").fit(data.features, y)
    assert isinstance(integer.score_.intercept, int)


@pytest.mark.parametrize(
    ("column", "outcome", "multipliers"),
    [
        ([1540.62] * 3 + [-185.57], [1, 0, 0, 0], (0.5, 1000.0)),
        ([0.3] + [0.43] * 4, [0, 1, 0, 0, 0], (1e-3, 1e4)),
        ([5083.0, 85.0, 5083.0], [1, 0, 0], (0.5, 1000.0)),
        ([50830.0, 850.0, 50830.0], [1, 0, 0], (0.5, 1000.0)),
    ],
)
def test_a_plateau_of_the_loss_has_an_answer_with_its_gap(
    column: list[float], outcome: list[int], multipliers: tuple[float, float]
) -> None:
    """One cell is pure and one mixed: the loss is flat where the pure one is certain."""
    problem = RiskSLIMProblem(
        np.array(column)[:, None], outcome, multiplier="free", multiplier_range=multipliers
    )
    mixed = max(column.count(value) for value in set(column))
    share = 1 / mixed
    least = -(share * math.log(share) + (1 - share) * math.log(1 - share)) * mixed / len(column)
    for solution in (problem.solve(), problem.solve(engine="lcpa")):
        assert solution.objective == pytest.approx(least + 1e-6, abs=1e-9)
        assert solution.lower_bound <= solution.objective
        assert solution.status in ("optimal", "precision limit")
    assert len(problem.pool(0.01)) >= 1
    assert len(problem.path()) == 1


def test_a_search_that_rounding_ends_says_so_in_the_portfolio() -> None:
    values = CoefficientSet(values=[0, 1, 5])
    column = np.array([[5083.0], [85.0], [5083.0]])
    solution = RiskSLIMProblem(column, [1, 0, 0], coefficients=values, multiplier="free").solve()
    assert solution.status in ("optimal", "precision limit")
