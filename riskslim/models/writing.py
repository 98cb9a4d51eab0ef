"""Writing the problem to an LP or MPS file."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array, hstack

from riskslim.errors import OptionError
from riskslim.models.labels import FileNames
from riskslim.models.linearised import linearise
from riskslim.models.program import Builder
from riskslim.models.pyomo_model import weights_of
from riskslim.solvers.oracle import Minorant
from riskslim.solvers.program import ConvexProgram
from riskslim.solvers.switches import switch_rows

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["root_cuts", "write_model", "write_problem"]

_ROUNDS = 500
_GAP = 1e-6


def write_problem(problem: RiskSLIMProblem, path: str | os.PathLike[str]) -> None:
    """Write the Pyomo model with the cuts of the root; see `RiskSLIMProblem.write`."""
    write_model(lambda: _with_cuts(problem), Path(path))


def _with_cuts(problem: RiskSLIMProblem) -> Any:
    model = problem.to_pyomo()
    variables = weights_of(model, problem)
    for cut in root_cuts(linearise(problem.program())):
        terms = zip(cut.gradient, variables, strict=True)
        slope = sum(float(g) * variable for g, variable in terms if g)
        model.cuts.add(model.loss >= float(cut.constant) + slope)
    return model


def write_model(build: Callable[[], Any], file: Path) -> None:
    """Write a Pyomo model as the ending of the file's name says.

    Raises
    ------
    OptionError
        If the name ends neither in ``.lp`` nor in ``.mps``; before the model is built.
    """
    if file.suffix.lower() not in (".lp", ".mps"):
        raise OptionError(f"{file}: unknown kind of file {file.suffix!r}; name it .lp or .mps")
    _write_whole(build(), file)


def _write_whole(model: Any, file: Path) -> None:
    """Write to a file beside the wanted one and rename it: there is never half a file."""
    handle, name = tempfile.mkstemp(dir=file.parent, suffix=file.suffix.lower())
    os.close(handle)
    try:
        model.write(name, io_options={"labeler": FileNames()})
        Path(name).replace(file)
    finally:
        Path(name).unlink(missing_ok=True)


def root_cuts(program: ConvexProgram) -> list[Minorant]:
    """Cutting planes of the continuous relaxation (Kelley's method) that attain its bound.

    The first planes are taken at 0, or the point of the box next to it, and each further one
    halfway between the last LP's solution and the best point known, which keeps the
    method from leaping about the box.

    Parameters
    ----------
    program : ConvexProgram
        The problem.

    Returns
    -------
    list of Minorant
        In the order in which they were made; empty if even the linear part is infeasible.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    p, n = len(program.oracle_columns), len(program.names)
    box = program.lower[program.oracle_columns], program.upper[program.oracle_columns]
    oracle = program.oracle
    best_point = np.clip(np.zeros(p), *box)
    cuts = [oracle.minorant(best_point, *box)]
    rows, row_lower, row_upper = _linear_rows(program)
    best = math.inf
    for _ in range(_ROUNDS):
        # Columns: the program's, then the loss.
        planes = np.zeros((len(cuts), n + 1))
        planes[:, program.oracle_columns] = [-cut.gradient for cut in cuts]
        planes[:, n] = 1.0
        answer = milp(
            np.append(program.cost, 1.0),
            bounds=Bounds(np.append(program.lower, 0.0), np.append(program.upper, np.inf)),
            constraints=[
                LinearConstraint(rows, row_lower, row_upper),
                LinearConstraint(planes, [cut.constant for cut in cuts], np.inf),
            ],
        )
        if answer.x is None:
            return []
        point = np.clip(answer.x[program.oracle_columns], *box)
        rest = float(answer.fun) - float(answer.x[n])
        for trial in (0.5 * (point + best_point), point):
            cuts.append(oracle.minorant(trial, *box))
        value = cuts[-1].value + rest
        if value < best:
            best, best_point = value, point
        if best - float(answer.fun) <= _GAP:
            break
    return cuts


def _linear_rows(program: ConvexProgram) -> tuple[csr_array, Any, Any]:
    """Rows of the program and its switches, over its columns and the loss."""
    whole = Builder(program)
    for row in switch_rows(program.switches, program.lower, program.upper, (), {}):
        whole.row((row.kind, row.pair), row.terms, row.lower, row.upper)
    rows = whole.extended(program)
    no_loss = csr_array((rows.matrix.shape[0], 1))
    return csr_array(hstack([rows.matrix, no_loss])), rows.row_lower, rows.row_upper
