"""What this package asks of HiGHS: explicit options, checked statuses, conflicts."""

from __future__ import annotations

import math

import highspy
import numpy as np
from highspy import _core

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.program import ConvexProgram

__all__ = ["conflict", "quiet_highs"]

_TOLERANCE = 1e-10  # the tightest that HiGHS takes


def quiet_highs(seed: int = 0) -> _core._Highs:
    """Give a silent HiGHS that solves small LPs by the dual simplex method on one thread.

    The class under `highspy.Highs` is taken: the wrapper prints a banner on
    stdout before an option can silence it, and costs time in every call.
    """
    highs = _core._Highs()
    options: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "presolve": "off",
        "solver": "simplex",
        "simplex_strategy": 1,
        "parallel": "off",
        "threads": 1,
        "random_seed": seed & 0x7FFFFFFF,
        "primal_feasibility_tolerance": _TOLERANCE,
        "dual_feasibility_tolerance": _TOLERANCE,
        "mip_feasibility_tolerance": _TOLERANCE,
        "mip_abs_gap": 0.0,
        "mip_rel_gap": 0.0,
        # far above what a small LP needs; without a limit, one that cycles never ends
        "simplex_iteration_limit": 20_000,
        # small coefficients are part of the problem: HiGHS must not drop them
        "small_matrix_value": 1e-12,
    }
    for name, value in options.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            msg = f"HiGHS refuses the option {name}={value!r}"
            raise RuntimeError(msg)
    return highs


def conflict(program: ConvexProgram) -> tuple[str, ...]:
    """Name rows and bounded columns that cannot hold together, none of which can be spared.

    Parameters
    ----------
    program : ConvexProgram
        A problem; its oracle plays no part.

    Returns
    -------
    tuple of str
        Names of rows (``row_names``) and, as ``"bounds of NAME"``, of columns
        whose bounds take part; empty where the problem is feasible. Removing
        any one row of it leaves the others possible.

    Notes
    -----
    A deletion filter: a row goes for good if the rest is infeasible without it,
    by HiGHS's MIP solver, since rows that real numbers can satisfy may have no
    integer point. Then the same with the bounds of the columns of the rows
    that are left (and of points that are fixed or exclude zero).

    References
    ----------
    Chinneck, J. W. and Dravnieks, E. W. (1991). Locating minimal infeasible
    constraint sets in linear programs. ORSA Journal on Computing 3, 157-168.
    """
    lower, upper = program.lower.astype(float), program.upper.astype(float)
    integer = program.integer
    lower[integer], upper[integer] = np.ceil(lower[integer]), np.floor(upper[integer])
    empty = np.flatnonzero(lower > upper)
    if len(empty):
        return (f"bounds of {program.names[empty[0]]}",)
    rows = list(range(program.matrix.shape[0]))
    if not _infeasible(program, rows, lower, upper):
        return ()
    for row in list(rows):
        rest = [r for r in rows if r != row]
        if _infeasible(program, rest, lower, upper):
            rows = rest
    names = program.row_names or tuple(f"row {i}" for i in range(program.matrix.shape[0]))
    found = [names[r] for r in rows]
    for column, (low, up) in _natural_bounds(program, lower, upper).items():
        wider_lower, wider_upper = lower.copy(), upper.copy()
        wider_lower[column], wider_upper[column] = low, up
        if _infeasible(program, rows, wider_lower, wider_upper):
            lower, upper = wider_lower, wider_upper
        else:
            found.append(f"bounds of {program.names[column]}")
    return tuple(found)


def _natural_bounds(
    program: ConvexProgram, lower: FloatArray, upper: FloatArray
) -> dict[int, tuple[float, float]]:
    """Give the columns whose bounds say more than a size: fixed or without zero; and wider ones."""
    indicators = set(program.switches[:, 1].tolist())
    wider = {}
    for column in range(len(program.names)):
        low, up = float(lower[column]), float(upper[column])
        if column in indicators:
            if low > 0.0 or up < 1.0:
                wider[column] = 0.0, 1.0
        elif low == up or low > 0.0 or up < 0.0:
            reach = max(abs(low), abs(up), 1.0)
            wider[column] = -reach, reach
    return wider


def _infeasible(
    program: ConvexProgram, rows: list[int], lower: FloatArray, upper: FloatArray
) -> bool:
    """Whether HiGHS's MIP solver finds these rows, the switches and the box infeasible."""
    n = len(program.names)
    entries: list[tuple[FloatArray, float, float]] = []
    for row in rows:
        entries.append(
            (
                program.matrix[[row], :].toarray()[0],
                float(program.row_lower[row]),
                float(program.row_upper[row]),
            )
        )
    extra = 0
    signs: list[tuple[int, int]] = []
    for point, indicator in program.switches.tolist():
        for sign, side in ((-1.0, upper[point]), (1.0, lower[point])):
            row_values = np.zeros(n)
            row_values[point], row_values[indicator] = sign, -sign * float(side)
            entries.append((row_values, 0.0, math.inf))
        if program.integer[point]:
            signs.append((point, indicator))
            extra += 1
    # a point that is switched on is at least 1 or at most -1: one binary column says which
    matrix = np.zeros((len(entries) + 2 * extra, n + extra))
    sides_lower = np.full(len(matrix), -math.inf)
    sides_upper = np.full(len(matrix), math.inf)
    for i, (values, low, up) in enumerate(entries):
        matrix[i, :n], sides_lower[i], sides_upper[i] = values, low, up
    for k, (point, indicator) in enumerate(signs):
        i = len(entries) + 2 * k
        room_below = max(1.0 - float(lower[point]), 0.0)
        room_above = max(1.0 + float(upper[point]), 0.0)
        # x >= a - room_below * (1 - s)   and   x <= -a + room_above * s
        matrix[i, [point, indicator, n + k]] = 1.0, -1.0, -room_below
        sides_lower[i] = -room_below
        matrix[i + 1, [point, indicator, n + k]] = 1.0, 1.0, -room_above
        sides_upper[i + 1] = 0.0
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n + extra, len(matrix)
    lp.col_cost_ = np.zeros(n + extra)
    lp.col_lower_ = np.append(lower, np.zeros(extra))
    lp.col_upper_ = np.append(upper, np.ones(extra))
    lp.row_lower_, lp.row_upper_ = sides_lower, sides_upper
    at, columns = np.nonzero(matrix)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.searchsorted(at, np.arange(len(matrix) + 1)).astype(np.int32)
    lp.a_matrix_.index_ = columns.astype(np.int32)
    lp.a_matrix_.value_ = matrix[at, columns]
    kind = highspy.HighsVarType
    lp.integrality_ = [kind.kInteger if i else kind.kContinuous for i in program.integer] + [
        kind.kInteger
    ] * extra
    highs = quiet_highs()
    highs.setOptionValue("presolve", "choose")
    highs.passModel(lp)
    highs.run()
    return bool(highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible)
