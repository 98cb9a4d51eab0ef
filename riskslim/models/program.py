"""A mixed-integer program as named arrays: what Pyomo, LP and MPS files and HiGHS read."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from scipy.sparse import csr_array

from riskslim.problems.rows import RowForm
from riskslim.solvers._typing import IntArray
from riskslim.solvers.program import ConvexProgram
from riskslim.solvers.switches import of_both_signs, switch_rows

__all__ = ["Builder", "Key", "Program", "define_multiples", "define_switches"]

Key = tuple[str, Hashable]
"""What a column or row is: of which kind, such as ``"error"``, and which of them."""

_NAMED_BY_THEMSELVES = ("scaled", "products")
_Extended = TypeVar("_Extended", RowForm, ConvexProgram)


@dataclass(frozen=True, eq=False)
class Program:
    """Minimise ``cost @ x + offset`` over columns and rows.

    Attributes
    ----------
    form : RowForm
        Columns and rows: those of a statement, then those of the program.
    columns, rows : tuple of (str, hashable)
        What the program's own are.
    offset : float
        Constant of the objective.
    """

    form: RowForm
    columns: tuple[Key, ...]
    rows: tuple[Key, ...]
    offset: float = 0.0

    def columns_of(self, kind: str) -> dict[Hashable, int]:
        """Places of the columns of a kind."""
        first = len(self.form.names) - len(self.columns)
        return {which: j for j, (own, which) in enumerate(self.columns, first) if own == kind}

    def rows_of(self, kind: str) -> dict[Hashable, int]:
        """Places of the rows of a kind."""
        first = len(self.form.row_names) - len(self.rows)
        return {which: i for i, (own, which) in enumerate(self.rows, first) if own == kind}


class Builder:
    """Columns and rows of a program, and more of both."""

    def __init__(self, base: RowForm | ConvexProgram) -> None:
        self.names, self.row_names = list(base.names), list(base.row_names)
        self.cost, self.integer = base.cost.tolist(), base.integer.tolist()
        self.lower, self.upper = base.lower.tolist(), base.upper.tolist()
        self.columns: list[Key] = []
        self.rows: list[Key] = []
        self._data: list[float] = []
        self._indices: list[int] = []
        self._indptr = [0]
        self._sides: list[tuple[float, float]] = []

    def column(
        self, key: Key, lower: float, upper: float, *, cost: float = 0.0, integer: bool = False
    ) -> int:
        """Add a column and give its place."""
        self.columns.append(key)
        self.names.append(_name(key))
        self.cost.append(cost)
        self.integer.append(integer)
        self.lower.append(lower)
        self.upper.append(upper)
        return len(self.names) - 1

    def row(self, key: Key, terms: dict[int, float], lower: float, upper: float) -> None:
        """Add a row."""
        self.rows.append(key)
        self.row_names.append(_name(key))
        for j, coefficient in terms.items():
            if coefficient:
                self._indices.append(j)
                self._data.append(coefficient)
        self._indptr.append(len(self._data))
        self._sides.append((lower, upper))

    def extended(self, base: _Extended) -> _Extended:
        """Return the base with all columns and rows."""
        given = base.matrix
        matrix = csr_array(
            (
                np.concatenate([given.data, self._data]),
                np.concatenate([given.indices, np.array(self._indices, dtype=np.int64)]),
                np.concatenate([given.indptr, np.array(self._indptr[1:]) + given.indptr[-1]]),
            ),
            shape=(given.shape[0] + len(self._sides), len(self.names)),
        )
        matrix.sort_indices()
        sides = np.array(self._sides, dtype=np.float64).reshape(-1, 2)
        return replace(
            base,
            names=tuple(self.names),
            cost=np.array(self.cost),
            lower=np.array(self.lower),
            upper=np.array(self.upper),
            integer=np.array(self.integer, dtype=np.bool_),
            matrix=matrix,
            row_lower=np.append(base.row_lower, sides[:, 0]),
            row_upper=np.append(base.row_upper, sides[:, 1]),
            row_names=tuple(self.row_names),
        )

    def program(self, base: RowForm, offset: float = 0.0) -> Program:
        """Return the base with all columns and rows, and what these are."""
        return Program(self.extended(base), tuple(self.columns), tuple(self.rows), offset)


def _name(key: Key) -> str:
    kind, which = key
    return str(which) if kind in _NAMED_BY_THEMSELVES else f"{kind}[{which}]"


def define_switches(program: Builder, base: RowForm, exact: Collection[int]) -> None:
    """Tie indicators to points, in both directions for the features that are asked to be exact.

    The switches make an indicator 1 where points are not 0. The other direction follows from
    the cost, or does not matter, unless a rule is easier to satisfy with the indicator at 1
    ("at least 3 features"). The searches need no such rows: an indicator of theirs says by
    definition whether points are 0.
    """
    names, box = base.feature_names, (base.lower, base.upper)
    positive = {
        k: program.column(("positive", names[k]), 0.0, 1.0, integer=True)
        for k in of_both_signs(base.switches, *box, exact)
    }
    for row in switch_rows(base.switches, *box, exact, positive):
        program.row((row.kind, names[row.pair]), row.terms, row.lower, row.upper)


def define_multiples(program: Builder, base: RowForm, step: IntArray | None) -> None:
    """Tie points that are multiples of a number to whole numbers of steps."""
    for j, number in enumerate([] if step is None else step.tolist()):
        if number != 1:
            name = base.feature_names[j]
            ends = base.lower[j + 1] / number, base.upper[j + 1] / number
            steps = program.column(
                ("steps", name), float(np.ceil(ends[0])), float(np.floor(ends[1])), integer=True
            )
            program.row(("multiples", name), {j + 1: 1.0, steps: -float(number)}, 0.0, 0.0)
