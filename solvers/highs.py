"""What this package asks of HiGHS: explicit options, checked statuses, conflicts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import highspy
import numpy as np
from highspy import _core
from scipy.sparse import csr_array, vstack

from riskslim.solvers._typing import BoolArray, FloatArray, IntArray
from riskslim.solvers.program import LinearPart
from riskslim.solvers.result import SearchOptions
from riskslim.solvers.switches import of_both_signs, switch_rows

__all__ = [
    "accepted",
    "as_lp",
    "conflict",
    "infeasible",
    "natural_bounds",
    "quiet_highs",
    "run_until",
]

_TOLERANCE = 1e-10  # the tightest that HiGHS takes
_ASK_SECONDS = 0.05
_SECONDS, _MANY = 5.0, 20.0  # of one proof that rules conflict; all proofs, in its multiples


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


def as_lp(
    cost: FloatArray,
    bounds: tuple[FloatArray, FloatArray],
    matrix: csr_array,
    sides: tuple[FloatArray, FloatArray],
    integer: BoolArray | None = None,
    offset: float = 0.0,
) -> highspy.HighsLp:
    """Give a program as HiGHS takes it: columns with bounds, rows with sides."""
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.col_cost_, lp.offset_ = cost, offset
    lp.col_lower_, lp.col_upper_ = bounds
    lp.row_lower_, lp.row_upper_ = sides
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.data
    if integer is not None:
        kind = highspy.HighsVarType
        lp.integrality_ = [kind.kInteger if i else kind.kContinuous for i in integer]
    return lp


def run_until(highs: _core._Highs, stopped: Callable[[], bool]) -> None:
    """Run HiGHS, which asks some twenty times a second whether to end.

    Its own limit of time is one for all runs of a program together, and no run looks at it while
    a linear program is solved.

    Parameters
    ----------
    stopped : callable
        True ends the run, with the status `highspy.HighsModelStatus.kInterrupt`.
    """
    asked, stopping = time.monotonic(), False
    question: Callable[[], bool] | None = stopped

    def ask(_kind: Any, _message: str, _out: Any, into: Any, _data: object) -> None:
        nonlocal asked, stopping
        now = time.monotonic()
        if question is not None and now - asked >= _ASK_SECONDS:
            asked, stopping = now, question()
        into.user_interrupt = stopping

    kinds = _core.cb.HighsCallbackType
    highs.setCallback(ask, None)
    for kind in (
        kinds.kCallbackSimplexInterrupt,
        kinds.kCallbackIpmInterrupt,
        kinds.kCallbackMipInterrupt,
    ):
        highs.startCallback(kind)
    try:
        highs.run()
    finally:
        # What HiGHS holds no garbage collector sees: a circle through it would never go. Parts of
        # it keep their copy of the callback for as long as it lives, so the copy is left empty.
        highs.setCallback(None, None)
        question = None


def accepted(status: highspy.HighsStatus, what: str) -> None:
    """Raise where HiGHS has refused what it was given; it goes on without it.

    Raises
    ------
    RuntimeError
    """
    if status == highspy.HighsStatus.kError:
        msg = f"HiGHS refuses {what}: it takes no numbers of 1e15 and more"
        raise RuntimeError(msg)


def conflict(
    program: LinearPart,
    group_of: Callable[[str], str] = str,
    seconds: float = _SECONDS,
    wider: Mapping[int, tuple[float, float]] | None = None,
    options: SearchOptions | None = None,
) -> tuple[str, ...]:
    """Name rows and bounded columns that cannot hold together, none of which can be spared.

    Parameters
    ----------
    program : LinearPart
        Columns and rows: of a `ConvexProgram`, say, whose oracle plays no part.
    group_of : callable
        Gives the name of the rule that a row, by its name, belongs to: rows of one rule stay or go
        together.
    seconds : float
        A set that is not proved impossible within so long (all of them: twenty times as long)
        counts as possible, so that more is named than need be.
    wider : mapping of int to (float, float), optional
        Bounds without which a column's own may take part in a conflict; by default those of
        points that are fixed or exclude zero, with the size of their own.
    options : SearchOptions, optional
        Limit of time for all proofs, and interrupt.

    Returns
    -------
    tuple of str
        Names of rules (rows, as ``row_names`` has them, without `group_of`) and, as
        ``"bounds of NAME"``, of columns whose bounds take part; empty where the problem is
        feasible, or not proved infeasible in time. Removing any one rule of it leaves the others
        possible.

    Notes
    -----
    A deletion filter: a rule goes for good if the rest is infeasible without it,
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
    options = SearchOptions() if options is None else options
    end = time.monotonic() + min(_MANY * seconds, options.time_limit)

    def impossible(rows: IntArray, lower: FloatArray, upper: FloatArray) -> bool:
        stopped = _until(min(time.monotonic() + seconds, end), options)
        return not stopped() and _infeasible(program, rows, lower, upper, stopped)

    count = program.matrix.shape[0]
    names = program.row_names or tuple(f"row {i}" for i in range(count))
    groups = [group_of(name) for name in names]
    if not impossible(np.arange(count), lower, upper):
        return ()
    found = list(dict.fromkeys(groups))
    for group in list(found):
        others = [name for name in found if name != group]
        if impossible(_rows_of(groups, others), lower, upper):
            found = others
    rows = _rows_of(groups, found)
    for column, (low, up) in (natural_bounds(program, lower, upper) | dict(wider or {})).items():
        wider_lower, wider_upper = lower.copy(), upper.copy()
        wider_lower[column], wider_upper[column] = low, up
        if impossible(rows, wider_lower, wider_upper):
            lower, upper = wider_lower, wider_upper
        else:
            found.append(f"bounds of {program.names[column]}")
    return tuple(found)


def infeasible(program: LinearPart, options: SearchOptions | None = None) -> bool:
    """Whether rows, switches and box are proved infeasible within a few seconds.

    Parameters
    ----------
    program : LinearPart
        Columns and rows.
    options : SearchOptions, optional
        Limit of time, where that is less, and interrupt.
    """
    options = SearchOptions() if options is None else options
    rows = np.arange(program.matrix.shape[0])
    if np.any(program.lower > program.upper):
        return True
    stopped = _until(time.monotonic() + min(_SECONDS, options.time_limit), options)
    return _infeasible(program, rows, program.lower, program.upper, stopped)


def _until(end: float, options: SearchOptions) -> Callable[[], bool]:
    return lambda: time.monotonic() > end or options.interrupted()


def _rows_of(groups: list[str], chosen: list[str]) -> IntArray:
    wanted = set(chosen)
    return np.array([i for i, group in enumerate(groups) if group in wanted], dtype=np.int64)


def natural_bounds(
    program: LinearPart, lower: FloatArray, upper: FloatArray
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
    program: LinearPart,
    rows: IntArray,
    lower: FloatArray,
    upper: FloatArray,
    stopped: Callable[[], bool],
) -> bool:
    """Whether HiGHS's MIP solver finds these rows, the switches and the box infeasible."""
    n, switches = len(program.names), program.switches
    exact = np.flatnonzero(program.integer[switches[:, 0]]).tolist()
    signed = of_both_signs(switches, lower, upper, exact)
    positive = {k: n + i for i, k in enumerate(signed)}
    tied = list(switch_rows(switches, lower, upper, set(exact), positive))
    extra = len(signed)
    given = program.matrix[rows].tocsr()
    given = csr_array((given.data, given.indices, given.indptr), shape=(len(rows), n + extra))
    ties = csr_array(
        (
            [value for row in tied for value in row.terms.values()],
            [j for row in tied for j in row.terms],
            np.cumsum([0, *(len(row.terms) for row in tied)]),
        ),
        shape=(len(tied), n + extra),
        dtype=np.float64,
    )
    matrix = csr_array(vstack([given, ties]))
    lp = as_lp(
        np.zeros(n + extra),
        (np.append(lower, np.zeros(extra)), np.append(upper, np.ones(extra))),
        matrix,
        (
            np.append(program.row_lower[rows], [row.lower for row in tied]),
            np.append(program.row_upper[rows], [row.upper for row in tied]),
        ),
        np.append(program.integer, np.ones(extra, dtype=np.bool_)),
    )
    highs = quiet_highs()
    highs.setOptionValue("presolve", "choose")
    if highs.passModel(lp) == highspy.HighsStatus.kError:
        return False  # coefficients beyond what HiGHS takes: nothing is proved
    run_until(highs, stopped)
    return bool(highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible)
