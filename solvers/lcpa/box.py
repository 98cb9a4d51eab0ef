"""The box that the tree splits: the program's columns and, where there is one, the scale."""

from __future__ import annotations

import math

import numpy as np

from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.program import ConvexProgram

__all__ = ["finite_box", "integer_part", "oracle_box", "trivial_bound"]


def finite_box(program: ConvexProgram) -> tuple[FloatArray, FloatArray]:
    """Give the program's bounds, integer ones rounded inwards, and last those of the scale.

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
        lower, upper = np.append(lower, program.scale[0]), np.append(upper, program.scale[1])
    return lower, upper


def integer_part(program: ConvexProgram) -> BoolArray:
    """Which entries of the box are integer: a scale is not."""
    return program.integer if program.scale is None else np.append(program.integer, False)


def oracle_box(
    program: ConvexProgram, lower: FloatArray, upper: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give the box of what the oracle reads: x, or scale times x with products rounded outwards."""
    columns = program.oracle_columns
    low, up = lower[columns], upper[columns]
    if program.scale is None:
        return low, up
    low = np.where(low >= 0.0, low * lower[-1], low * upper[-1])
    up = np.where(up >= 0.0, up * upper[-1], up * lower[-1])
    eps = float(np.finfo(np.float64).eps)
    return low - eps * np.abs(low), up + eps * np.abs(up)


def trivial_bound(program: ConvexProgram, lower: FloatArray, upper: FloatArray) -> float:
    """Give the least cost over the box: the oracle adds at least 0."""
    n = len(program.cost)
    ends = np.minimum(program.cost * lower[:n], program.cost * upper[:n])
    return math.fsum(ends.tolist()) - 1e-15 * float(np.abs(ends).sum())
