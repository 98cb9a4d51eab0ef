"""A problem in words: as mathematics, rule by rule, and what points break."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from riskslim.names import INTERCEPT_NAME
from riskslim.problems.checking import broken_rows

if TYPE_CHECKING:
    from riskslim.problems.base import ScoreProblem
    from riskslim.solvers._typing import FloatArray

__all__ = ["as_mathematics", "penalty", "sentence", "violations"]


def as_mathematics(problem: ScoreProblem) -> str:
    """Objective, ranges and rules, line by line."""
    lower, upper = problem.statement.lower, problem.statement.upper
    d = problem.data.n_features
    low, high = lower[1 : d + 1], upper[1 : d + 1]
    alike = len(set(low)) == 1 and len(set(high)) == 1
    ranges = f"{low[0]:g}..{high[0]:g}" if alike else f"{low.min():g}..{high.max():g} (by name)"
    lines = [
        f"{problem.title}Problem on {problem.data!r}",
        *(f"  {line}" for line in problem.objective_in_words()),
        f"  points    {d} features in {ranges}, {_intercept_in_words(problem)}",
        *(f"  rule      {rule.describe()}" for rule in problem.constraints),
    ]
    return "\n".join(lines)


def _intercept_in_words(problem: ScoreProblem) -> str:
    if problem.has_real_intercept:
        return "a real intercept"
    return f"intercept in {problem.statement.lower[0]:g}..{problem.statement.upper[0]:g}"


def penalty(problem: ScoreProblem) -> str:
    """Penalty of a feature, as a number where all have the same."""
    costs = sorted(set(problem.switch_cost.tolist()))
    return f"{costs[0]:g}" if len(costs) == 1 else "C0[j]"


def sentence(problem: ScoreProblem, name: str) -> str:
    """See `ScoreProblem.sentence`."""
    for rule in problem.constraints:
        if rule.name == name:
            return rule.describe()
    columns = problem.statement.names
    bounds = name.removeprefix("bounds of ")
    if bounds != name and bounds.startswith(("points[", "used[")):
        return _range_in_words(problem, bounds[bounds.index("[") + 1 : -1])
    if bounds == "intercept":
        low, high = problem.given_intercept
        sides = (-math.inf if low is None else low), (math.inf if high is None else high)
        return f"intercept between {sides[0]:g} and {sides[1]:g}"
    if name in columns:
        j = columns.index(name)
        return f"{problem.statement.lower[j]:g} <= {name} <= {problem.statement.upper[j]:g}"
    return name


def _range_in_words(problem: ScoreProblem, feature: str) -> str:
    j = problem.data.feature_names.index(feature) + 1
    low, high = problem.statement.lower[j], problem.statement.upper[j]
    if low == high:
        return f"points of {feature} fixed at {low:g}"
    return f"points of {feature} between {low:g} and {high:g}"


def violations(problem: ScoreProblem, points: FloatArray) -> list[str]:
    """See `ScoreProblem.violations`."""
    # Bounds of the intercept that are derived are no rule.
    given = problem.coefficients
    low = -math.inf if given.intercept_lower is None else given.intercept_lower
    high = math.inf if given.intercept_upper is None else given.intercept_upper
    ranges = zip(
        (INTERCEPT_NAME, *problem.data.feature_names),
        points,
        (low, *given.lower),
        (high, *given.upper),
        strict=True,
    )
    broken = []
    for name, value, least, most in ranges:
        if name == INTERCEPT_NAME and problem.has_real_intercept:
            continue
        if value != np.rint(value):
            broken.append(f"{name}: {value:g} points are not a whole number")
        elif not least <= value <= most:
            broken.append(f"{name}: {value:g} points are not within {least:g} to {most:g}")
    broken_names = broken_rows(problem.statement, points)
    names = dict.fromkeys(problem.rule_of(name) for name in broken_names)
    return broken + [f"{name}: {problem.sentence(name)}" for name in names]
