"""A free multiplier stated by linear rows alone, for models and files of mixed-integer programs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array, vstack

from riskslim.solvers.program import ConvexProgram

__all__ = ["linearise"]


def linearise(program: ConvexProgram) -> ConvexProgram:
    r"""State a program with a range of scales t as one without, by exact products.

    The oracle reads weights w_j = t x_j instead of x_j. With binary digits b_jk,
    x_j = l_j + \sum_k 2^k b_jk, so w_j = l_j t + \sum_k 2^k t b_jk, and the product s of t and a
    binary b is exactly what McCormick's rows leave:

    .. math:: t_0 b \le s \le t_1 b, \qquad t - t_1 (1 - b) \le s \le t - t_0 (1 - b).

    The products s_j with the indicators tighten it: l_j s_j <= w_j <= u_j s_j.

    Parameters
    ----------
    program : ConvexProgram
        Its oracle columns are integer, with finite bounds; `scale` is set.

    Returns
    -------
    ConvexProgram
        The same columns and rows, then ``scale``, ``weight[...]``, ``digit[...]`` and
        ``product[...]`` and the rows that tie them; `scale` is None. Same optimum.

    References
    ----------
    McCormick, "Computability of global solutions to factorable nonconvex programs", Mathematical
    Programming 10, 1976.
    """
    if program.scale is None:
        return program
    low, high = program.scale
    made = _Builder(len(program.names))
    t = made.column("scale", low, high)
    indicator = {int(point): int(used) for point, used in program.switches}
    weights = []
    for j in program.oracle_columns.tolist():
        name = program.names[j]
        least, most = float(program.lower[j]), float(program.upper[j])
        ends = (least * low, least * high, most * low, most * high)
        weight = made.column(f"weight[{name}]", min(ends), max(ends))
        weights.append(weight)
        value, scaled = {j: 1.0}, {weight: 1.0, t: -least}
        for k in range(int(most - least).bit_length()):
            digit = made.column(f"digit[{name}, {k}]", 0.0, 1.0, integer=True)
            value[digit] = scaled[made.product(t, digit, f"{name}, {k}", low, high)] = -(2.0**k)
        made.row(f"value of {name}", value, least, least)
        made.row(f"weight of {name}", scaled, 0.0, 0.0)
        if j in indicator:
            used = made.product(t, indicator[j], program.names[indicator[j]], low, high)
            made.row(f"weight of {name} above", {weight: 1.0, used: -least}, 0.0, np.inf)
            made.row(f"weight of {name} below", {weight: 1.0, used: -most}, -np.inf, 0.0)
    count = len(made.names)
    wider = csr_array(
        (program.matrix.data, program.matrix.indices, program.matrix.indptr),
        shape=(program.matrix.shape[0], len(program.names) + count),
    )
    return replace(
        program,
        oracle_columns=np.array(weights, dtype=np.int64),
        names=(*program.names, *made.names),
        cost=np.append(program.cost, np.zeros(count)),
        lower=np.append(program.lower, made.lower),
        upper=np.append(program.upper, made.upper),
        integer=np.append(program.integer, made.integer),
        matrix=csr_array(vstack([wider, made.matrix(wider.shape[1])])),
        row_lower=np.append(program.row_lower, made.row_lower),
        row_upper=np.append(program.row_upper, made.row_upper),
        row_names=(*program.row_names, *made.row_names),
        scale=None,
    )


class _Builder:
    """Collects columns, which follow those of the program, and rows."""

    def __init__(self, first: int) -> None:
        self._first = first
        self.names: list[str] = []
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.integer: list[bool] = []
        self.row_names: list[str] = []
        self.row_lower: list[float] = []
        self.row_upper: list[float] = []
        self._data: list[float] = []
        self._indices: list[int] = []
        self._indptr = [0]

    def column(self, name: str, lower: float, upper: float, *, integer: bool = False) -> int:
        self.names.append(name)
        self.lower.append(lower)
        self.upper.append(upper)
        self.integer.append(integer)
        return self._first + len(self.names) - 1

    def row(self, name: str, terms: dict[int, float], lower: float, upper: float) -> None:
        self.row_names.append(name)
        self.row_lower.append(lower)
        self.row_upper.append(upper)
        for j, coefficient in terms.items():
            if coefficient:
                self._indices.append(j)
                self._data.append(coefficient)
        self._indptr.append(len(self._data))

    def product(self, t: int, binary: int, name: str, low: float, high: float) -> int:
        """Add the product of the scale and a binary, and its four rows."""
        s = self.column(f"product[{name}]", 0.0, high)
        self.row(f"product[{name}] 0 above", {s: 1.0, binary: -low}, 0.0, np.inf)
        self.row(f"product[{name}] 0 below", {s: 1.0, binary: -high}, -np.inf, 0.0)
        self.row(f"product[{name}] 1 above", {s: 1.0, t: -1.0, binary: -high}, -high, np.inf)
        self.row(f"product[{name}] 1 below", {s: 1.0, t: -1.0, binary: -low}, -np.inf, -low)
        return s

    def matrix(self, width: int) -> csr_array:
        matrix = csr_array(
            (self._data, self._indices, self._indptr),
            shape=(len(self.row_names), width),
            dtype=np.float64,
        )
        matrix.sort_indices()
        return matrix
