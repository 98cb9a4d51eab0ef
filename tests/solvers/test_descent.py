"""Sequential rounding and coordinate descent: box, rows and local optimality by brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskslim.errors import OptionError
from riskslim.problems.loss import LogisticLoss
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.oracle import LatticeRows


class Instance:
    """A small random problem: loss, box, costs and rows."""

    def __init__(self, seed: int, columns: int, kind: str) -> None:
        rng = np.random.default_rng(seed)
        rows = int(rng.integers(2, 60))
        if kind == "integer":
            features = rng.integers(-3, 6, (rows, columns)).astype(float)
        else:
            features = rng.normal(size=(rows, columns))
        positive = rng.integers(0, 3, rows).astype(float)
        negative = rng.integers(0, 3, rows).astype(float)
        positive[0], negative[1] = 1.0, 1.0
        self.loss = LogisticLoss(features, positive, negative)
        self.dimension = columns + 1
        self.lower = rng.integers(-3, 1, self.dimension).astype(float)
        self.upper = rng.integers(0, 4, self.dimension).astype(float)
        for j in range(1, self.dimension):
            if rng.random() < 0.15:  # zero lies outside some boxes
                self.lower[j], self.upper[j] = (1, 3) if rng.random() < 0.5 else (-3, -1)
        self.lower[0], self.upper[0] = -8.0, 8.0
        self.cost = np.r_[0.0, rng.choice([0.0, 1e-6, 0.01, 0.1], columns)]
        if rng.random() < 0.1 and columns:
            self.cost[1] = -0.05
        self.rows = self._rows(rng)
        self.start = rng.uniform(self.lower - 1, self.upper + 1)

    def _rows(self, rng: np.random.Generator) -> LatticeRows:
        count = int(rng.integers(0, 4))
        on_points = np.zeros((count, self.dimension))
        on_indicators = np.zeros((count, self.dimension))
        lower, upper = np.full(count, -np.inf), np.full(count, np.inf)
        for r in range(count):
            form = rng.integers(0, 4)
            if form == 0:  # size limit
                on_indicators[r, 1:] = 1.0
                upper[r] = rng.integers(1, self.dimension + 1)
                lower[r] = rng.integers(0, 2)
            elif form == 1:  # at most one of a group
                on_indicators[r, 1:] = rng.random(self.dimension - 1) < 0.5
                upper[r] = 1.0
            elif form == 2:  # points in order
                j, k = rng.integers(0, self.dimension, 2)
                on_points[r, j] += 1.0
                on_points[r, k] -= 1.0
                lower[r] = 0.0
            else:  # anything
                on_points[r] = rng.integers(-2, 3, self.dimension)
                on_indicators[r] = rng.normal(size=self.dimension)
                upper[r] = rng.normal() * 4
        return LatticeRows(on_points, on_indicators, lower, upper)

    def objective(self, points: FloatArray, scale: float = 1.0) -> float:
        return self.loss.value(scale * points) + float(self.cost @ (points != 0))

    def feasible(self, points: FloatArray) -> bool:
        activity = self.rows.on_points @ points + self.rows.on_indicators @ (points != 0)
        return bool(
            np.all(points == np.round(points))
            and np.all((self.lower <= points) & (points <= self.upper))
            and np.all(activity >= self.rows.row_lower - 1e-9)
            and np.all(activity <= self.rows.row_upper + 1e-9)
        )

    def descend(self, start: FloatArray, **options: object) -> FloatArray | None:
        return self.loss.coordinate_descent(
            start,
            self.lower,
            self.upper,
            self.cost,
            self.rows,
            **options,  # type: ignore[arg-type]
        )

    def round(self, start: FloatArray, cutoff: float = np.inf) -> FloatArray | None:
        return self.loss.sequential_rounding(
            start, self.lower, self.upper, self.cost, self.rows, cutoff
        )


instances = st.builds(
    Instance,
    st.integers(0, 2**32 - 1),
    st.integers(0, 6),
    st.sampled_from(["integer", "real"]),
)


@settings(max_examples=300)
@given(instances, st.booleans(), st.sampled_from([1.0, 0.07, 2.5]))
def test_descent_is_feasible_and_locally_optimal(
    instance: Instance, swaps: bool, scale: float
) -> None:
    answer = instance.descend(instance.start, swaps=swaps, scale=scale)
    if answer is None:
        return
    assert instance.feasible(answer)
    objective = instance.objective(answer, scale)
    for j in range(instance.dimension):
        for value in np.arange(instance.lower[j], instance.upper[j] + 1):
            other = answer.copy()
            other[j] = value
            if instance.feasible(other):
                assert instance.objective(other, scale) >= objective - 1e-12


@settings(max_examples=200)
@given(instances, st.booleans())
def test_descent_is_never_worse_than_a_feasible_start(instance: Instance, swaps: bool) -> None:
    start = np.clip(np.round(instance.start), instance.lower, instance.upper)
    answer = instance.descend(start, swaps=swaps)
    if instance.feasible(start):
        assert answer is not None
        assert instance.objective(answer) <= instance.objective(start) + 1e-12


@settings(max_examples=100)
@given(instances, st.integers(0, 2**32 - 1))
def test_descent_leaves_what_is_not_free(instance: Instance, seed: int) -> None:
    free = np.random.default_rng(seed).random(instance.dimension) < 0.5
    start = np.clip(np.round(instance.start), instance.lower, instance.upper)
    answer = instance.descend(start, free=free)
    if answer is not None:
        assert instance.feasible(answer)
        np.testing.assert_array_equal(answer[~free], start[~free])


@settings(max_examples=300)
@given(instances)
def test_rounding_is_feasible(instance: Instance) -> None:
    answer = instance.round(instance.start)
    if answer is not None:
        assert instance.feasible(answer)


@settings(max_examples=100)
@given(instances)
def test_size_limits_are_always_repaired(instance: Instance) -> None:
    forced = (instance.lower[1:] > 0) | (instance.upper[1:] < 0)
    limit = max(1, int(forced.sum()))
    indicators = np.r_[0.0, np.ones(instance.dimension - 1)][None, :]
    instance.rows = LatticeRows(
        np.zeros((1, instance.dimension)), indicators, np.zeros(1), np.array([float(limit)])
    )
    for answer in (instance.round(instance.start), instance.descend(instance.start)):
        assert answer is not None
        assert instance.feasible(answer)


def test_rounding_of_one_coordinate_takes_the_better_side() -> None:
    instance = Instance(3, 0, "real")
    instance.rows = LatticeRows(np.zeros((0, 1)), np.zeros((0, 1)), np.zeros(0), np.zeros(0))
    for start in np.linspace(-7.9, 7.9, 50):
        answer = instance.round(np.array([start]))
        assert answer is not None
        sides = [np.array([np.floor(start)]), np.array([np.ceil(start)])]
        assert instance.objective(answer) <= min(map(instance.objective, sides)) + 1e-15


def test_rounding_gives_up_over_the_cutoff() -> None:
    instance = Instance(7, 4, "integer")
    instance.rows = LatticeRows(np.zeros((0, 5)), np.zeros((0, 5)), np.zeros(0), np.zeros(0))
    answer = instance.round(instance.start)
    assert answer is not None
    objective = instance.objective(answer)
    assert instance.round(instance.start, cutoff=objective / 2) is None
    again = instance.round(instance.start, cutoff=1e6)
    assert again is not None
    np.testing.assert_array_equal(again, answer)


def test_rows_that_cannot_be_met_give_nothing() -> None:
    instance = Instance(9, 3, "integer")
    row = np.array([[1.0, 1.0, 1.0, 1.0]])
    instance.rows = LatticeRows(row, np.zeros((1, 4)), np.array([1000.0]), np.array([np.inf]))
    assert instance.descend(instance.start) is None
    assert instance.round(instance.start) is None
    instance.rows = LatticeRows(row, np.zeros((1, 4)), np.array([-np.inf]), np.array([np.inf]))
    instance.lower[1], instance.upper[1] = 0.2, 0.8  # no integer between them
    assert instance.descend(instance.start) is None
    assert instance.round(instance.start) is None


def test_swaps_find_the_better_feature() -> None:
    # The second column is the label; the first is a noisy copy of it.
    rng = np.random.default_rng(1)
    label = rng.random(400) < 0.5
    noisy = np.where(rng.random(400) < 0.2, ~label, label)
    exact = np.where(rng.random(400) < 0.02, ~label, label)
    features = np.column_stack([noisy, exact]).astype(float)
    loss = LogisticLoss(features, label.astype(float), (~label).astype(float))
    one = LatticeRows(np.zeros((1, 3)), np.array([[0.0, 1.0, 1.0]]), np.zeros(1), np.ones(1))
    box = (np.full(3, -5.0), np.full(3, 5.0), np.zeros(3), one)
    start = np.array([-1.0, 2.0, 0.0])
    stuck = loss.coordinate_descent(start, *box, swaps=False)
    swapped = loss.coordinate_descent(start, *box, swaps=True)
    assert stuck is not None
    assert stuck[1] != 0
    assert swapped is not None
    assert swapped[1] == 0
    assert swapped[2] > 0
    best = min(
        loss.value(np.array([float(a), 0.0, float(b)]))
        for a, b in itertools.product(range(-5, 6), repeat=2)
    )
    assert loss.value(swapped) == best


@settings(max_examples=50)
@given(instances)
def test_the_answer_does_not_depend_on_the_layout(instance: Instance) -> None:
    answer = instance.descend(instance.start)
    rows = instance.rows
    instance.rows = LatticeRows(
        np.asfortranarray(rows.on_points),
        np.asfortranarray(rows.on_indicators),
        np.repeat(rows.row_lower, 2)[::2],
        rows.row_upper,
    )
    again = instance.descend(np.repeat(instance.start, 2)[::2])
    assert (answer is None) == (again is None)
    if answer is not None:
        np.testing.assert_array_equal(answer, again)


def test_infinite_boxes_are_refused() -> None:
    instance = Instance(5, 2, "integer")
    instance.upper[1] = np.inf
    with pytest.raises(OptionError, match="point 1 has the bounds"):
        instance.descend(instance.start)
    with pytest.raises(OptionError, match="finite bounds"):
        instance.round(instance.start)


def test_wrong_shapes_are_refused() -> None:
    instance = Instance(5, 2, "integer")
    with pytest.raises(ValueError, match="start has the wrong shape"):
        instance.descend(np.zeros(2))
    instance.rows = LatticeRows(np.zeros((1, 2)), np.zeros((1, 3)), np.zeros(1), np.zeros(1))
    with pytest.raises(ValueError, match="on_points has the wrong shape"):
        instance.descend(np.zeros(3))
