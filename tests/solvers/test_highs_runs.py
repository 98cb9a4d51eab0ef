"""A run of HiGHS asks whether to end, and keeps nothing of whoever it asked."""

import gc
import math
import weakref

import highspy
import numpy as np
import pytest
from scipy.sparse import csr_array

from riskslim.solvers import highs as runs
from riskslim.solvers.mip import MixedIntegerProgram, _less_one_step, minimise_program
from riskslim.solvers.result import SearchOptions, Status

pytestmark = pytest.mark.fast


class Question:
    """Counts how often it is asked, and is seen to go."""

    def __init__(self, says):
        self.says, self.asked = says, 0

    def __call__(self):
        self.asked += 1
        return self.says


def linear_program():
    """One that the simplex method needs several iterations for."""
    random, n = np.random.default_rng(0), 40
    program = highspy.HighsLp()
    program.num_col_ = program.num_row_ = n
    program.col_cost_ = -random.random(n)
    program.col_lower_, program.col_upper_ = np.zeros(n), np.full(n, 10.0)
    program.row_lower_, program.row_upper_ = np.full(n, -np.inf), np.ones(n)
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = (np.arange(n + 1) * n).astype(np.int32)
    program.a_matrix_.index_ = np.tile(np.arange(n), n).astype(np.int32)
    program.a_matrix_.value_ = random.random(n * n)
    return program


@pytest.mark.parametrize("says", [False, True])
def test_a_program_that_lives_on_lets_go_of_whom_it_asked(monkeypatch, says):
    monkeypatch.setattr(runs, "_ASK_SECONDS", 0.0)
    highs, question = runs.quiet_highs(), Question(says)
    highs.passModel(linear_program())
    runs.run_until(highs, question)
    assert question.asked > 0
    gone = weakref.ref(question)
    del question
    gc.collect()
    assert gone() is None
    interrupted = highs.getModelStatus() == highspy.HighsModelStatus.kInterrupt
    assert interrupted is says


@pytest.mark.parametrize(
    ("limit", "given"), [(0.0, 0.0), (2.0, 1.5), (60.0, 59.0), (math.inf, math.inf)]
)
def test_a_program_is_given_a_step_less_than_its_limit(limit: float, given: float) -> None:
    assert _less_one_step(limit) == given


def test_a_program_is_not_begun_after_an_interrupt() -> None:
    one, none = np.ones(1), np.zeros(1)
    program = MixedIntegerProgram(
        one, none, one, np.array([True]), csr_array(one[np.newaxis]), none, one
    )
    assert minimise_program(program, SearchOptions()).status is Status.OPTIMAL
    stopped = minimise_program(program, SearchOptions(interrupted=lambda: True))
    assert stopped.status is Status.INTERRUPTED
    assert stopped.point is None
    assert not np.isfinite(stopped.lower_bound)
