"""Pools hold exactly the scores near the optimum, and say how much they disagree."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskslim import (
    CoefficientSet,
    Dataset,
    GroupLimit,
    Linear,
    RiskScore,
    RiskSLIMClassifier,
    RiskSLIMProblem,
    ScorePool,
    SearchOptions,
)
from riskslim.errors import InfeasibleError, OptionError, ScoreError

NAMES = ("a", "b", "c")
QUICK = settings(
    max_examples=60,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def random_data(seed: int, d: int, n: int = 30) -> Dataset:
    random = np.random.default_rng(seed)
    X = random.integers(0, 3, (n, d)).astype(float)
    X[0], X[1] = 0.0, 1.0
    y = (X @ random.normal(size=d) + random.normal(size=n) > 0.5).astype(int)
    y[:2] = 0, 1
    return Dataset.from_arrays(
        X, y, feature_names=NAMES[:d], sample_weight=random.integers(1, 4, n).astype(float)
    )


@st.composite
def problems(draw: st.DrawFn, multiplier: Any = "fixed") -> RiskSLIMProblem:
    d = draw(st.integers(1, 2 if multiplier == "free" else 3))
    data = random_data(draw(st.integers(0, 2**32 - 1)), d)
    points = CoefficientSet(data.feature_names, -2, 2).set_intercept(-3, 3)
    box = draw(st.sampled_from(["plain", "positive", "excludes zero"]))
    if box == "positive":
        points = points.set("a", sign="+")
    elif box == "excludes zero":
        points = points.set("a", lower=1, upper=2)
    rules = [(), (Linear({"a": 1, "(Intercept)": 1}, upper=2, name="sum"),)]
    if d > 1:
        rules.append((GroupLimit(("a", "b"), at_most=1),))
    return RiskSLIMProblem(
        data,
        points,
        min_size=draw(st.integers(0, 1)),
        C0=draw(st.sampled_from([0.0, 1e-6, 0.02])),
        constraints=draw(st.sampled_from(rules)),
        multiplier=multiplier,
        intercept="integer",
        multiplier_range=draw(st.sampled_from([(0.5, 6.0), (0.9, 1.7)])),
    )


def points_of(score: RiskScore) -> tuple[int, ...]:
    return (score.intercept, *(feature.points for feature in score.features))


def near(problem: RiskSLIMProblem, tolerance: float) -> dict[tuple[float, ...], float]:
    """Brute force: the scores within the tolerance, as coefficients of the log odds."""
    statement, d = problem.statement.as_rows, problem.data.n_features
    ends = zip(statement.lower[: d + 1], statement.upper[: d + 1], strict=True)
    objectives: dict[tuple[float, ...], float] = {}
    for points in itertools.product(*(range(int(low), int(high) + 1) for low, high in ends)):
        x = np.array([*points, *(value != 0 for value in points[1:])], dtype=float)
        activity = statement.matrix @ x
        if (activity < statement.row_lower).any() or (activity > statement.row_upper).any():
            continue
        multiplier = problem.best_multiplier(points)
        key = tuple(round(value / multiplier, 6) + 0.0 for value in points)
        objective = problem.objective(points, multiplier)
        objectives[key] = min(objective, objectives.get(key, math.inf))
    limit = min(objectives.values(), default=0.0) + tolerance
    return {key: value for key, value in objectives.items() if value <= limit}


def check_pool(problem: RiskSLIMProblem, tolerance: float) -> None:
    possible = near(problem, tolerance + 1e-10)  # on the edge rounding decides
    if not possible:
        with pytest.raises(InfeasibleError):
            problem.pool(tolerance)
        return
    edge = min(possible.values()) + tolerance - 1e-10
    certain = {key for key, value in possible.items() if value <= edge}
    pool = problem.pool(tolerance, limit=100_000)
    assert pool.complete
    assert pool.certificate.startswith("complete: every score within")
    found = [
        tuple(round(value / score.multiplier, 6) + 0.0 for value in points_of(score))
        for score in pool
    ]
    assert len(found) == len(set(found))
    assert certain <= set(found) <= set(possible)
    objectives = pool.to_frame().objective
    assert objectives.is_monotonic_increasing
    for score, objective in zip(pool, objectives, strict=True):
        assert problem.violations(points_of(score)) == []
        exact = problem.objective(points_of(score), score.multiplier)
        assert objective == pytest.approx(exact, abs=1e-14)
    assert pool.lower_bound <= min(possible.values()) + 1e-15


@QUICK
@given(problem=problems(), tolerance=st.sampled_from([1e-7, 0.01, 0.1]))
def test_a_pool_is_all_scores_within_the_tolerance(
    problem: RiskSLIMProblem, tolerance: float
) -> None:
    check_pool(problem, tolerance)


@settings(QUICK, max_examples=40)
@given(problem=problems(multiplier="free"), tolerance=st.sampled_from([1e-7, 0.01, 0.1]))
def test_a_pool_with_a_free_multiplier_is_all_scores_within_the_tolerance(
    problem: RiskSLIMProblem, tolerance: float
) -> None:
    check_pool(problem, tolerance)


@settings(QUICK, max_examples=10)
@given(
    seed=st.integers(0, 2**32 - 1),
    tolerance=st.sampled_from([0.05, 0.5]),
    free=st.booleans(),
)
def test_derived_bounds_of_the_intercept_hide_no_score(
    seed: int, tolerance: float, free: bool
) -> None:
    data = random_data(seed, 2)
    multiplier: Any = "free" if free else "fixed"
    choice: dict[str, Any] = {"multiplier": multiplier, "intercept": "integer"}
    choice["multiplier_range"] = (0.8, 2.0)
    wide = CoefficientSet(data.feature_names, -1, 1).set_intercept(-40, 40)
    derived = CoefficientSet(data.feature_names, -1, 1)
    # With a free multiplier intercepts alone have no end: the best of each sign are found.
    tolerance = 0.05 if free else tolerance
    pools = [
        [points_of(score) for score in problem.pool(tolerance, limit=10_000)]
        for problem in (RiskSLIMProblem(data, points, **choice) for points in (wide, derived))
    ]
    expected, found = ([own for own in pool if not free or any(own[1:])] for pool in pools)
    assert max((abs(own[0]) for own in expected), default=0) < 40
    assert found == expected


def test_good_scores_beyond_the_derived_bounds_are_found() -> None:
    problem = RiskSLIMProblem(random_data(1, 1), max_coef=1, multiplier="fixed")
    pool = problem.pool(2.0, limit=10_000)
    lower, upper = problem.statement.lower[0], problem.statement.upper[0]
    intercepts = [score.intercept for score in pool]
    assert min(intercepts) < lower
    assert max(intercepts) > upper
    assert pool.complete


@settings(QUICK, max_examples=10)
@given(problem=problems(), limit=st.integers(1, 6), threads=st.sampled_from([1, 3]))
def test_a_cut_pool_is_the_best_so_many(problem: RiskSLIMProblem, limit: int, threads: int) -> None:
    try:
        whole = problem.pool(0.2, limit=100_000)
    except InfeasibleError:
        return
    cut = problem.pool(0.2, limit=limit, options=SearchOptions(threads=threads))
    assert [points_of(score) for score in cut] == [points_of(score) for score in whole[:limit]]
    assert cut.complete == (len(whole) <= limit)
    if not cut.complete:
        assert cut.certificate.startswith(f"cut: the best {limit}")
        assert "there are more" in cut.certificate


def test_a_relative_tolerance_is_a_share_of_the_optimum() -> None:
    problem = RiskSLIMProblem(random_data(3, 3), max_coef=2)
    share = problem.pool(0.05, relative=True)
    best = problem.solve().objective
    absolute = problem.pool(0.05 * best)
    assert share.tolerance == pytest.approx(0.05 * best)
    assert [points_of(score) for score in share] == [points_of(score) for score in absolute]
    assert share.complete


def test_a_search_that_is_cut_short_claims_nothing() -> None:
    random = np.random.default_rng(0)
    data = Dataset.from_arrays(random.integers(0, 2, (400, 30)), random.integers(0, 2, 400))
    problem = RiskSLIMProblem(data, max_size=8, multiplier="fixed")
    pool = problem.pool(0.01, options=SearchOptions(node_limit=3))
    assert not pool.complete
    assert pool.status == "node limit"
    assert "not complete: the search ended (node limit)" in pool.certificate
    assert pool.lower_bound < pool.to_frame().objective[0]
    assert all("optimal" not in str(score.certificate) for score in pool)


@pytest.fixture(scope="module")
def data() -> Dataset:
    return random_data(11, 3, n=60)


@pytest.fixture(scope="module")
def pool(data: Dataset) -> ScorePool:
    found = RiskSLIMProblem(data, max_coef=2, multiplier="free", intercept="integer").pool(0.1)
    assert 5 < len(found) < 1000
    return found


def test_frame_and_supports(pool: ScorePool) -> None:
    frame = pool.to_frame()
    for row, score in zip(frame.to_dict("records"), pool, strict=True):
        assert row["size"] == score.size
        assert row["intercept"] == score.intercept
        assert row["multiplier"] == score.multiplier
        named = {name: row.get(f"points[{name}]", 0) for name in NAMES}
        assert {name: value for name, value in named.items() if value} == score.points
    supports = pool.supports()
    assert supports.scores.sum() == len(pool)
    assert len(set(supports.features)) == len(supports)
    for row in supports.itertuples():
        assert tuple(pool[row.best].points) == row.features
        assert row.objective == frame.objective[row.best]
        same = [i for i, score in enumerate(pool) if tuple(score.points) == row.features]
        assert row.objective == frame.objective[same].min()
    best = pool.best.certificate
    assert best is not None
    assert best.is_optimal
    near_one = pool[len(pool) - 1].certificate
    assert near_one is not None
    assert not near_one.is_optimal
    assert "near the optimum" in str(pool[len(pool) - 1])


def test_prefer_orders_by_cost_then_objective(pool: ScorePool) -> None:
    cheap = pool.prefer({"*": 1.0, "b": 10.0, "c": 0.5})
    assert dict(cheap.costs) == {"a": 1.0, "b": 10.0, "c": 0.5}
    frame = cheap.to_frame()
    expected = [sum(cheap.costs[name] for name in score.points) for score in cheap]
    np.testing.assert_allclose(frame.cost, expected)
    pairs = list(zip(frame.cost, frame.objective, strict=True))
    assert pairs == sorted(pairs)
    assert {id(score) for score in cheap} == {id(score) for score in pool}
    assert cheap.best is pool.best
    assert cheap.complete == pool.complete
    with pytest.raises(OptionError, match="did you mean"):
        pool.prefer({"A": 1.0})
    with pytest.raises(OptionError, match="no finite number"):
        pool.prefer({"a": math.inf})


def test_pools_are_saved_and_read_exactly(pool: ScorePool, tmp_path: Path) -> None:
    priced = pool.prefer({"a": 2.5})
    priced.save(tmp_path / "pool.json")
    loaded = ScorePool.load(tmp_path / "pool.json")
    assert loaded.scores == priced.scores
    assert loaded.costs == priced.costs
    assert loaded.certificate == priced.certificate
    assert loaded.to_json() == priced.to_json()
    priced.save(tmp_path / "pool.csv")
    import pandas as pd

    table = pd.read_csv(tmp_path / "pool.csv")
    pd.testing.assert_frame_equal(table, priced.to_frame(), check_exact=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pool_schema_version": 99}, "reads 2"),
        ({"complete": 1}, "'complete'"),
        ({"tolerance": "x"}, "tolerance"),
        ({"more": 1}, "'more'"),
        ({"scores": [{}]}, "score 1 of the pool"),
        ({"costs": {"a": None}}, "cost of 'a'"),
    ],
)
def test_files_that_are_no_pool(
    pool: ScorePool, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    path = tmp_path / "pool.json"
    path.write_text(json.dumps({**json.loads(pool.to_json()), **change}))
    with pytest.raises(ScoreError, match=message) as caught:
        ScorePool.load(path)
    assert "pool.json" in str(caught.value)
    for text in ("{", "[]", '{"a": NaN}', "[" * 100_000):
        with pytest.raises(ScoreError):
            ScorePool.from_json(text)
    with pytest.raises(ScoreError, match="cannot read"):
        ScorePool.load(tmp_path / "none.json")


def test_representations(pool: ScorePool) -> None:
    assert pool.certificate in repr(pool)
    names = ("<b>a</b>", "objective", "size")
    table = np.random.default_rng(0).integers(0, 2, (40, 3))
    hostile = Dataset.from_arrays(table, table[:, 0], feature_names=names)
    found = RiskSLIMProblem(hostile, max_coef=1).pool(0.05)
    page = found._repr_html_()
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert found.to_frame().columns.is_unique


def test_bad_options(data: Dataset) -> None:
    problem = RiskSLIMProblem(data)
    for tolerance in (-1, math.nan, math.inf, "x", True, None):
        with pytest.raises(OptionError, match="tolerance="):
            problem.pool(tolerance)
    for limit in (0, 1.5, True):
        with pytest.raises(OptionError, match="limit="):
            problem.pool(0.1, limit=limit)  # type: ignore[arg-type]


def test_multiplicity_is_as_defined(pool: ScorePool, data: Dataset) -> None:
    random = np.random.default_rng(2)
    X = data.features
    weight = random.integers(0, 4, len(X)).astype(float)
    # at their best multipliers alone; ranges of these have tests of their own
    pool = replace(pool, multipliers=())
    found = pool.multiplicity(X, threshold=0.4, deviation=0.05, sample_weight=weight)
    risks = np.array([score.predict_proba(X)[:, 1] for score in pool])
    ranges = found.ranges
    np.testing.assert_array_equal(ranges.baseline, risks[0])
    np.testing.assert_array_equal(ranges.lowest, risks.min(axis=0))
    np.testing.assert_array_equal(ranges.highest, risks.max(axis=0))
    share = weight / weight.sum()
    for differs, result in (
        ((risks > 0.4) != (risks[0] > 0.4), found.classes),
        (np.abs(risks - risks[0]) >= 0.05, found.risks),
    ):
        assert result is not None
        assert result.ambiguity == pytest.approx(share[differs.any(axis=0)].sum())
        each = differs @ share
        assert result.discrepancy == pytest.approx(each.max())
        assert result.worst == int(np.argmax(each))
    assert 0 < found.discrepancy <= found.ambiguity < 1
    assert found.worst_score is pool[found.classes.worst]
    assert not found.complete


def test_the_baseline_is_the_best_score_whatever_the_order(pool: ScorePool, data: Dataset) -> None:
    plain = pool.multiplicity(data.features)
    ordered = pool.prefer({"a": 3.0, "b": 1.0}).multiplicity(data.features)
    assert plain.ranges.equals(ordered.ranges)
    assert plain.ambiguity == ordered.ambiguity
    assert plain.risks is None


def test_a_single_score_agrees_with_itself(data: Dataset) -> None:
    alone = RiskSLIMProblem(data, max_coef=2).pool(0.0, limit=1)
    found = alone.multiplicity(data.features, deviation=0.01)
    assert (found.ambiguity, found.discrepancy, found.classes.worst) == (0.0, 0.0, None)
    assert found.worst_score is None


def test_multiplicity_refuses_what_makes_no_sense(pool: ScorePool, data: Dataset) -> None:
    X = data.features
    for option in ({"threshold": 1.5}, {"deviation": -0.1}, {"deviation": 0.0}):
        with pytest.raises(OptionError, match=next(iter(option))):
            pool.multiplicity(X, **option)
    with pytest.raises(ScoreError, match="at least one row"):
        pool.multiplicity(X[:0])
    with pytest.raises(ScoreError, match="weights"):
        pool.multiplicity(X, sample_weight=np.zeros(len(X)))


def test_the_classifier_keeps_a_pool_if_asked(data: Dataset) -> None:
    X = data.features.repeat(2, axis=0)
    y = (X[:, 0] + np.arange(len(X)) % 3 > 1).astype(int)
    classifier = RiskSLIMClassifier(max_size=2, max_coef=2, pool_tolerance=0.02, pool_limit=5)
    classifier.fit(X, y)
    assert 1 <= len(classifier.pool_) <= 5
    assert points_of(classifier.pool_.best) == points_of(classifier.score_)
    assert not hasattr(RiskSLIMClassifier(max_size=1).fit(X, y), "pool_")
