"""Recourse by trying every change: random scores of raw tables, and what people can reach."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from riskslim import RiskScore
from riskslim.features import Binning
from riskslim.features.variables import Flag, Levels, Thresholds

ROUND = 9
LEVELS = ("a", "b", "c")


def random_case(seed: int, people: int = 4) -> tuple[RiskScore, pd.DataFrame, dict[str, Any]]:
    """Give a score of a number that moves another, a list, a flag, a category, and actions."""
    rng = np.random.default_rng(seed)
    grid = np.round(np.arange(0, 4.05, 0.1), 1)

    def cuts(most: int) -> tuple[float, ...]:
        chosen = rng.choice(grid[3:-3], rng.integers(1, most + 1), replace=False)
        return tuple(np.sort(chosen).tolist())

    variables = (
        Thresholds("Weight", "Weight", cuts=cuts(3), intervals=bool(rng.integers(2)), fill=1.0),
        Thresholds("Bmi", "Bmi", cuts=cuts(3), fill=1.0),
        Thresholds("Dose", "Dose", cuts=cuts(2), fill=1.0),
        Flag("Smoker", "Smoker", fill=0.0),
        Levels("Ward", "Ward", levels=LEVELS[:2], rest=LEVELS[2:], fill="a"),
    )
    binning = Binning(variables)
    points = {name: int(rng.integers(-4, 5)) for name in binning.features}
    score = RiskScore.from_points(points, intercept=-2, multiplier=float(rng.uniform(1, 4)))
    score = replace(score, binning=binning)
    table = pd.DataFrame(
        {
            "Weight": rng.choice(grid, people),
            "Bmi": rng.choice(grid, people),
            "Dose": rng.choice(grid[::5], people),
            "Smoker": rng.integers(0, 2, people),
            "Ward": rng.choice(LEVELS, people),
            "Sport": rng.integers(0, 2, people),
        }
    )
    rate = float(rng.choice([0.3, -0.2, 1.0, 0.5]))
    weight = {
        "direction": str(rng.choice(["up", "down", "both"])),
        "step": float(rng.choice([0.1, 0.2, 0.5])),
        "at_least": 0.5,
        "at_most": 3.5,
        "max_change": float(rng.choice([0.7, 1.5, 3.0])),
        "unit_cost": float(rng.choice([0.0, 0.7])),
        "moves": {"Bmi": rate},
    }
    actions: dict[str, Any] = {
        "columns": {
            "Weight": weight,
            "Dose": {"values": [0, 0.5, 1, 1.7, 3], "cost": 2.5, "unit_cost": 0.1},
            "Smoker": str(rng.choice(["down", "both", "none"])),
            "Sport": "both",
            "Ward": {
                "direction": str(rng.choice(["up", "both"])),
                "values": ["c", "a", "b"],
                "cost": 0.5,
            },
        },
        "implies": [
            {"if": {"Sport": True}, "then": {"Smoker": 0, "Dose": {"at_most": 1.2}}},
            {"if": {"Ward": "b"}, "then": {"Weight": {"at_least": 1.3, "at_most": 2.9}}},
        ],
    }
    return score, table, actions


def every_change(
    person: pd.Series[Any], actions: dict[str, Any]
) -> tuple[pd.DataFrame, np.ndarray[Any, Any], list[tuple[str, ...]]]:
    """Give every row that a person can become, its cost, and the columns that were changed."""
    columns = actions["columns"]
    weights = _weights(float(person.Weight), columns["Weight"])
    doses = sorted({float(person.Dose), *map(float, columns["Dose"]["values"])})
    smoking = _flags(int(person.Smoker), columns["Smoker"])
    order = columns["Ward"]["values"]
    wards = [
        level
        for level in order
        if columns["Ward"]["direction"] == "both" or order.index(level) >= order.index(person.Ward)
    ]
    rows, costs, changed = [], [], []
    rate = columns["Weight"]["moves"]["Bmi"]
    for weight, dose, smoker, ward, sport in product(weights, doses, smoking, wards, (0, 1)):
        new = {
            "Weight": weight,
            "Bmi": round(person.Bmi + rate * (weight - person.Weight), ROUND),
            "Dose": dose,
            "Smoker": smoker,
            "Ward": ward,
            "Sport": sport,
        }
        moved = tuple(
            name for name in ("Weight", "Dose", "Smoker", "Ward", "Sport")
            if new[name] != person[name]
        )  # fmt: skip
        breaks = (sport == 1 and (smoker == 1 or dose > 1.2)) or (
            ward == "b" and not 1.3 <= weight <= 2.9
        )
        # The two conditions tie different columns: each binds whoever changes one of its own.
        if breaks and not _excused(person, new):
            continue
        cost = 0.0
        if "Weight" in moved:
            cost += 1 + columns["Weight"]["unit_cost"] * abs(weight - person.Weight)
        if "Dose" in moved:
            cost += 2.5 + 0.1 * abs(dose - person.Dose)
        cost += ("Smoker" in moved) + ("Sport" in moved) + 0.5 * ("Ward" in moved)
        rows.append(new)
        costs.append(cost)
        changed.append(moved)
    return pd.DataFrame(rows), np.array(costs), changed


def _excused(person: pd.Series[Any], new: dict[str, Any]) -> bool:
    """Whether each broken condition is one of a block that stays as it is."""
    breaks_sport = new["Sport"] == 1 and (new["Smoker"] == 1 or new["Dose"] > 1.2)
    breaks_ward = new["Ward"] == "b" and not 1.3 <= new["Weight"] <= 2.9
    stays_sport = all(new[name] == person[name] for name in ("Sport", "Smoker", "Dose"))
    stays_ward = all(new[name] == person[name] for name in ("Ward", "Weight"))
    return (not breaks_sport or stays_sport) and (not breaks_ward or stays_ward)


def _weights(value: float, own: dict[str, Any]) -> list[float]:
    found = {value}
    for steps in range(-80, 81):
        new = round(value + steps * own["step"], ROUND)
        if (steps < 0 and own["direction"] == "up") or (steps > 0 and own["direction"] == "down"):
            continue
        is_near = abs(round(new - value, ROUND)) <= own["max_change"]
        if own["at_least"] <= new <= own["at_most"] and is_near:
            found.add(new)
    return sorted(found)


def _flags(value: int, direction: str) -> list[int]:
    if direction == "both":
        return [0, 1]
    return sorted({value, 0}) if direction == "down" else [value]
