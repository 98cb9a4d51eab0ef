"""Searches with parts left out: slower, and never another answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from riskslim import CoefficientSet, Dataset, LogisticLoss, RiskSLIMProblem, SearchOptions, Status
from riskslim.search.lattice import support_problem
from riskslim.solvers import supports
from riskslim.solvers.lcpa import minimise
from riskslim.solvers.parts import ALL_PARTS, Part
from support.brute_force import best_risk

OF_SUPPORTS = (Part.START_UP, Part.GAINS, Part.HULL, Part.PAIRS)
OF_PLANES = tuple(Part)[:5]


def left_out(parts: tuple[Part, ...]) -> Any:
    """Every part alone, and all of them."""
    sets = [ALL_PARTS - {part} for part in parts] + [frozenset()]
    return pytest.mark.parametrize("parts", sets, ids=[*parts, "all"])


def problem_of(seed: int, d: int) -> RiskSLIMProblem:
    """Few rows for each feature, so that pairs are looked at; one feature of three is real."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 2, (25, d)).astype(float)
    if seed % 3 == 2:
        X[:, 0] = np.round(rng.normal(size=len(X)), 2)
    y = X @ rng.normal(size=d) + rng.logistic(size=len(X)) > 0
    y[:2] = False, True
    names = [f"x{j}" for j in range(d)]
    return RiskSLIMProblem(
        Dataset.from_arrays(X, y.astype(int), feature_names=names),
        CoefficientSet(names, -1, 1).set_intercept(-2, 2),
        C0=float(rng.choice([1e-6, 0.01])),
        max_size=int(rng.integers(2, 5)),
        multiplier="free" if seed % 2 else "fixed",
        intercept="integer",
    )


def test_an_unknown_part_is_refused() -> None:
    assert SearchOptions(parts=["hull", Part.PAIRS]).parts == {Part.HULL, Part.PAIRS}
    with pytest.raises(ValueError, match="'hulls'"):
        SearchOptions(parts=["hulls"])


SMALL = [(p := problem_of(seed, 3), best_risk(p)) for seed in range(3)]
LARGER = [(p := problem_of(seed, 6), best_risk(p)) for seed in range(6)]


@left_out(OF_PLANES)
def test_the_cutting_planes_prove_the_optimum_without(parts: frozenset[Part]) -> None:
    for problem, best in SMALL:
        solution = problem.solve(engine="lcpa", parts=parts)
        assert solution.status is Status.OPTIMAL
        assert solution.objective == pytest.approx(best, abs=1e-9)
        assert solution.lower_bound == pytest.approx(best, abs=2e-9)


@left_out(OF_SUPPORTS)
def test_the_search_over_supports_proves_the_optimum_without(parts: frozenset[Part]) -> None:
    for problem, best in LARGER:
        solution = problem.solve(engine="supports", parts=parts)
        assert solution.status is Status.OPTIMAL
        assert solution.objective == pytest.approx(best, abs=1e-9)
        assert solution.lower_bound == pytest.approx(best, abs=2e-9)


@pytest.mark.parametrize("part", [Part.START_UP, Part.CHAINED_BOUNDS])
def test_cutting_planes_do_less_before_the_tree_without(part: Part) -> None:
    program = problem_of(0, 6).program()
    whole, less = (
        minimise(program, SearchOptions(parts=p)) for p in (ALL_PARTS, ALL_PARTS - {part})
    )
    assert whole.objective == pytest.approx(less.objective, abs=1e-12)
    assert (whole.lps, whole.cuts) != (less.lps, less.cuts)
    assert part is not Part.START_UP or less.nodes > whole.nodes


@pytest.mark.parametrize(
    ("part", "name"),
    [(Part.ROUNDING, "sequential_rounding"), (Part.POLISHING, "coordinate_descent")],
)
def test_cutting_planes_without_a_heuristic_never_ask_for_it(
    part: Part, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError(name)

    program = problem_of(0, 6).program()
    monkeypatch.setattr(LogisticLoss, name, refuse)
    minimise(program, SearchOptions(parts=ALL_PARTS - {part}))
    with pytest.raises(AssertionError, match=name):
        minimise(program, SearchOptions(node_limit=1))


def test_a_loss_without_its_table_is_the_same() -> None:
    data = problem_of(0, 6).data
    table, none = (
        LogisticLoss(data.features, data.positive, data.negative, look_up=look_up)
        for look_up in (True, False)
    )
    rng = np.random.default_rng(0)
    for point in rng.integers(-9, 10, (50, 7)).astype(float):
        assert table.value(point) == pytest.approx(none.value(point), rel=1e-15, abs=1e-300)
        low, high = np.full(7, -9.0), np.full(7, 9.0)
        ours, theirs = (each.minorant(point, low, high) for each in (table, none))
        assert np.allclose(ours.gradient, theirs.gradient, rtol=0, atol=1e-15)


@pytest.mark.parametrize("part", OF_SUPPORTS)
def test_the_search_over_supports_works_more_without(part: Part) -> None:
    differs = False
    for seed in range(6):
        problem = problem_of(seed, 6)
        stated = support_problem(problem, problem.statement)
        whole, less = (
            supports.search(stated, SearchOptions(parts=parts))
            for parts in (ALL_PARTS, ALL_PARTS - {part})
        )
        differs |= (whole.supports, whole.fits, whole.nodes) != (
            less.supports,
            less.fits,
            less.nodes,
        )
    assert differs
