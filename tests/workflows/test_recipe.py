"""One recipe for the command line, the estimators and the workflows; its defaults stand once."""

from __future__ import annotations

import inspect
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from riskslim import (
    Dataset,
    RiskSLIMClassifier,
    RiskSLIMPath,
    RiskSLIMProblem,
    ScoreBinarizer,
    SLIMClassifier,
    SLIMProblem,
)
from riskslim.cli.fit import fit
from riskslim.constraints import Include
from riskslim.features.raw_table import raw_dataset
from riskslim.problems.defaults import CHECKLIST_RANGE, DEFAULT_RANGE, MAX_COEF, PENALTY
from riskslim.workflows.recipe import Recipe, weights_in_data

FRAME = pd.DataFrame([[0, 0], [0, 1], [1, 0], [1, 1]] * 5, columns=["Age", "Smoker"])
OUTCOME = [0, 0, 1, 1, 0, 1, 1, 1, 0, 0] * 2


@pytest.mark.parametrize(
    ("estimator", "options"),
    [
        (RiskSLIMClassifier, {"max_size": 1, "C0": 0.01}),
        (RiskSLIMClassifier, {"multiplier": "fixed", "max_coef": 3, "min_size": 1}),
        (RiskSLIMClassifier, {"checklist": True, "constraints": [Include("Age")]}),
        (RiskSLIMClassifier, {"multiplier_range": (1.0, 9.0), "checklist": True}),
        (SLIMClassifier, {"max_fpr": 0.5, "class_weight": {0: 1, 1: 3}}),
        (SLIMClassifier, {"checklist": True}),
    ],
)
def test_estimators_ask_as_the_recipe_does(estimator: Any, options: dict[str, Any]) -> None:
    method = "slim" if estimator is SLIMClassifier else "riskslim"
    recipe = Recipe(method=method, **options)
    in_data = weights_in_data(recipe.method, recipe.class_weight)
    task = recipe.task(Dataset(FRAME, OUTCOME, class_weight=in_data))
    fitted = estimator(**options).fit(FRAME, OUTCOME)
    solution = task.problem.solve()
    assert solution.objective == fitted.solution_.objective
    score = task.score(solution)
    assert (score.points, score.rules) == (fitted.score_.points, fitted.score_.rules)


def test_a_checklist_has_a_wider_range_unless_one_is_asked_for() -> None:
    data = Dataset(FRAME, OUTCOME)
    for options, expected in (
        ({}, DEFAULT_RANGE),
        ({"checklist": True}, CHECKLIST_RANGE),
        ({"checklist": True, "multiplier_range": DEFAULT_RANGE}, DEFAULT_RANGE),
    ):
        assert Recipe(**options).task(data).problem.scale_range == expected


def test_signs_narrow_the_points_of_either_kind() -> None:
    data = Dataset(FRAME, OUTCOME)
    signed = Recipe(signs=[("Age", "-")], max_coef=2).task(data).problem.coefficients
    assert (signed.lower.tolist(), signed.upper.tolist()) == ([-2, -2], [0, 2])
    listed = Recipe(signs=[("Age", "-")], checklist=True).task(data).problem.coefficients
    assert (listed.lower.tolist(), listed.upper.tolist()) == ([0, 0], [0, 1])


def test_defaults_are_the_same_at_every_door() -> None:
    recipe = {item.name: item.default for item in fields(Recipe)}
    for kind in (RiskSLIMClassifier, SLIMClassifier):
        penalty = PENALTY["slim" if kind is SLIMClassifier else "riskslim"]
        known = inspect.signature(kind).parameters
        for name in known.keys() & recipe.keys():
            expected = {"C0": penalty, "multiplier_range": DEFAULT_RANGE}.get(name, recipe[name])
            assert known[name].default == expected, (kind, name)
    for kind, penalty in ((RiskSLIMProblem, 1e-6), (SLIMProblem, 0.01), (RiskSLIMPath, 1e-6)):
        known = inspect.signature(kind).parameters
        assert (known["max_coef"].default, known["C0"].default) == (MAX_COEF, penalty)
    options = {option.name: option for option in fit.params}
    for name in ("min_size", "max_coef", "method"):
        assert options[name].default == recipe[name], name
    assert f"[default: {Recipe().size}," in options["max_size"].help


def test_a_binarizer_that_is_given_stays_as_it_is(tmp_path: Path) -> None:
    ages = pd.DataFrame({"Died": OUTCOME, "Age": [30.5, 41, 50, 62.5] * 5})
    ages.to_csv(tmp_path / "ages.csv", index=False)
    binarizer = ScoreBinarizer(max_cuts=2)
    assert raw_dataset(tmp_path / "ages.csv", binarizer).binning is not None
    assert not hasattr(binarizer, "binning_")
