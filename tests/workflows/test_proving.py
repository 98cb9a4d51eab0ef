"""Proved by default: the best score among as many candidates as a number of nodes suffices for."""

import math
from dataclasses import replace

import numpy as np
import pytest

from riskslim.data import Dataset
from riskslim.features.screening import Screened
from riskslim.problems.problem import RiskSLIMProblem
from riskslim.solvers.result import SearchOptions, Status
from riskslim.workflows import proving
from riskslim.workflows.proving import best_proved, is_proved_among_kept, proved_among_more
from riskslim.workflows.recipe import Task


def problem(seed, n=120, measurements=4, cuts=5, max_size=4, rules=()):
    """Nested cuts of measurements, and soft labels that three of them say most of."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, measurements))
    at = np.quantile(values, np.linspace(0.1, 0.9, cuts), axis=0)
    cells = np.concatenate([values >= row for row in at], axis=1).astype(float)
    margin = values[:, :3] @ [1.0, -0.7, 0.4] + 0.3 * rng.normal(size=n)
    labels = 1 / (1 + np.exp(-margin))
    names = [f"V{j}>={i}" for i in range(cuts) for j in range(measurements)]
    data = Dataset.from_arrays(cells, labels, names, soft_labels=True)
    return RiskSLIMProblem(data, multiplier="free", max_size=max_size, constraints=rules)


def alone(asked, kept, **options):
    """The problem of a table of some of the features."""
    data = asked.data
    weight = data.positive + data.negative
    names = [data.feature_names[j] for j in kept]
    part = Dataset.from_arrays(
        data.features[:, kept], data.positive / weight, names,
        sample_weight=weight, soft_labels=True,
    )  # fmt: skip
    return RiskSLIMProblem(part, multiplier="free", **options)


def screened(solution):
    return [rule for rule in solution.problem.given_rules if isinstance(rule, Screened)]


@pytest.mark.parametrize("seed", range(4))
def test_with_room_it_is_proved_among_all(seed):
    asked = problem(seed)
    found = best_proved(asked, SearchOptions(node_limit=100_000))
    assert found.status is Status.OPTIMAL
    assert screened(found) == []
    whole = asked.solve(engine="supports")
    assert found.objective == pytest.approx(whole.objective, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_with_less_it_is_proved_among_some_and_says_so(seed):
    asked = problem(seed, max_size=6, rules=(Screened(20, 90, "features"),))
    opening = asked.solve(SearchOptions(node_limit=1), engine="supports")
    found = best_proved(asked, SearchOptions(node_limit=60))
    assert found.status is Status.OPTIMAL
    assert found.objective <= opening.objective
    (rule,) = screened(found)
    assert rule.candidates == 90
    assert rule.kept == 20 - len(rule.barred) < 20
    score = Task(found.problem, None).score(found)
    assert f"of 90 candidate features the {rule.kept} that screening kept" in score.rules
    assert len(score.rules) == len(set(score.rules))
    assert not set(score.points) & set(rule.barred)
    # What is proved is what a search of a table of these features alone proves.
    kept = [j for j, name in enumerate(asked.data.feature_names) if name not in rule.barred]
    solved = alone(asked, kept, max_size=6).solve(engine="supports")
    assert solved.status is Status.OPTIMAL
    assert found.objective == pytest.approx(solved.objective, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_what_screening_left_out_is_looked_at_where_that_is_proved(seed):
    whole = problem(seed)
    # Of the second half first: names that are not at the same places.
    part = alone(whole, [*range(10, 20), 0, 3], max_size=4, constraints=(Screened(12, 20),))
    found = best_proved(part, SearchOptions())
    assert is_proved_among_kept(found, part)
    wider = proved_among_more(found, whole, SearchOptions())
    assert wider.status is Status.OPTIMAL
    assert wider.problem is whole
    assert wider.objective <= found.objective + 1e-12
    assert wider.objective == pytest.approx(whole.solve(engine="supports").objective, abs=1e-9)
    # A limit, no more features, or others: what is at hand stays.
    assert proved_among_more(found, problem(seed, max_size=6), SearchOptions(node_limit=1)) is None
    assert proved_among_more(found, part, SearchOptions()) is None
    assert proved_among_more(wider, part, SearchOptions()) is None


def test_what_is_not_proved_among_all_that_was_kept_is_not_widened():
    kept = Screened(20, 90, "features")
    asked = problem(1, max_size=6, rules=(kept,))
    assert not is_proved_among_kept(best_proved(asked, SearchOptions(node_limit=60)), asked)
    unscreened = problem(1)
    assert not is_proved_among_kept(best_proved(unscreened, SearchOptions()), unscreened)


def test_without_nodes_for_any_proof_the_score_has_the_bound_of_all():
    asked = problem(0, max_size=6)
    found = best_proved(asked, SearchOptions(node_limit=1))
    assert found.points is not None
    assert found.status is Status.NODE_LIMIT
    assert screened(found) == []
    assert 0 < found.lower_bound < found.objective


def test_the_nodes_are_those_of_all_searches(monkeypatch):
    spent = []
    solve = RiskSLIMProblem.solve

    def counted(self, *arguments, **options):
        found = solve(self, *arguments, **options)
        spent.append(found.nodes)
        return found

    monkeypatch.setattr(RiskSLIMProblem, "solve", counted)
    best_proved(problem(1, max_size=6), SearchOptions(node_limit=60))
    assert len(spent) > 2
    assert sum(spent) <= 60


def test_a_better_score_on_the_way_is_proved_with_its_own_features(monkeypatch):
    """A search that a limit ends may have found one that the step before had no candidate of."""
    asked = problem(2, max_size=6)
    best = best_proved(asked, SearchOptions(node_limit=100_000))
    used = {asked.data.feature_names[j] for j in np.flatnonzero(best.points[1:])}
    searches = []
    search = proving._Budget.search

    def worse(self, problem, start, most=math.inf):
        found = search(self, problem, start, most)
        searches.append(problem)
        if len(searches) == 1:
            # The heuristics miss a feature.
            names = sorted(set(asked.data.feature_names) - used) + sorted(used)[:2]
            less = search(self, proving._narrowed(asked, set(names)), None)
            found = replace(less, status=Status.NODE_LIMIT, problem=asked)
        elif problem is asked:
            found = replace(found, status=Status.NODE_LIMIT)
        return found

    monkeypatch.setattr(proving, "_FURTHER", (0,))
    monkeypatch.setattr(proving._Budget, "search", worse)
    found = best_proved(asked, SearchOptions(node_limit=100_000))
    assert found.status is Status.OPTIMAL
    assert found.objective == pytest.approx(best.objective, abs=1e-9)
    assert screened(found)


def test_whoever_stops_it_gets_the_score_that_was_found_first():
    asked = problem(3, max_size=6)
    calls = iter([False, False])
    found = best_proved(asked, SearchOptions(interrupted=lambda: next(calls, True)))
    assert found.points is not None
