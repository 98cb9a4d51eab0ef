"""A free multiplier stated by linear rows alone, for models and files of mixed-integer programs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from riskslim.models.program import Builder
from riskslim.solvers.program import ConvexProgram, LinearPart

__all__ = ["add_products", "linearise"]


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
        Its oracle columns are integer, with finite bounds, but for an offset; `scale` is set.

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
    builder = Builder(program)
    weights = add_products(builder, program, program.oracle_columns.tolist(), program.scale)
    columns = np.array(weights, dtype=np.int64)
    return replace(builder.extended(program), oracle_columns=columns, scale=None, offset=None)


def add_products(
    program: Builder, base: LinearPart, columns: list[int], scale: tuple[float, float]
) -> list[int]:
    """Add the products of columns and a scale, and the rows that tie them; see `linearise`.

    Parameters
    ----------
    program : Builder
        To which they are added.
    base : LinearPart
        Of which it was made.
    columns : list of int
        Integer, with finite bounds, but for a real intercept.
    scale : tuple of float
        Smallest and largest t.

    Returns
    -------
    list of int
        The columns of the products.
    """
    low, high = scale
    t = program.column(("scaled", "scale"), low, high)

    def product(binary: int, name: str) -> int:
        """Add the product of the scale and a binary, and its four rows."""
        s = program.column(("scaled", f"product[{name}]"), 0.0, high)
        for side, terms, least, most in (
            ("0 above", {s: 1.0, binary: -low}, 0.0, np.inf),
            ("0 below", {s: 1.0, binary: -high}, -np.inf, 0.0),
            ("1 above", {s: 1.0, t: -1.0, binary: -high}, -high, np.inf),
            ("1 below", {s: 1.0, t: -1.0, binary: -low}, -np.inf, -low),
        ):
            program.row(("products", f"product[{name}] {side}"), terms, least, most)
        return s

    indicator = {int(point): int(used) for point, used in base.switches}
    weights = []
    for j in columns:
        name, least, most = base.names[j], float(base.lower[j]), float(base.upper[j])
        ends = (least * low, least * high, most * low, most * high)
        weight = program.column(("scaled", f"weight[{name}]"), min(ends), max(ends))
        weights.append(weight)
        if not base.integer[j]:
            continue  # the intercept where it is real: its weight is chosen by itself
        value, scaled = {j: 1.0}, {weight: 1.0, t: -least}
        for k in range(int(most - least).bit_length()):
            digit = program.column(("scaled", f"digit[{name}, {k}]"), 0.0, 1.0, integer=True)
            value[digit] = scaled[product(digit, f"{name}, {k}")] = -(2.0**k)
        program.row(("products", f"value of {name}"), value, least, least)
        program.row(("products", f"weight of {name}"), scaled, 0.0, 0.0)
        if j in indicator:
            used = product(indicator[j], base.names[indicator[j]])
            above, below = {weight: 1.0, used: -least}, {weight: 1.0, used: -most}
            program.row(("products", f"weight of {name} above"), above, 0.0, np.inf)
            program.row(("products", f"weight of {name} below"), below, -np.inf, 0.0)
    return weights
