"""Safe bounds hold for any multipliers, in exact arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from riskslim.solvers.lcpa.safe_bounds import RowBlock, safe_lower_bound

pytestmark = pytest.mark.fast


def random_lp(seed, scale):
    rng = np.random.default_rng(seed)
    m, n = int(rng.integers(1, 8)), int(rng.integers(1, 8))
    matrix = rng.normal(size=(m, n)) * scale * (rng.random((m, n)) < 0.7)
    lower = -rng.random(n) * 5
    upper = rng.random(n) * 5
    inside = lower + (upper - lower) * rng.random(n)
    activity = matrix @ inside
    row_lower = np.where(rng.random(m) < 0.6, activity - rng.random(m), -math.inf)
    row_upper = np.where(rng.random(m) < 0.6, activity + rng.random(m), math.inf)
    return rng, matrix, row_lower, row_upper, lower, upper, inside, rng.normal(size=n) * scale


def exact(a, b):
    return sum((Fraction(x) * Fraction(y) for x, y in zip(a, b, strict=True)), Fraction(0))


@settings(max_examples=300, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-6, 1.0, 1e6]), st.booleans())
def test_never_above_a_feasible_point(seed, scale, wild):
    """Any multipliers, of any sign, against points checked with fractions."""
    rng, matrix, row_lower, row_upper, lower, upper, inside, cost = random_lp(seed, scale)
    rows = RowBlock.of(matrix, row_lower, row_upper)
    duals = rng.normal(size=len(matrix)) * (1e9 if wild else 1.0)
    bound, reduced = safe_lower_bound(cost, [rows], lower, upper, duals)
    for row, low, up in zip(matrix, row_lower, row_upper, strict=True):
        activity = exact(row, inside)
        assert low == -math.inf or activity >= Fraction(low)
        assert up == math.inf or activity <= Fraction(up)
    assert Fraction(bound) <= exact(cost, inside)
    # what reduced-cost tightening relies on
    for j in np.flatnonzero(reduced > 0):
        more = Fraction(bound) + Fraction(reduced[j]) * (
            Fraction(inside[j]) - Fraction(lower[j])
        ) * Fraction(1 - 1e-9)
        assert more <= exact(cost, inside)


@settings(max_examples=100, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_bound_of_exact_duals_is_the_optimum(seed):
    _, matrix, row_lower, row_upper, lower, upper, _, cost = random_lp(seed, 1.0)
    up, low = np.isfinite(row_upper), np.isfinite(row_lower)
    answer = linprog(
        cost,
        A_ub=np.vstack([matrix[up], -matrix[low], np.zeros((1, len(cost)))]),
        b_ub=np.concatenate([row_upper[up], -row_lower[low], [0.0]]),
        bounds=np.column_stack([lower, upper]),
        method="highs-ds",
    )
    duals = np.zeros(len(matrix))
    marginals = answer.ineqlin.marginals
    duals[up] += marginals[: up.sum()]
    duals[low] -= marginals[up.sum() : -1]
    bound, _ = safe_lower_bound(
        cost, [RowBlock.of(matrix, row_lower, row_upper)], lower, upper, duals
    )
    assert bound <= answer.fun + 1e-12
    assert bound == pytest.approx(answer.fun, abs=1e-9)


def test_multipliers_that_are_no_numbers_bound_nothing():
    rows = RowBlock.of(np.ones((1, 2)), np.array([0.0]), np.array([1.0]))
    box = np.zeros(2), np.ones(2)
    assert safe_lower_bound(np.ones(2), [rows], *box, np.array([math.nan]))[0] == -math.inf
    assert safe_lower_bound(np.ones(2), [rows], *box, np.array([math.inf]))[0] == -math.inf
