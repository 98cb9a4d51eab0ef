"""Random awkward problems, small enough for brute force, and what their answers must satisfy.

Every rule of a random problem comes with a predicate of its own on points, written from what
the rule means, so that brute force reads neither the rules' rows nor the statement.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from riskslim import (
    AllOrNone,
    CoefficientSet,
    Dataset,
    GroupLimit,
    Linear,
    RiskSLIMProblem,
    SearchOptions,
    SizeLimit,
    Solution,
)
from riskslim.errors import InfeasibleError, RiskSlimError

__all__ = ["DATA_KINDS", "RandomProblem", "complaints", "random_problem", "truth"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Predicate = Callable[[Floats], Mask]

DATA_KINDS = ("binary", "integer", "real", "scaled", "separable", "wide counts")
RANGES = ((0.5, 1000.0), (0.5, 8.0), (0.9, 1.1), (2.0, 50.0), (0.05, 0.5))
_ROUNDING = 1e-9


@dataclass(frozen=True)
class RandomProblem:
    """A problem and what is allowed, stated twice.

    Attributes
    ----------
    problem : RiskSLIMProblem
        As a user states it.
    most : int
        Points of the lattice lie within ``-most .. most``.
    intercept : tuple of int
        Range of the intercept on the lattice.
    allowed : tuple of functions
        Each takes points of shape (m, d + 1), the intercept first, and gives a mask.
    kinds : tuple of str
        What the problem is made of, for reports.
    """

    problem: RiskSLIMProblem
    most: int
    intercept: tuple[int, int]
    allowed: tuple[Predicate, ...]
    kinds: tuple[str, ...]

    def lattice(self) -> Floats:
        """All points that are allowed, of shape (m, d + 1)."""
        low, high = self.intercept
        d = self.problem.data.n_features
        ranges = [range(low, high + 1), *([range(-self.most, self.most + 1)] * d)]
        points = np.array(list(itertools.product(*ranges)), dtype=np.float64)
        for predicate in self.allowed:
            points = points[predicate(points)]
        return points


def random_data(random: np.random.Generator, d: int) -> tuple[Dataset, str]:
    """Draw a table with d features: 0/1, whole or real numbers, copies, constants, odd weights."""
    n = int(random.integers(4, 60))
    kind = str(random.choice(DATA_KINDS))
    if kind == "binary":
        X = random.integers(0, 2, (n, d)).astype(float)
    elif kind == "integer":
        X = random.integers(-3, 6, (n, d)).astype(float)
    elif kind == "wide counts":
        X = random.poisson(random.choice([1.0, 30.0, 400.0], d), (n, d)).astype(float)
    else:
        X = random.normal(size=(n, d))
    if kind == "scaled":
        X *= 10.0 ** random.integers(-5, 4, d)
    if d > 1 and random.random() < 0.2:
        X[:, 1] = X[:, 0]
    if random.random() < 0.1:
        X[:, 0] = 1.0
    score = X @ (random.normal(size=d) * random.choice([0.3, 1.0, 5.0]))
    noise = 0.0 if kind == "separable" else random.choice([0.0, 0.5, 2.0])
    y = (score + noise * random.normal(size=n) > np.median(score)).astype(int)
    y[:2] = 0, 1
    weight: Floats = random.integers(1, 4, n).astype(float)
    if random.random() < 0.3:
        weight = 10.0 ** random.uniform(-6, 6, n)
    if random.random() < 0.2:
        weight[2:] *= random.integers(0, 2, n - 2)
    return Dataset.from_arrays(X, y, sample_weight=weight), kind


def random_problem(random: np.random.Generator, multiplier: str = "fixed") -> RandomProblem:
    """Draw a problem.

    Parameters
    ----------
    random : Generator
        Decides everything.
    multiplier : {"fixed", "free", "line"}
        Of the problem; a free one draws its range as well. A line has a free multiplier and a real
        intercept.
    """
    d = int(random.integers(1, 6))
    data, kind = random_data(random, d)
    most = {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}[d]
    kinds = [kind]
    points, allowed = _random_points(random, data, most, kinds)
    options = _options(random, multiplier)
    if multiplier == "line":
        derived, low, high = False, 0, 0
    elif random.random() < 0.15:
        # Bounds that the problem derives: the lattice reaches well beyond them.
        bounds = RiskSLIMProblem(data, points, **options).statement
        low, high = int(bounds.lower[0]) - 5, int(bounds.upper[0]) + 5
        derived = high - low <= 120
    else:
        derived = False
    if derived:
        kinds.append("derived intercept")
    elif multiplier != "line":
        width = int(random.choice([0, 1, 6, 12 if d >= 4 else 20]))
        low, high = -width, width + int(random.integers(0, 3))
        points = points.set_intercept(low, high)
    rules = [] if derived else _random_rules(random, data.feature_names, most, kinds)
    if multiplier == "line":  # no rule speaks of a real intercept
        rules = [(rule, holds) for rule, holds in rules if not _speaks_of_intercept(rule)]
    max_size = None if random.random() < 0.1 else int(random.integers(0, d + 1))
    min_size = int(random.integers(0, (d if max_size is None else max_size) + 1))
    min_size *= int(random.random() < 0.3)
    allowed.append(lambda x: _size(x) >= min_size)
    if max_size is not None:
        allowed.append(lambda x: _size(x) <= max_size)
    problem = RiskSLIMProblem(
        data,
        points,
        max_size,
        min_size,
        C0=float(random.choice([0.0, 1e-6, 0.01, 0.5])),
        constraints=[rule for rule, _ in rules],
        **options,
    )
    allowed += [predicate for _, predicate in rules]
    return RandomProblem(problem, most, (low, high), tuple(allowed), tuple(kinds))


def _options(random: np.random.Generator, multiplier: str) -> dict[str, Any]:
    if multiplier == "fixed":
        return {}
    chosen = RANGES[int(random.integers(0, len(RANGES)))]
    options = {"multiplier": "free", "multiplier_range": chosen}
    return options | ({"intercept": "free"} if multiplier == "line" else {"intercept": "integer"})


def _speaks_of_intercept(rule: Any) -> bool:
    return "(Intercept)" in getattr(rule, "points", {})


def _size(x: Floats) -> Floats:
    return np.asarray(np.count_nonzero(x[:, 1:], axis=1), dtype=np.float64)


def _random_points(
    random: np.random.Generator, data: Dataset, most: int, kinds: list[str]
) -> tuple[CoefficientSet, list[Predicate]]:
    names, d = data.feature_names, data.n_features
    points = CoefficientSet(names, -most, most)
    allowed: list[Predicate] = []
    for j in range(d):
        what = random.choice(
            ["free", "sign", "without zero", "fixed", "range"], p=[0.65, 0.12, 0.08, 0.05, 0.1]
        )
        sign = int(random.choice([-1, 1]))
        if what == "sign":
            points = points.set(names[j], sign="+" if sign > 0 else "-")
            allowed.append(lambda x, j=j, s=sign: s * x[:, j + 1] >= 0)  # type: ignore[misc]
        elif what == "without zero":
            ends = sorted((sign, sign * most))
            points = points.set(names[j], lower=ends[0], upper=ends[1])
            allowed.append(lambda x, j=j, s=sign: s * x[:, j + 1] >= 1)  # type: ignore[misc]
        elif what == "fixed":
            value = int(random.integers(-most, most + 1))
            points = points.set(names[j], fixed=value)
            allowed.append(lambda x, j=j, v=value: x[:, j + 1] == v)  # type: ignore[misc]
        elif what == "range":
            low, high = -int(random.integers(0, most + 1)), int(random.integers(0, most + 1))
            points = points.set(names[j], lower=low, upper=high)
            allowed.append(
                lambda x, j=j, a=low, b=high: (a <= x[:, j + 1]) & (x[:, j + 1] <= b)  # type: ignore[misc]
            )
        if what != "free":
            kinds.append(str(what))
        if random.random() < 0.1:
            points = points.set(names[j], C0=float(random.choice([0.0, 0.003, 0.05])))
            kinds.append("own penalty")
    return points, allowed


def _random_rules(
    random: np.random.Generator, names: Sequence[str], most: int, kinds: list[str]
) -> list[tuple[Any, Predicate]]:
    """Rules with what they mean; now and then they cannot hold together."""
    d = len(names)
    rules: list[tuple[Any, Predicate]] = []
    members = np.flatnonzero(random.random(d) < 0.6)
    columns = members + 1
    group = tuple(names[j] for j in members.tolist())

    def used(x: Floats) -> Floats:
        return np.asarray(np.count_nonzero(x[:, columns], axis=1), dtype=np.float64)

    if random.random() < 0.15:
        least = int(random.integers(0, d))
        limit = int(random.integers(least, d + 1))
        rule = SizeLimit(least, limit, name="another size")
        rules.append((rule, lambda x: (least <= _size(x)) & (_size(x) <= limit)))
    if group and random.random() < 0.25:
        most_used = int(random.integers(0, len(group) + 1))
        rules.append((GroupLimit(group, at_most=most_used), lambda x: used(x) <= most_used))
    if group and random.random() < 0.15:
        rules.append((GroupLimit(group, at_least=1, name="some"), lambda x: used(x) >= 1))
    if len(group) > 1 and random.random() < 0.2:
        rules.append((AllOrNone(group), lambda x: (used(x) == 0) | (used(x) == len(group))))
    for number in range(int(random.choice([0, 0, 0, 1, 2]))):
        rules.append(_random_row(random, names, most, number))
    if random.random() < 0.08:
        tied = Linear({"(Intercept)": 1.0, names[0]: 1.0}, lower=0.0, upper=0.0, name="tied")
        rules.append((tied, lambda x: x[:, 0] + x[:, 1] == 0))
    kinds += [type(rule).__name__ for rule, _ in rules]
    return rules


def _random_row(
    random: np.random.Generator, names: Sequence[str], most: int, number: int
) -> tuple[Linear, Predicate]:
    d = len(names)
    scale = float(random.choice([1.0, 1.0, 0.5, 0.1]))
    on_points = np.append(0.0, scale * random.integers(-2, 3, d))
    on_used = np.append(0.0, random.integers(-1, 2, d) * float(random.random() < 0.4))
    if random.random() < 0.2:
        on_points[0] = scale * random.choice([-1, 1])
    if not (on_points.any() or on_used.any()):
        on_points[1] = scale
    low, high = -float(random.integers(0, 2 * most + 1)), float(random.integers(0, 2 * most + 1))
    shift = float(random.choice([0, 0, 1, -1]))
    low, high = (low + shift) * scale, (high + shift) * scale
    side = random.random()
    low = -math.inf if side < 0.3 else low
    high = math.inf if side > 0.7 else high
    every = ("(Intercept)", *names)
    row = Linear(
        {name: float(c) for name, c in zip(every, on_points, strict=True) if c},
        {name: float(c) for name, c in zip(every, on_used, strict=True) if c},
        lower=low,
        upper=high,
        name=f"row {number}",
    )

    def holds(x: Floats) -> Mask:
        activity = x @ on_points + (x != 0) @ on_used
        # 0.1 + 0.2 <= 0.3 holds.
        return np.asarray((activity >= low - _ROUNDING) & (activity <= high + _ROUNDING))

    return row, holds


def truth(case: RandomProblem) -> tuple[float, Floats | None]:
    """Least objective of all points that are allowed, each at its best multiplier (and intercept).

    Returns
    -------
    objective : float
        Infinite if none is allowed. Its error is a few units in the last place of the loss.
    points : ndarray of shape (d + 1,) or None
        Where it is reached.
    """
    lattice = case.lattice()
    if not len(lattice):
        return math.inf, None
    problem = case.problem
    data = problem.data
    scores = lattice[:, :1] + lattice[:, 1:] @ data.features.T
    low, high = getattr(problem, "scale_range", (1.0, 1.0))
    least = least_lines if problem.has_real_intercept else least_losses
    losses = least(scores, data.positive, data.negative, 1.0 / high, 1.0 / low)
    objectives = losses / data.total_weight + (lattice[:, 1:] != 0) @ problem.switch_cost
    best = int(np.argmin(objectives))
    return float(objectives[best]), lattice[best]


def least_losses(
    scores: Floats, positive: Floats, negative: Floats, low: float, high: float
) -> Floats:
    """Least summed loss of each row of scores times t, over t between `low` and `high`.

    The loss is convex in t. A Newton step that leaves the bracket of the root of the slope is
    replaced by its middle. Any t gives a loss that is reached, so that an inexact t errs upward
    by the square of its error only.
    """
    t = np.full(len(scores), low if low == high else math.sqrt(low * high))
    if low < high:
        left, right = np.full(len(scores), low), np.full(len(scores), high)
        open_rows = np.arange(len(scores))
        for _ in range(100):
            at = t[open_rows]
            part = scores[open_rows]
            risk = expit(part * at[:, np.newaxis])
            slope = (part * risk) @ negative - (part * (1.0 - risk)) @ positive
            curvature = (part * part * risk * (1.0 - risk)) @ (positive + negative)
            left[open_rows] = np.where(slope < 0, at, left[open_rows])
            right[open_rows] = np.where(slope > 0, at, right[open_rows])
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                step = at - slope / curvature
            a, b = left[open_rows], right[open_rows]
            # An end of the range is tried when the step goes beyond it.
            step = np.where(np.isfinite(step), step, 0.5 * (a + b))
            step = np.where((step <= a) | (step >= b), 0.5 * (a + b), step)
            t[open_rows] = np.where(slope == 0, at, step)
            moving = (slope != 0) & (b - a > 1e-15 * b) & (np.abs(step - at) > 1e-15 * at)
            open_rows = open_rows[moving]
            if not len(open_rows):
                break
    result = _losses(scores, positive, negative, t)
    for end in {low, high}:
        result = np.minimum(result, _losses(scores, positive, negative, np.full_like(t, end)))
    return result


def least_lines(
    scores: Floats, positive: Floats, negative: Floats, low: float, high: float
) -> Floats:
    """Least summed loss of each row of scores times t, plus any v, over t from `low` to `high`.

    The slope in t, v at its best, rises with t: its root is found by halving, and so is v, whose
    slope rises with v. Any t and v give a loss that is reached.
    """
    scores = scores - scores.mean(axis=1, keepdims=True)
    odds = math.log(float(positive.sum())) - math.log(float(negative.sum()))
    weight = positive + negative
    v = np.full(len(scores), odds)

    def balanced(t: Floats, rows: Any) -> tuple[Floats, Floats]:
        own = scores[rows] * t[:, np.newaxis]
        left = odds - own.max(axis=1) - 1e-9 * (1.0 + np.abs(own).max(axis=1))
        right = odds - own.min(axis=1) + 1e-9 * (1.0 + np.abs(own).max(axis=1))
        at = np.clip(v[rows], left, right)
        for _ in range(200):
            risk, rest = expit(own + at[:, np.newaxis]), expit(-own - at[:, np.newaxis])
            slope = risk @ negative - rest @ positive
            left, right = np.where(slope < 0, at, left), np.where(slope > 0, at, right)
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                step = at - slope / ((risk * rest) @ weight)
            bad = ~np.isfinite(step) | (step <= left) | (step >= right)
            step = np.where(slope == 0, at, np.where(bad, 0.5 * (left + right), step))
            if np.all(np.abs(step - at) <= 1e-15 * (1.0 + np.abs(at))):
                break
            at = step
        v[rows] = at
        part = scores[rows]
        return at, (part * risk) @ negative - (part * rest) @ positive

    left, right = np.full(len(scores), low), np.full(len(scores), high)
    every = np.arange(len(scores))
    best = np.full(len(scores), np.inf)
    for end in (low, high):
        t = np.full(len(scores), end)
        at, _ = balanced(t, every)
        best = np.minimum(best, _losses(scores + (at / t)[:, np.newaxis], positive, negative, t))
    for _ in range(70):
        middle = np.where(right > 4 * left, np.sqrt(left * right), 0.5 * (left + right))
        at, slope = balanced(middle, every)
        shifted = scores + (at / middle)[:, np.newaxis]
        best = np.minimum(best, _losses(shifted, positive, negative, middle))
        left, right = np.where(slope < 0, middle, left), np.where(slope > 0, middle, right)
        if np.all((right - left <= 1e-14 * right) | (slope == 0)):
            break
    return best


def _losses(scores: Floats, positive: Floats, negative: Floats, t: Floats) -> Floats:
    z = scores * t[:, np.newaxis]
    return np.asarray(np.logaddexp(0, -z) @ positive + np.logaddexp(0, z) @ negative)


def complaints(
    case: RandomProblem, engines: Sequence[str], time_limit: float = math.inf
) -> tuple[list[str], dict[str, Solution | None]]:
    """Say what is wrong with the engines' answers, each by itself and together.

    Parameters
    ----------
    case : RandomProblem
        What to solve.
    engines : sequence of str
        Each of them solves it, and bounds it once more with a limit of one node.
    time_limit : float
        Seconds of each run. An answer that is not proved by then is a complaint.

    Returns
    -------
    list of str
        Empty if all is well.
    dict
        The solution of each engine; None for "no score satisfies all constraints".
    """
    problem = case.problem
    best, where = truth(case)
    found: list[str] = []
    if where is not None and (broken := problem.violations(where)):
        found.append(f"the best points are said to break {broken}")
    solutions: dict[str, Solution | None] = {}
    for engine in engines:
        try:
            solution = problem.solve(SearchOptions(time_limit=time_limit), engine=engine)
            limited = problem.solve(SearchOptions(node_limit=1), engine=engine)
        except InfeasibleError:
            solutions[engine] = None
            if best < math.inf:
                found.append(f"{engine}: infeasible, but {best} is reachable")
            continue
        except RiskSlimError as error:
            found.append(f"{engine}: {type(error).__name__}: {error}")
            continue
        solutions[engine] = solution
        found += [f"{engine}: {text}" for text in _wrong(case, solution, limited, best)]
    found += _disagreement(solutions)
    return found, solutions


def _wrong(case: RandomProblem, solution: Solution, limited: Solution, best: float) -> list[str]:
    problem, found = case.problem, []
    # Both objectives carry the rounding of one sum of losses.
    rounding = 1e-12 * max(1.0, abs(best)) if best < math.inf else 0.0
    if best == math.inf:
        return [f"{solution.status} at {solution.objective}, but no points are allowed"]
    if solution.status != "optimal":
        found.append(f"{solution.status} at {solution.objective}, the truth is {best}")
    elif solution.absolute_gap > 1e-9:
        found.append(f"optimal with a gap of {solution.absolute_gap}")
    for one, name in ((solution, "bound"), (limited, "bound after one node")):
        if one.lower_bound > best + rounding:
            found.append(f"{name} {one.lower_bound!r} above the truth {best!r}")
        if one.points is None:
            continue
        x = one.points.astype(np.float64)[np.newaxis]
        if not all(predicate(x).all() for predicate in case.allowed):
            found.append(f"points {one.points.tolist()} are not allowed")
        low, high = getattr(problem, "scale_range", (1.0, 1.0))
        if not low <= one.multiplier <= high:
            found.append(f"multiplier {one.multiplier} is outside {low} to {high}")
        scores = x[0, 0] + problem.data.features @ x[0, 1:]
        loss = _losses(
            scores[np.newaxis],
            problem.data.positive,
            problem.data.negative,
            np.array([1.0 / one.multiplier]),
        )
        cost = float((x[0, 1:] != 0) @ problem.switch_cost)
        objective = float(loss[0]) / problem.data.total_weight + cost
        if abs(objective - one.objective) > 1e-11 * max(1.0, abs(objective)):
            found.append(f"objective {one.objective!r} is {objective!r} at its own points")
        if one.objective < best - rounding:
            found.append(f"objective {one.objective!r} below the truth {best!r}")
    if solution.status == "optimal" and abs(solution.objective - best) > 1e-9:
        found.append(f"optimal at {solution.objective!r}, the truth is {best!r}")
    return found


def _disagreement(solutions: dict[str, Solution | None]) -> list[str]:
    """Certificates of one problem overlap: no bound lies above another's incumbent."""
    found = []
    for (a, one), (b, other) in itertools.permutations(solutions.items(), 2):
        if (one is None) != (other is None):
            found.append(f"{a} and {b} disagree on whether any score is allowed")
        elif one is not None and other is not None and one.lower_bound > other.objective + 1e-12:
            found.append(
                f"{a}'s bound {one.lower_bound!r} is above {b}'s incumbent {other.objective!r}"
            )
    return found
