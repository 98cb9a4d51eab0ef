"""What people can change: against trying every change, and what is said about it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskslim import DecisionScore, RiskScore, RiskSLIMProblem, SLIMProblem
from riskslim.data import Dataset
from riskslim.errors import OptionError, ScoreError
from riskslim.features import Binning
from riskslim.features.variables import Flag, Levels, Thresholds
from riskslim.problems.coefficients import CoefficientSet
from riskslim.recourse import Actions, find_recourse
from support.recourse import every_change, random_case


@pytest.mark.fast
@pytest.mark.parametrize("seed", range(12))
def test_totals_costs_ways_and_responsiveness_are_those_of_every_change(seed: int) -> None:
    score, people, actions = random_case(seed)
    risks = score.risks(score.total(people))
    target = float(np.clip(0.8 * np.median(risks), 0.01, 0.95))
    found = find_recourse(score, people, actions, target_risk=target)
    for place in range(len(people)):
        rows, cost, changed = every_change(people.iloc[place], actions)
        total = score.total(rows)
        good = score.risks(total) <= target
        done = risks[place] <= target
        one = found.people.iloc[place]
        assert found.totals[place] == sorted(set(total.tolist()))
        assert one.status == ("reached" if done else "possible" if good.any() else "fixed")
        least = 0.0 if done else cost[good].min() if good.any() else np.nan
        np.testing.assert_allclose(one.cost, least)
        for name in found.columns:
            alone = np.array([columns == (name,) for columns in changed])
            share = good[alone].mean() if alone.any() else np.nan
            np.testing.assert_allclose(found.responsiveness[name][place], share)
        if one.status == "possible":
            ways = _ways(good, cost, changed)
            listed = found.changes[found.changes["row"] == place + 1]["cost"].tolist()
            np.testing.assert_allclose(listed[0], ways[0])
            if len(listed) > 1 or listed[0] == ways[0]:
                np.testing.assert_allclose(listed, ways[: len(listed)])


def _ways(good: Any, cost: Any, changed: list[tuple[str, ...]]) -> list[float]:
    """Cheapest change of each set of at most three columns that no part of it undercuts."""
    best: dict[tuple[str, ...], float] = {}
    for ok, price, columns in zip(good, cost, changed, strict=True):
        if ok:
            best[columns] = min(best.get(columns, np.inf), price)
    parts = [
        price
        for columns, price in best.items()
        if len(columns) <= 3
        and not any(set(o) < set(columns) and p <= price + 1e-9 for o, p in best.items())
    ]
    return sorted(parts) if parts and min(parts) == min(best.values()) else [min(best.values())]


def _score(**points: int) -> RiskScore:
    made = {name.replace("_ge_", " >= "): value for name, value in points.items()}
    return RiskScore.from_points(made, intercept=-3)


def _raw() -> RiskScore:
    binning = Binning(
        (
            Thresholds("bmi", "BMI", cuts=(25.0, 30.0), fill=20.0, unit="kg/m2"),
            Flag("smoker", "Smoker", blanks="feature"),
            Levels("ward", "Ward", levels=("A", "B"), rest=("C",), fill="C"),
        )
    )
    points = {"BMI >= 25 kg/m2": 1, "BMI >= 30 kg/m2": 2, "Smoker": 2, "Ward: A": 1}
    return replace(RiskScore.from_points(points, intercept=-3), binning=binning)


PEOPLE = pd.DataFrame(
    {"bmi": [31.5, 26.0], "smoker": [1, 0], "ward": ["A", "C"], "weight": [95.0, 80.0]}
)


@pytest.mark.fast
def test_any_amount_of_a_real_number_is_said_by_its_boundary() -> None:
    actions = {"columns": {"bmi": {"direction": "down", "at_least": 18}, "smoker": "down"}}
    found = find_recourse(_raw(), PEOPLE, actions, target_risk=0.3)
    assert found.people["change"].tolist()[0] == "BMI: 31.5 -> below 30; Smoker: yes -> no"
    assert found.people["status"].tolist() == ["possible", "reached"]
    # Of the 13.5 units down to 18, none alone takes six points to two.
    assert found.responsiveness["BMI"][0] == 0.0
    easier = find_recourse(_raw(), PEOPLE, actions, target_risk=0.75)
    np.testing.assert_allclose(easier.responsiveness["BMI"][0], (30 - 18) / 13.5)


@pytest.mark.fast
def test_a_column_that_the_score_does_not_read_moves_one_that_it_reads() -> None:
    weight = {"direction": "down", "max_change": 20, "step": 1, "moves": {"bmi": 0.35}}
    found = find_recourse(_raw(), PEOPLE, {"columns": {"weight": weight}}, target_risk=0.75)
    # 31.5 - 0.35 * 5 is the first below 30.
    assert found.people["change"][0] == "weight: 95 -> 90"
    np.testing.assert_allclose(found.responsiveness["weight"][0], 16 / 20)


@pytest.mark.fast
def test_a_fixed_prediction_has_a_proof_and_a_subgroup() -> None:
    found = find_recourse(_raw(), PEOPLE, {"columns": {"ward": "both"}}, target_risk=0.1)
    assert found.people["status"].tolist() == ["fixed", "fixed"]
    assert found.proof(1) == (
        "fixed: totals within reach: 5 to 6, risks 88.1% to 95.3%; none has a risk of at most 0.1"
    )
    groups = found.by_group(["men", "women"])
    assert groups["share"].tolist() == [1.0, 1.0]
    assert groups["denied"].tolist() == [1, 1]
    assert found.fixed == 1.0
    with pytest.raises(OptionError, match="there are 2 people"):
        found.proof(3)


@pytest.mark.fast
def test_what_is_not_known_does_not_change() -> None:
    people = pd.DataFrame({"bmi": [31.0, 31.0], "smoker": [1, None], "ward": ["C", "C"]})
    found = find_recourse(_raw(), people, {"columns": {"smoker": "both"}}, target_risk=0.6)
    assert found.people["status"].tolist() == ["possible", "reached"]
    assert found.totals == ([3, 5], [3])


@pytest.mark.fast
def test_cuts_in_a_table_of_features_are_one_column() -> None:
    rng = np.random.default_rng(0)
    age = rng.integers(30, 90, 60)
    data = Dataset.from_arrays(
        np.column_stack([age >= 50, age >= 70, rng.integers(0, 2, 60), rng.integers(0, 9, 60)]),
        rng.integers(0, 2, 60),
        ["Age >= 50", "Age >= 70", "Smoker", "Visits"],
    )
    points = {"Age >= 50": 1, "Age >= 70": 2, "Smoker": 2, "Visits": 1}
    score = RiskScore.from_points(points, intercept=-3, data=data)
    people = pd.DataFrame([[1, 1, 1, 4]], columns=list(points))
    actions: dict[str, Any] = {"columns": {"Age": "down", "Visits": {"at_least": 2}}}
    found = find_recourse(score, people, actions, target_risk=0.8)
    assert found.columns == ("Age", "Visits")
    # Four visits may become two to the most that training saw.
    assert found.totals[0][0] == 9 - 3 - 2
    assert found.people["change"][0] == "Age: 70 or more -> under 50; Visits: 4 -> 2"


@pytest.mark.fast
def test_real_numbers_that_are_multiplied_stay() -> None:
    data = Dataset.from_arrays([[0.5, 0], [1.25, 1], [2.5, 0]], [0, 1, 1], ["Dose", "Sport"])
    score = RiskScore.from_points({"Dose": 1, "Sport": -1}, data=data)
    people = pd.DataFrame({"Dose": [1.25], "Sport": [0]})
    found = find_recourse(score, people, {"columns": {"Sport": "up"}}, target_risk=0.6)
    assert found.totals == ([0.25, 1.25],)
    with pytest.raises(OptionError, match=r"'Dose'.*cut it into bands"):
        find_recourse(score, people, {"columns": {"Dose": "down"}}, target_risk=0.6)


@pytest.mark.fast
def test_a_decision_is_reached_too() -> None:
    data = Dataset.from_arrays([[0, 0], [1, 0], [1, 1], [0, 1]], [0, 0, 1, 0], ["A", "B"])
    problem = SLIMProblem(data, CoefficientSet(["A", "B"], lower=-2, upper=2))
    score = problem.solve().score()
    assert isinstance(score, DecisionScore)
    people = pd.DataFrame({"A": [1, 1], "B": [1, 0]})
    found = find_recourse(score, people, {"others": "both"})
    assert found.people["status"].tolist() == ["possible", "reached"]
    assert "risk" not in found.people
    with pytest.raises(OptionError, match="no risks"):
        find_recourse(score, people, {}, target_risk=0.5)


@pytest.mark.fast
def test_observed_values_are_those_of_the_people() -> None:
    people = pd.DataFrame({"bmi": [31.0, 24.0, 29.0, 22.0], "smoker": 0, "ward": "C"})
    actions = {"columns": {"bmi": {"values": "observed"}}}
    found = find_recourse(_raw(), people, actions, target_risk=0.1)
    np.testing.assert_allclose(found.responsiveness["BMI"][0], 2 / 3)
    assert found.people["change"][0] == "BMI: 31 -> 24"


@pytest.mark.fast
@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ({"colums": {}}, "did you mean 'columns'"),
        ({"columns": {"bmi": "sideways"}}, "direction is 'sideways'"),
        ({"columns": {"bim": "down"}}, "did you mean 'BMI'"),
        ({"columns": {"bmi": {"stepp": 1}}}, "did you mean 'step'"),
        ({"columns": {"bmi": {"at_least": 9, "at_most": 3}}}, "is above"),
        ({"columns": {"bmi": {"values": ["low"]}}}, "numbers, not words"),
        ({"columns": {"bmi": {"step": 0}}}, "more than 0"),
        ({"columns": {"ward": "up"}}, "no order"),
        ({"columns": {"ward": {"values": ["D"]}}}, "it has no 'D'"),
        ({"columns": {"ward": {"at_least": 3}}}, "are for numbers"),
        ({"columns": {"weight": {"moves": {"ward": 1}}}}, "no column of numbers"),
        ({"columns": {"weight": {"moves": {"bmi": 0}}}}, "not 0, a number"),
        ({"columns": {"bmi": "down", "weight": {"moves": {"bmi": 1}}}}, "drop either"),
        ({"implies": [{"if": {"smoker": True}}]}, "'if' and 'then'"),
        ({"implies": [{"if": {"ward": 3}, "then": {"smoker": 0}}]}, "gives a number"),
    ],
)
def test_what_means_nothing_is_said(actions: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        find_recourse(_raw(), PEOPLE, actions, target_risk=0.2)


@pytest.mark.fast
def test_actions_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "actions.toml"
    file.write_text(
        'columns.bmi = "down"\n[columns.smoker]\ndirection = "down"\ncost = 3\n'
        "[[implies]]\nif = { smoker = true }\nthen = { bmi = { at_most = 35 } }\n"
    )
    read = Actions.read(file)
    assert read.of("smoker").cost == 3
    assert read.implications[0].columns == ("smoker", "bmi")
    file.write_text("columns.bmi = 3 3")
    with pytest.raises(OptionError, match=r"actions\.toml: is no TOML"):
        Actions.read(file)


@pytest.mark.fast
def test_nobody_and_targets_without_sense_are_refused() -> None:
    with pytest.raises(ScoreError, match="no people"):
        find_recourse(_raw(), PEOPLE.iloc[:0], {}, target_risk=0.2)
    with pytest.raises(OptionError, match="between 0 and 1"):
        find_recourse(_raw(), PEOPLE, {}, target_risk=1.5)


@pytest.mark.fast
def test_a_high_risk_may_be_wanted() -> None:
    problem = RiskSLIMProblem(
        Dataset.from_arrays([[0], [1], [1], [0]], [0, 1, 1, 1], ["A"]), max_size=1
    )
    score = problem.solve().score()
    found = find_recourse(score, [[0]], {"others": "both"}, score.risk(1), wanted="high")
    assert found.people["status"].tolist() == ["possible"]


def test_what_several_columns_say_together_is_not_changed():
    any_of = [{"column": "sbp", "below": 90}, {"column": "dbp", "at_most": 60}]
    score = RiskScore.published(
        {"intercept": -1, "items": {"low": {"points": 2, "any": any_of}, "age": {"points": 1}}}
    )
    people = pd.DataFrame({"sbp": [80.0], "dbp": [70.0], "age": [1]})
    with pytest.raises(OptionError, match="'low' is said by several columns together"):
        find_recourse(score, people, Actions(()), target_risk=0.1)
