"""Viable risks by trying every score, every multiplier and every intercept of small problems."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from riskslim import CoefficientSet, Dataset, RiskSLIMProblem

RANGE = (0.5, 8.0)
_INTERCEPTS = range(-40, 41)


def random_problem(seed: int) -> tuple[RiskSLIMProblem, float]:
    """Give a problem of at most three features, and a tolerance."""
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(8, 30)), int(rng.integers(1, 4))
    X = rng.integers(0, 2, (n, d))
    X[0], X[1] = 0, 1
    y = rng.integers(0, 2, n)
    y[:2] = 0, 1
    data = Dataset(X, y, sample_weight=rng.integers(1, 4, n))
    mode = ("fixed", "integer", "free")[seed % 3]
    points = CoefficientSet(data.feature_names, lower=-2, upper=2)
    options: dict[str, Any] = {"multiplier": "fixed"}
    if mode != "fixed":
        options = {"multiplier": "free", "multiplier_range": RANGE, "intercept": mode}
    C0 = float(rng.choice([1e-6, 0.01]))
    problem = RiskSLIMProblem(data, coefficients=points, C0=C0, max_size=2, **options)
    return problem, float(rng.choice([0.002, 0.01, 0.05]))


def every_score(
    problem: RiskSLIMProblem, tolerance: float
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Give the least and the greatest log odds of every distinct row near the optimum."""
    data = problem.data
    weights = data.positive, data.negative
    whole = data.positive.sum() + data.negative.sum()

    def loss(odds: Any) -> float:
        terms = weights[0] * np.logaddexp(0, -odds) + weights[1] * np.logaddexp(0, odds)
        return float(terms.sum() / whole)

    choices = []
    d = data.n_features
    for points in product(range(-2, 3), repeat=d):
        size = sum(value != 0 for value in points)
        if size <= 2:
            choices.append((np.array(points), problem.C0 * size))
    if problem.multiplier == "fixed":
        found = [
            (odds, loss(odds) + cost)
            for points, cost in choices
            for c in _INTERCEPTS
            for odds in [c + data.features @ points]
        ]
        limit = min(value for _, value in found) + tolerance
        good = np.array([odds for odds, value in found if value <= limit])
        return good.min(axis=0), good.max(axis=0)
    times = 1 / RANGE[1], 1 / RANGE[0]
    lines = []
    if not problem.has_real_intercept:
        for points, cost in choices:
            for c in _INTERCEPTS:
                scores = c + data.features @ points
                lines.append((scores, cost, *_best(lambda t, s=scores: loss(t * s), times)))
    else:
        for points, cost in choices:
            z = data.features @ points
            profile = _profile(loss, z)
            lines.append((z, cost, *_best(lambda t, f=profile: f(t)[0], times)))
    limit = min(value + cost for _, cost, _, value in lines) + tolerance
    low, high = np.full(data.n_distinct, np.inf), np.full(data.n_distinct, -np.inf)
    for z, cost, best, value in lines:
        if value + cost > limit:
            continue
        if not problem.has_real_intercept:
            for t in _ends(lambda t, s=z, c=cost: loss(t * s) + c - limit, best, times):
                low, high = np.minimum(low, t * z), np.maximum(high, t * z)
            continue
        profile = _profile(loss, z)
        ends = _ends(lambda t, f=profile, c=cost: f(t)[0] + c - limit, best, times)
        for t in np.unique(np.append(np.linspace(*ends, 201), best)):
            middle = profile(t)[1]
            rest = limit - cost
            for side, keep in ((1, np.maximum), (-1, np.minimum)):
                v = middle
                if loss(t * z + v) < rest:
                    v = brentq(
                        lambda v, t=t, z=z, most=rest: loss(t * z + v) - most,
                        middle,
                        middle + 60 * side,
                    )
                if side > 0:
                    high = keep(high, t * z + v)
                else:
                    low = keep(low, t * z + v)
    return low, high


def _profile(loss: Any, z: Any) -> Any:
    def best(t: float) -> tuple[float, float]:
        found = minimize_scalar(
            lambda v: loss(t * z + v), bounds=(-40, 40), method="bounded", options={"xatol": 1e-10}
        )
        return float(found.fun), float(found.x)

    return best


def _best(f: Any, times: tuple[float, float]) -> tuple[float, float]:
    found = minimize_scalar(f, bounds=times, method="bounded", options={"xatol": 1e-10})
    tried = [(float(f(t)), float(t)) for t in (*times, found.x)]
    value, t = min(tried)
    return t, value


def _ends(f: Any, best: float, times: tuple[float, float]) -> tuple[float, float]:
    low, high = times
    if f(low) > 0:
        low = brentq(f, low, best) if f(best) < 0 else best
    if f(high) > 0:
        high = brentq(f, best, high) if f(best) < 0 else best
    return low, high
