"""The lattice cutting-plane algorithm: one branch-and-bound tree, cuts shared by all of it.

References
----------
Ustun, B. and Rudin, C. (2019). Learning optimized risk scores. Journal of
Machine Learning Research 20(150), 1-75.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.lcpa.tree import Tree
from riskslim.solvers.program import ConvexProgram
from riskslim.solvers.result import SearchOptions, SearchResult

__all__ = ["minimise"]


def minimise(
    program: ConvexProgram,
    options: SearchOptions | None = None,
    start: Sequence[FloatArray] = (),
    rival: float = -math.inf,
) -> SearchResult:
    """Minimise a convex oracle plus a linear cost over a mixed-integer linear set.

    Parameters
    ----------
    program : ConvexProgram
        The problem; every column has finite bounds.
    options : SearchOptions, optional
        Limits and settings.
    start : sequence of ndarray of shape (n,)
        Points to try as incumbents; those that are not feasible are passed over.
        Where the program has a scale, the best one is found for them.
    rival : float
        A bound that another search has: this one ends, with the status of a limit on nodes, as soon
        as the relaxation of its root is known to be no larger.

    Returns
    -------
    SearchResult
        The incumbent, and a lower bound that is rigorous whatever the LP
        solver's tolerances are (see `riskslim.solvers.lcpa.safe_bounds`).

    Raises
    ------
    ValueError
        A column has an infinite bound.
    """
    return Tree(program, options if options is not None else SearchOptions(), rival).run(start)
