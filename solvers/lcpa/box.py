"""The box that the tree splits: bounds of the program's columns.

Where a scale t is chosen too, the entries after these are t and then w = t x for
each column that the oracle reads.
"""

from __future__ import annotations

import math

import numpy as np

from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.lcpa.products import product_bounds
from riskslim.solvers.program import ConvexProgram

__all__ = ["chosen_columns", "finite_box", "integer_part", "oracle_box", "trivial_bound"]


def finite_box(program: ConvexProgram) -> tuple[FloatArray, FloatArray]:
    """Give the program's bounds, integer ones rounded inwards, and those of t and w.

    Raises
    ------
    ValueError
        A bound is not finite.
    """
    lower, upper = program.lower.astype(np.float64), program.upper.astype(np.float64)
    for bounds, side in ((lower, "lower"), (upper, "upper")):
        bad = np.flatnonzero(~np.isfinite(bounds))
        if len(bad):
            msg = (
                f"column '{program.names[bad[0]]}' has no finite {side} bound; without one no "
                "lower bound can be proved: give it a bound"
            )
            raise ValueError(msg)
    integer = program.integer
    lower[integer], upper[integer] = np.ceil(lower[integer]), np.floor(upper[integer])
    if program.scale is not None:
        columns = program.oracle_columns
        below, above = product_bounds(lower[columns], upper[columns], *program.scale)
        if program.offset is not None:
            below[0] = max(below[0], program.offset[0])
            above[0] = min(above[0], program.offset[1])
        lower = np.concatenate([lower, [program.scale[0]], below])
        upper = np.concatenate([upper, [program.scale[1]], above])
    return lower, upper


def chosen_columns(program: ConvexProgram) -> BoolArray:
    """Which columns a leaf of the tree has fixed: all but one that is chosen with the scale."""
    chosen = np.ones(len(program.names), dtype=np.bool_)
    if program.offset is not None:
        chosen[program.oracle_columns[0]] = False
    return chosen


def integer_part(program: ConvexProgram) -> BoolArray:
    """Which entries of the box are integer: t and w are not."""
    if program.scale is None:
        return program.integer
    return np.append(program.integer, np.zeros(1 + len(program.oracle_columns), dtype=bool))


def oracle_box(
    program: ConvexProgram, lower: FloatArray, upper: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give the box of what the oracle reads: x or w."""
    if program.scale is None:
        return lower[program.oracle_columns], upper[program.oracle_columns]
    n = len(program.names)
    return lower[n + 1 :], upper[n + 1 :]


def trivial_bound(program: ConvexProgram, lower: FloatArray, upper: FloatArray) -> float:
    """Give the least cost over the box: the oracle adds at least 0."""
    n = len(program.cost)
    ends = np.minimum(program.cost * lower[:n], program.cost * upper[:n])
    return math.fsum(ends.tolist()) - 1e-15 * float(np.abs(ends).sum())
