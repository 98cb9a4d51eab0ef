"""The root of the tree against an independent solver; limits, interrupts, other columns."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from riskslim.data import Dataset
from riskslim.problems.loss import LogisticLoss
from riskslim.problems.problem import RiskSLIMProblem
from riskslim.solvers.lcpa import minimise
from riskslim.solvers.lcpa.cutpool import CutPool
from riskslim.solvers.lcpa.incumbent import row_sides
from riskslim.solvers.lcpa.master import Master
from riskslim.solvers.lcpa.startup import converge
from riskslim.solvers.program import ConvexProgram
from riskslim.solvers.result import SearchOptions, Status

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def problem(seed=0, n=200, d=8, size=3):
    rng = np.random.default_rng(seed)
    features = rng.integers(0, 3, (n, d)).astype(float)
    labels = rng.random(n) < 1 / (1 + np.exp(1.5 - features[:, :3] @ [1.1, -0.8, 0.6]))
    return RiskSLIMProblem(Dataset.from_arrays(features, labels.astype(int)), max_size=size)


def same_root(p):
    program = p.program()
    columns = program.oracle_columns
    lower, upper = program.lower.copy(), program.upper.copy()
    master = Master(program, lower, upper, row_sides(program))
    pool = CutPool(program.oracle, lower[columns], upper[columns])
    answer, _ = converge(master, pool, lower, upper, 1e-8, lambda *_: False)
    relaxation = p.relaxation()
    relaxation.solve(solver="CLARABEL")
    assert answer.bound == pytest.approx(relaxation.value, abs=1e-6)


def test_root_bound_is_the_continuous_relaxation():
    same_root(problem())


@pytest.mark.parametrize("name", ["mammo", "haberman", "compas"])
def test_root_bound_on_public_data(name):
    path = DATA / f"{name}.csv"
    if not path.is_file():
        pytest.skip(f"no public data at {DATA}")
    same_root(RiskSLIMProblem(Dataset.from_file(path), max_size=5))


def test_a_root_that_cannot_pass_its_rival_ends_early():
    program = problem(seed=1).program()
    whole = minimise(program, SearchOptions(node_limit=1))
    relaxation = problem(seed=1).relaxation()
    relaxation.solve(solver="CLARABEL")
    beaten = minimise(program, SearchOptions(node_limit=1), rival=relaxation.value + 1e-3)
    assert (beaten.status, beaten.nodes) == (Status.NODE_LIMIT, 0)
    assert beaten.lps < whole.lps
    assert beaten.lower_bound <= relaxation.value + 1e-6
    ahead = minimise(program, SearchOptions(node_limit=1), rival=relaxation.value - 1e-3)
    assert ahead.lower_bound == whole.lower_bound


class Interrupting:
    def __array__(self, *_, **__):
        raise KeyboardInterrupt


def test_an_interrupt_before_the_root_proves_nothing():
    program = problem().program()
    start = np.zeros(len(program.lower))
    result = minimise(program, None, (start, Interrupting()))
    assert result.status is Status.INTERRUPTED
    assert np.array_equal(result.point, start)
    assert result.lower_bound == -math.inf


def test_interrupts_end_with_an_honest_gap():
    program = problem(d=14, size=5).program()
    truth = minimise(program)
    assert truth.status is Status.OPTIMAL

    class Impatient(LogisticLoss):
        asked = 0

        def minorant(self, point, lower, upper):
            Impatient.asked += 1
            if Impatient.asked == 40:
                raise KeyboardInterrupt
            return super().minorant(point, lower, upper)

    p = problem(d=14, size=5)
    data = p.data
    oracle = Impatient(data.features, data.positive, data.negative)
    for stopped in (
        minimise(dataclasses.replace(program, oracle=oracle)),
        minimise(program, SearchOptions(interrupted=lambda: True)),
    ):
        assert stopped.status is Status.INTERRUPTED
        assert stopped.lower_bound <= truth.objective
        assert stopped.objective >= truth.objective


def test_same_seed_same_search():
    program = problem(seed=3).program()
    first, second = minimise(program), minimise(program)
    assert (first.nodes, first.lps, first.cuts) == (second.nodes, second.lps, second.cuts)
    assert first.objective == second.objective
    assert first.lower_bound == second.lower_bound
    np.testing.assert_array_equal(first.point, second.point)


def test_more_columns_than_points_and_indicators():
    """A continuous excess and an integer budget with costs, against a sweep by hand."""
    base = problem(seed=5, d=3, size=3).program()
    n = len(base.names)
    point = int(base.switches[0, 0])
    rows = np.zeros((2, n + 2))
    rows[0, [point, n]] = -1.0, 1.0  # excess >= x - 1/2
    rows[1, [point, n + 1]] = 1.0, 2.0  # x + 2 budget >= 2
    old = np.hstack([base.matrix.toarray(), np.zeros((base.matrix.shape[0], 2))])
    price = np.array([0.013, 0.02])
    program = ConvexProgram(
        oracle=base.oracle,
        oracle_columns=base.oracle_columns,
        names=(*base.names, "excess", "budget"),
        cost=np.append(base.cost, price),
        lower=np.append(base.lower, [0.0, 0.0]),
        upper=np.append(base.upper, [9.0, 9.0]),
        integer=np.append(base.integer, [False, True]),
        switches=base.switches,
        matrix=csr_array(np.vstack([old, rows])),
        row_lower=np.append(base.row_lower, [-0.5, 2.0]),
        row_upper=np.append(base.row_upper, [math.inf, math.inf]),
        row_names=(*base.row_names, "excess", "budget"),
    )
    best = math.inf
    for value in np.arange(base.lower[point], base.upper[point] + 1):
        lower, upper = base.lower.copy(), base.upper.copy()
        lower[point] = upper[point] = value
        part = minimise(dataclasses.replace(base, lower=lower, upper=upper))
        extra = price @ [max(value - 0.5, 0.0), math.ceil(max(2 - value, 0) / 2)]
        best = min(best, part.objective + extra)
    result = minimise(program, SearchOptions(node_limit=20_000))
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(best, abs=1e-8)
    assert result.lower_bound <= best + 1e-12


def test_a_column_without_a_bound_is_refused():
    program = problem().program()
    upper = program.upper.copy()
    upper[2] = math.inf
    with pytest.raises(ValueError, match="no finite upper bound"):
        minimise(dataclasses.replace(program, upper=upper))
