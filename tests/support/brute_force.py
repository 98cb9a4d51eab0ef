"""Every score of a small problem, by trying each: nothing here is the package's own code.

A score is a row of integers, the intercept first. Problems are read by the names of their fields
alone.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np

_SLACK = 1e-9  # of a side of a row: what its own rounding may take


def lattice(lower: Any, upper: Any, max_size: int | None = None) -> np.ndarray:
    """Every score of a box with at most so many features that are not 0."""
    ranges = [np.arange(int(a), int(b) + 1) for a, b in zip(lower, upper, strict=True)]
    d = len(ranges) - 1
    if max_size is None or max_size >= d:
        points = np.array(list(itertools.product(*ranges)), dtype=float)
        return points.reshape(-1, d + 1)
    blocks = [np.zeros((0, d + 1))]
    for size in range(max_size + 1):
        for support in itertools.combinations(range(1, d + 1), size):
            values = [ranges[0], *(ranges[j][ranges[j] != 0] for j in support)]
            own = np.array(list(itertools.product(*values)), dtype=float).reshape(-1, size + 1)
            block = np.zeros((len(own), d + 1))
            block[:, [0, *support]] = own
            blocks.append(block)
    points = np.concatenate(blocks)
    return points[((points >= lower) & (points <= upper)).all(axis=1)]


def totals(points: np.ndarray, features: Any) -> np.ndarray:
    """Score of every row of the table by each of the points, of shape (m, n)."""
    return np.asarray(points[:, :1] + points[:, 1:] @ np.asarray(features).T)


def losses(
    scores: np.ndarray, positive: Any, negative: Any, multipliers: tuple[float, float] = (1.0, 1.0)
) -> np.ndarray:
    """Mean logistic loss of each row of scores, at its best multiplier of the range."""
    positive, negative = np.asarray(positive, dtype=float), np.asarray(negative, dtype=float)
    weight = positive + negative

    def mean(t: np.ndarray) -> np.ndarray:
        s = t[:, None] * scores
        terms = np.logaddexp(0.0, -s) * positive + np.logaddexp(0.0, s) * negative
        return np.asarray(terms.sum(axis=1, dtype=np.longdouble) / weight.sum(), dtype=float)

    smallest, largest = multipliers
    low, high = np.full(len(scores), 1.0 / largest), np.full(len(scores), 1.0 / smallest)
    if smallest == largest:
        return mean(low)
    ends = low, high
    for _ in range(60):  # convex in t = 1 / multiplier: the slope changes its sign once
        middle = 0.5 * (low + high)
        risk = 0.5 * (1.0 + np.tanh(0.5 * middle[:, None] * scores))
        falls = (scores * (risk * weight - positive)).sum(axis=1) < 0.0
        low, high = np.where(falls, middle, low), np.where(falls, high, middle)
    return np.min([mean(t) for t in (*ends, low, high)], axis=0)


def line_losses(
    scores: np.ndarray, positive: Any, negative: Any, multipliers: tuple[float, float]
) -> np.ndarray:
    """Mean logistic loss of each row of totals, at its best multiplier and real intercept.

    Both slopes rise, that in v for each t and that in t with the best v: their roots by halving.
    """
    positive, negative = np.asarray(positive, dtype=float), np.asarray(negative, dtype=float)
    weight = positive + negative
    scores = scores - scores.mean(axis=1, keepdims=True)
    odds = np.log(positive.sum() / negative.sum())

    def best_v(t: np.ndarray) -> np.ndarray:
        s = t[:, None] * scores
        low, high = odds - s.max(axis=1) - 1e-9, odds - s.min(axis=1) + 1e-9
        for _ in range(60):
            v = 0.5 * (low + high)
            risk = 0.5 * (1.0 + np.tanh(0.5 * (s + v[:, None])))
            rises = risk @ weight > positive.sum()
            low, high = np.where(rises, low, v), np.where(rises, v, high)
        return np.asarray(0.5 * (low + high))

    def mean(t: np.ndarray) -> np.ndarray:
        s = t[:, None] * scores + best_v(t)[:, None]
        terms = np.logaddexp(0.0, -s) * positive + np.logaddexp(0.0, s) * negative
        return np.asarray(terms.sum(axis=1, dtype=np.longdouble) / weight.sum(), dtype=float)

    low, high = (np.full(len(scores), 1.0 / m) for m in multipliers[::-1])
    ends = low, high
    for _ in range(60):
        middle = 0.5 * (low + high)
        s = middle[:, None] * scores + best_v(middle)[:, None]
        risk = 0.5 * (1.0 + np.tanh(0.5 * s))
        falls = (scores * (risk * weight - positive)).sum(axis=1) < 0.0
        low, high = np.where(falls, middle, low), np.where(falls, high, middle)
    return np.min([mean(t) for t in (*ends, low, high)], axis=0)


def allowed(problem: Any, points: np.ndarray) -> np.ndarray:
    """Which scores have the sizes, rows and groups that a problem of the searches allows."""
    on = points != 0
    size = on[:, 1:].sum(axis=1)
    largest = points.shape[1] - 1 if problem.max_size is None else problem.max_size
    keep = (size >= problem.min_size) & (size <= largest)
    for limit in getattr(problem, "groups", ()):
        used = sum(on[:, list(group)].any(axis=1).astype(int) for group in limit.groups)
        keep &= used <= limit.at_most
    if problem.rows is not None:
        activity = points @ problem.rows.on_points.T + on @ problem.rows.on_indicators.T
        keep &= (activity <= problem.rows.row_upper + _SLACK).all(axis=1)
        keep &= (activity >= problem.rows.row_lower - _SLACK).all(axis=1)
    return np.asarray(keep)


def risk_scores(problem: Any) -> tuple[np.ndarray, np.ndarray]:
    """Every score that a `LinearModelProblem` allows, and its objective at its best multiplier."""
    is_real = getattr(problem, "log_odds_range", None) is not None
    lower, upper = np.array(problem.lower), np.array(problem.upper)
    lower[:1], upper[:1] = (0, 0) if is_real else (lower[:1], upper[:1])
    points = lattice(lower, upper, problem.max_size)
    points = points[allowed(problem, points)]
    sums = problem.predictions
    for r in range(len(sums.lower) if sums is not None else 0):
        shown = points[:, 1:] @ problem.features.T
        shown += points[:, :1] if sums.with_intercept[r] else 0.0
        value = (shown > sums.threshold[r]) @ sums.coefficients[r]
        points = points[(value >= sums.lower[r] - 1e-12) & (value <= sums.upper[r] + 1e-12)]
    scores = totals(points, problem.features)
    least = line_losses if is_real else losses
    loss = least(scores, problem.positive, problem.negative, problem.multiplier_range)
    return points, loss + (points != 0) @ problem.switch_cost


def every_score(problem: Any) -> tuple[np.ndarray, np.ndarray]:
    """Every score in the box of a `RiskSLIMProblem`, whatever its rules, and its objective."""
    d, data = problem.data.n_features, problem.data
    points = lattice(problem.statement.lower[: d + 1], problem.statement.upper[: d + 1])
    scores = totals(points, data.features)
    loss = losses(scores, data.positive, data.negative, problem.scale_range)
    return points, loss + (points[:, 1:] != 0) @ problem.switch_cost


def best_risk(problem: Any) -> float:
    """Least objective of a score that breaks no rule of a `RiskSLIMProblem`; or infinity."""
    points, objectives = every_score(problem)
    order = np.argsort(objectives, kind="stable")
    best = (float(objectives[k]) for k in order if not problem.violations(points[k]))
    return next(best, np.inf)


def by_points(scores: tuple[np.ndarray, np.ndarray]) -> dict[tuple[int, ...], float]:
    """Give objectives by points."""
    points, objectives = scores
    return dict(zip(map(tuple, points.astype(int).tolist()), objectives.tolist(), strict=True))


def yes_and_no(problem: Any, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which rows each of the points says yes to, and no to; a total within the margin is neither.

    Totals near the margin are computed in rational arithmetic.
    """
    scores = totals(points, problem.features)
    size = np.abs(points[:, 1:]) @ np.abs(problem.features.T)
    yes, no = scores > 0.0, scores < 0.0
    near = np.abs(scores) <= _SLACK * (1.0 + np.abs(points[:, :1]) + size)
    near &= problem.margin > 0.0  # where it is 0, features are whole numbers and totals exact
    for k, i in np.argwhere(near):
        row = problem.features[i]
        terms = [Fraction(float(v)) * int(w) for v, w in zip(row, points[k, 1:], strict=True)]
        total = int(points[k, 0]) + sum(terms, Fraction(0))
        margin = Fraction(problem.margin) * sum(map(abs, terms), Fraction(0))
        yes[k, i], no[k, i] = total > margin, total < -margin
    return yes, no


def decision_scores(problem: Any) -> tuple[np.ndarray, np.ndarray]:
    """Every score that a `ThresholdProblem` allows, and its objective."""
    points = lattice(problem.lower, problem.upper, problem.max_size)
    points = points[allowed(problem, points)]
    yes, no = yes_and_no(problem, points)
    false_negative, false_positive = ~yes @ problem.positive, ~no @ problem.negative
    error = false_positive + false_negative
    limited = [
        (error, problem.min_error, problem.max_error),
        (false_positive, problem.min_false_positive, problem.max_false_positive),
        (false_negative, problem.min_false_negative, problem.max_false_negative),
    ]
    sums = problem.predictions
    if sums is not None:
        limited += zip((yes @ sums.coefficients.T).T, sums.lower, sums.upper, strict=True)
    keep = np.ones(len(points), dtype=bool)
    for value, low, high in limited:
        keep &= (value >= low - _SLACK) & (value <= high + _SLACK)
    cost = (points != 0) @ problem.switch_cost + problem.epsilon * np.abs(points[:, 1:]).sum(axis=1)
    whole = problem.positive.sum() + problem.negative.sum()
    return points[keep], error[keep] / whole + cost[keep]


def best_decision(problem: Any) -> tuple[float, tuple[int, ...]] | None:
    """Least objective, and of the points that reach it those that the tie rule names."""
    points, objectives = decision_scores(problem)
    if not len(points):
        return None
    least = float(objectives.min())
    ties = [tuple(own) for own in points[objectives <= least + 1e-11].astype(int).tolist()]
    return least, min(ties, key=lambda own: (sum(map(abs, own[1:])), abs(own[0]), own))
