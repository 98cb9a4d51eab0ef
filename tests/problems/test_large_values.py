"""Features of values in the millions and far beyond: proved, or refused before any work."""

import itertools
import math

import numpy as np
import pytest

from riskslim import CoefficientSet, Dataset, RiskSLIMProblem, SLIMProblem
from riskslim.errors import DataError
from riskslim.solvers import _native
from riskslim.solvers.result import SearchOptions, Status

pytestmark = pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")

LIMIT = SearchOptions(time_limit=60.0)


def _numbered(scale, offset=0.0, n=200, seed=0):
    """A 0/1 feature that tells something, beside a number that tells nothing."""
    rng = np.random.default_rng(seed)
    useful = rng.integers(0, 2, n)
    number = np.rint(offset + scale * rng.random(n))
    outcome = (useful + 1.5 * rng.random(n) > 1.2).astype(int)
    return np.column_stack([number, useful]), outcome


@pytest.mark.parametrize("multiplier", ["fixed", "free"])
@pytest.mark.parametrize(("scale", "offset"), [(1e4, 0), (1e9, 0), (1e14, 0), (1e10, 1.6e12)])
def test_a_number_that_tells_nothing_is_proved_to_have_no_points(scale, offset, multiplier):
    features, outcome = _numbered(scale, offset)
    found = RiskSLIMProblem(Dataset.from_arrays(features, outcome), multiplier=multiplier).solve(
        LIMIT, engine="supports"
    )
    alone = RiskSLIMProblem(
        Dataset.from_arrays(features[:, 1:], outcome), multiplier=multiplier
    ).solve(LIMIT, engine="supports")
    assert found.status is Status.OPTIMAL
    assert found.absolute_gap <= 1e-9
    assert found.objective == pytest.approx(alone.objective, abs=1e-12)
    assert found.points[1] == 0


def test_slim_decides_by_numbers_of_any_size():
    for scale in (1.0, 1e5, 1e9, 1e14):
        features, outcome = _numbered(1.0, n=30, seed=3)
        features[:, 0] = np.rint(scale * np.random.default_rng(3).random(30))
        found = SLIMProblem(Dataset.from_arrays(features, outcome), C0=0.01, max_coef=2).solve(
            LIMIT
        )
        assert found.status is Status.OPTIMAL
        best = min(
            _errors(features @ points, outcome) / 30 + 0.01 * np.count_nonzero(points)
            for points in itertools.product(range(-2, 3), repeat=2)
            for points in [np.array(points)]
        )
        cost = 0.01 * np.count_nonzero(found.points[1:])
        assert found.loss + cost == pytest.approx(best, abs=1e-12)


def _errors(totals, outcome):
    """Fewest errors over all intercepts: each makes a total of 0, or one next to it."""
    tried = np.unique([-totals, 1 - totals, -1 - totals])
    return min(
        int(np.sum(totals[outcome == 1] + b <= 0) + np.sum(totals[outcome == 0] + b >= 0))
        for b in tried
    )


def test_the_bound_of_a_free_multiplier_holds_where_scores_are_huge():
    features = np.array([[2e8], [-1e8], [3e8], [1e8], [-3e8]])
    data = Dataset.from_arrays(features, [1, 0, 1, 0, 0])
    for multiplier_range in ((1e-6, 1e6), (0.5, 1000.0), (1e5, 1e6)):
        problem = RiskSLIMProblem(data, multiplier="free", multiplier_range=multiplier_range)
        found = problem.solve(LIMIT, engine="supports")
        assert found.status is Status.OPTIMAL
        assert 0.0 <= found.lower_bound <= found.objective <= found.lower_bound + 1e-9


def test_a_feature_forced_at_any_scale_gives_a_score_and_no_crash():
    features = np.array([[1.4, -2e8], [1.9, 0.0]])
    data = Dataset.from_arrays(
        features, [0.25, 0.0], soft_labels=True, sample_weight=[2, 2], class_weight={0: 2.0, 1: 0.5}
    )
    coefficients = CoefficientSet(data.feature_names, -1, 2).set("x2", lower=-3, upper=-1)
    problem = RiskSLIMProblem(
        data, coefficients, min_size=1, multiplier="free", multiplier_range=(1e-6, 1e6)
    )
    found = problem.solve(LIMIT, engine="supports")
    others = [
        problem.objective([b, p, q])
        for b in (-600_000_001, -600_000_000, -2, -1, 0, 1)
        for p in range(-1, 3)
        for q in range(-3, 0)
    ]
    assert found.objective <= min(others) + 1e-12
    assert math.isfinite(found.objective)


def test_values_of_more_digits_than_are_exact_are_refused_by_name():
    features = np.column_stack([np.arange(6.0), 1e15 + 3 * np.arange(6.0)])
    with pytest.raises(
        DataError, match=r"'card' \(up to 1e\+15\).*identifier.*power of ten.*bands"
    ):
        Dataset.from_arrays(features, [0, 1, 0, 1, 0, 1], feature_names=["a", "card"])


def test_integers_of_64_bits_are_refused_as_reals_are():
    features = np.array([[1, 2**60], [2, 2**60 + 1], [3, 5]])
    with pytest.raises(DataError, match="'x2'"):
        Dataset.from_arrays(features, [0, 1, 0])


def test_points_that_make_totals_inexact_are_refused_before_any_work():
    data = Dataset.from_arrays([[1.0, 9e14], [2.0, 3e14], [0.0, 5.0]], [0, 1, 0])
    RiskSLIMProblem(data, max_coef=5)
    with pytest.raises(DataError, match=r"1000 points for each unit of 'x2'.*fewer points"):
        RiskSLIMProblem(data, max_coef=1000)


def test_the_bound_of_a_fit_keeps_its_digits_where_risks_are_zero_or_one():
    # One wide column that separates, and rows at 0 that the intercept alone decides.
    x = np.array([-1e9, -1e9, 0.0, 0.0, 0.0, 1e9, 1e9])
    columns = np.column_stack([np.ones(7), x])
    positive = np.array([0, 0, 1, 1, 0, 1, 1]) / 7.0
    negative = np.array([1, 1, 0, 0, 1, 0, 0]) / 7.0
    reach = np.array([1e10, 5.0])
    value, bound, _ = _native.bounded_fit(columns, positive, negative, -reach, reach, math.inf)
    assert bound <= 3 / 7 * (math.log(3) - 2 / 3 * math.log(2)) + 1e-12
    assert value - bound < 1e-3


def test_a_number_that_separates_the_classes_is_used_whatever_its_size():
    rng = np.random.default_rng(1)
    for scale in (1e4, 1e8, 1e12):
        number = np.sort(np.rint(scale * rng.random(20)))
        outcome = (np.arange(20) >= 9).astype(int)
        problem = RiskSLIMProblem(
            Dataset.from_arrays(number[:, np.newaxis], outcome),
            multiplier="free",
            multiplier_range=(0.5, 1000.0),
        )
        found = problem.solve(LIMIT, engine="supports")
        assert found.status is Status.OPTIMAL
        assert found.absolute_gap <= 1e-9
        assert found.loss < 1e-6
        assert found.points[1] != 0


def test_cutting_planes_prove_what_the_search_over_supports_does():
    for scale, offset in ((1e9, 0), (1e14, 0), (1e10, 1.6e12)):
        features, outcome = _numbered(scale, offset, n=60)
        for multiplier in ("fixed", "free"):
            problem = RiskSLIMProblem(Dataset.from_arrays(features, outcome), multiplier=multiplier)
            found = [problem.solve(LIMIT, engine=engine) for engine in ("supports", "lcpa")]
            assert [one.status for one in found] == [Status.OPTIMAL, Status.OPTIMAL]
            assert found[0].objective == pytest.approx(found[1].objective, abs=1e-9)


def test_no_mixed_integer_program_is_made_of_scores_that_it_cannot_hold():
    features, outcome = _numbered(1e14, n=30)
    problem = SLIMProblem(Dataset.from_arrays(features, outcome))
    found = problem.solve(LIMIT, engine="mip")
    best = problem.solve(LIMIT)
    assert found.status is Status.PRECISION_LIMIT
    assert found.lower_bound <= best.objective <= found.objective


def test_rows_without_large_values_are_decided_by_their_own_terms():
    # A real feature of large values that has no points must not make totals of 1 count as 0.
    features = np.array([[1e12 + 0.5, 0], [2e12, 1], [3.5e12, 1], [0.25, 0]])
    data = Dataset.from_arrays(features, [0, 1, 1, 0])
    coefficients = CoefficientSet(data.feature_names).set("x1", fixed=0)
    found = SLIMProblem(data, coefficients).solve(LIMIT)
    assert found.loss == 0.0


def test_a_penalty_beyond_all_errors_leaves_the_digits_of_the_errors():
    features, outcome = _numbered(100.0, n=40)
    data = Dataset.from_arrays(features, outcome)
    found = SLIMProblem(data, C0=1e6).solve(LIMIT)
    assert found.status is Status.OPTIMAL
    assert found.absolute_gap <= 1e-9
    assert found.loss == min(outcome.sum(), (1 - outcome).sum()) / 40
