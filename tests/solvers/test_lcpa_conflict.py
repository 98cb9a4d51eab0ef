"""The rows and bounds that an infeasible problem is reported with."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.sparse import csr_array

from riskslim.solvers.highs import conflict
from riskslim.solvers.lcpa import minimise
from riskslim.solvers.oracle import Minorant
from riskslim.solvers.program import ConvexProgram
from riskslim.solvers.result import Status

pytestmark = pytest.mark.fast


class Flat:
    """The constant 0, a convex function of three variables."""

    dimension = 3

    def value(self, point):
        return 0.0

    def minorant(self, point, lower, upper):
        return Minorant(0.0, 0.0, np.zeros(3))


def program(rows, lower=(-5, -3, -3), upper=(5, 3, 3)):
    """Intercept, two points, two indicators; rows are (name, coefficients, low, up)."""
    return ConvexProgram(
        oracle=Flat(),
        oracle_columns=np.arange(3),
        names=("intercept", "age", "lab", "used age", "used lab"),
        cost=np.zeros(5),
        lower=np.array([*lower, 0, 0], dtype=float),
        upper=np.array([*upper, 1, 1], dtype=float),
        integer=np.ones(5, dtype=bool),
        switches=np.array([[1, 3], [2, 4]]),
        matrix=csr_array(np.array([r[1] for r in rows], dtype=float).reshape(len(rows), 5)),
        row_lower=np.array([r[2] for r in rows], dtype=float),
        row_upper=np.array([r[3] for r in rows], dtype=float),
        row_names=tuple(r[0] for r in rows),
    )


SIZE_2 = ("at least two", [0, 0, 0, 1, 1], 2, math.inf)
SIZE_1 = ("at most one", [0, 0, 0, 1, 1], -math.inf, 1)
IDLE = ("idle", [1, 0, 0, 0, 0], -4, 4)


def test_two_rows_in_conflict_are_named_and_the_idle_one_is_not():
    p = program([IDLE, SIZE_2, SIZE_1])
    assert minimise(p).status is Status.INFEASIBLE
    assert conflict(p) == ("at least two", "at most one")


def test_a_conflict_of_integers_only():
    half = ("between", [0, 2, 2, 0, 0], 1, 1)
    p = program([IDLE, half])
    assert minimise(p).status is Status.INFEASIBLE
    assert conflict(p) == ("between",)


def test_a_point_that_is_switched_on_is_not_zero():
    both = ("both used", [0, 0, 0, 1, 1], 2, 2)
    small = ("age near zero", [0, 2, 0, 0, 0], -1, 1)
    p = program([IDLE, both, small])
    assert minimise(p).status is Status.INFEASIBLE
    assert conflict(p) == ("both used", "age near zero")


def test_bounds_take_part():
    off = ("age unused", [0, 0, 0, 1, 0], 0, 0)
    p = program([IDLE, off], lower=(-5, 1, -3))
    assert minimise(p).status is Status.INFEASIBLE
    assert conflict(p) == ("age unused", "bounds of age")


def test_empty_box():
    p = program([IDLE], lower=(-5, 2.2, -3), upper=(5, 2.8, 3))
    assert conflict(p) == ("bounds of age",)


def test_nothing_to_name_where_feasible():
    assert conflict(program([IDLE, SIZE_1])) == ()
