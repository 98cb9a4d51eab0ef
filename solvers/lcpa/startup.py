"""The start: the continuous relaxation to convergence, its roundings, and the level set's box."""

from __future__ import annotations

import math
from collections.abc import Callable

from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.lcpa.cutpool import CutPool
from riskslim.solvers.lcpa.lp import CutLp, LpAnswer
from riskslim.solvers.lcpa.master import Master
from riskslim.solvers.lcpa.scaled import ScaledMaster

__all__ = ["converge", "shrink_box"]

_MARGIN = 1e-6
_AGE = 60


def converge(
    master: CutLp,
    pool: CutPool,
    lower: FloatArray,
    upper: FloatArray,
    gap: float,
    stop: Callable[[float, float], bool],
) -> tuple[LpAnswer, FloatArray | None]:
    """Solve the continuous relaxation over the box by cutting planes, to within `gap`.

    Kelley's method takes wild steps in more than ten dimensions. So each cut is
    taken between the LP's point and the best point known (in-out separation),
    half of the way, and nearer to the best point where that did not help.

    Parameters
    ----------
    stop : callable
        Given the bound so far and the best value, which is no less than the relaxation's, whether
        to stop before convergence.

    Returns
    -------
    answer : LpAnswer
        Of the last LP; its bound is safe.
    inner : ndarray or None
        The best point found, feasible for the rows of the LP.

    References
    ----------
    Ben-Ameur, W. and Neto, J. (2007). Acceleration of cutting-plane and column
    generation algorithms: applications to network design. Networks 49, 3-17.
    """
    columns, cost = master.oracle_columns, master.cost
    inner: FloatArray | None = None
    value = math.inf
    answer = master.solve(lower, upper)
    solves = 0
    step = 0.5
    while answer.point is not None and not stop(answer.bound, value):
        outer = answer.point
        if inner is None:
            inner = outer
            number, loss = pool.cut(inner[columns])
            pool.put(master, [number])
            value = loss + float(cost @ inner)
        query = inner + step * (outer - inner)
        number, loss = pool.cut(query[columns])
        found = loss + float(cost @ query)
        numbers = [number]
        if found < value:
            inner, value = query, found
            step = min(0.8, step * 1.3)
        else:
            step = max(0.1, step * 0.7)
        if solves % 4 == 0:
            numbers.append(pool.cut(outer[columns])[0])
        fresh = pool.put(master, numbers)
        solves += 1
        if solves % 25 == 0:
            pool.age(master, _AGE)
        answer = master.solve(lower, upper)
        if value - answer.bound <= gap:
            break
        if not fresh:
            number, loss = pool.cut(outer[columns])
            if not pool.put(master, [number]):
                break
            answer = master.solve(lower, upper)
    return answer, inner


def shrink_box(
    master: Master | ScaledMaster,
    pool: CutPool,
    targets: list[int],
    integer: BoolArray,
    lower: FloatArray,
    upper: FloatArray,
    best: float,
    rounds: int,
    stop: Callable[[], bool],
) -> bool:
    """Tighten integer columns to the level set ``objective <= best`` (OBBT), in place.

    For each column the safe lower bound of ``min x`` and of ``min -x`` over the
    relaxation bounds every point at least as good as the incumbent; the bounds
    of the columns that are `integer` round inwards, with a margin. True where
    anything has moved.
    """
    columns = master.oracle_columns
    moved = False
    master.limit_objective(best + 1e-12 * (1.0 + abs(best)))
    for column in targets:
        pool.age(master, _AGE)
        for sign in (1.0, -1.0):
            for _ in range(rounds):
                if stop() or lower[column] == upper[column]:
                    break
                answer = master.minimise_column(column, sign, lower, upper)
                if answer.bound == -math.inf or answer.point is None:
                    break
                end = math.ceil(answer.bound - _MARGIN) if integer[column] else answer.bound
                now = lower[column] if sign > 0 else -upper[column]
                if end > now:
                    moved = True
                    if sign > 0:
                        lower[column] = min(float(end), upper[column])
                    else:
                        upper[column] = max(float(-end), lower[column])
                # a cut helps only where the LP's point leaves the level set
                number, loss = pool.cut(answer.point[columns])
                if loss <= answer.loss + 1e-6 or not pool.put(master, [number]):
                    break
    master.limit_objective(math.inf)
    return moved
