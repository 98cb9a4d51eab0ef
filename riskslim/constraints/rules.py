"""What a score was asked to obey, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from riskslim.problems.base import ScoreProblem

__all__ = ["rules_in_words"]


def rules_in_words(problem: ScoreProblem) -> tuple[str, ...]:
    """Say within which scores a problem's answer is the best.

    Parameters
    ----------
    problem : ScoreProblem
        The problem.

    Returns
    -------
    tuple of str
        The range of the points, exceptions to it by name, the range of a free multiplier, then
        the constraints.
    """
    given = problem.coefficients
    ranges = list(zip(given.lower.tolist(), given.upper.tolist(), strict=True))
    # The range that most features have is the rule, the others are exceptions.
    usual = max(dict.fromkeys(ranges), key=ranges.count)
    rules = [f"points from {usual[0]:g} to {usual[1]:g}"]
    for name, own in zip(given.feature_names, ranges, strict=True):
        if own != usual:
            low, high = own
            rules.append(
                f"{name} fixed at {low:g}" if low == high else f"{name} from {low:g} to {high:g}"
            )
    own_penalty = ~np.isnan(given.C0)
    for name, penalty in zip(
        np.array(given.feature_names)[own_penalty], given.C0[own_penalty], strict=True
    ):
        rules.append(f"{name} at a penalty of {penalty:g}")
    if problem.multiplier == "free":
        low, high = problem.scale_range
        with_it = " and any intercept" if problem.has_real_intercept else ""
        rules.append(f"multiplier from {low:g} to {high:g}{with_it}")
    return (*rules, *(constraint.describe() for constraint in problem.constraints))
