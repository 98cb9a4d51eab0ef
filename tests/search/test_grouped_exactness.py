"""Random problems of grouped, nested cuts against brute force: a part of the benchmark of them."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"

pytestmark = [
    pytest.mark.skipif(not FOLDER.exists(), reason="benchmarks/ is not beside the tests"),
    pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning"),
]


@pytest.fixture(scope="module")
def grouped() -> ModuleType:
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module("grouped_problems")
    finally:
        sys.path.remove(str(FOLDER))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("multiplier", ["fixed", "free", "line"])
def test_limits_on_variables_and_cuts(grouped: ModuleType, seed: int, multiplier: str) -> None:
    from random_problems import complaints

    case = grouped.random_grouped(np.random.default_rng(seed), multiplier)
    found, solutions = complaints(case, ("supports", "lcpa"))
    assert found == []
    assert len(solutions) == 2


def test_the_problems_are_of_every_kind(grouped: ModuleType) -> None:
    cases = [grouped.random_grouped(np.random.default_rng(seed)) for seed in range(12)]
    kinds = {kind for case in cases for kind in case.kinds}
    limits = {"VariableLimit", "GroupCount", "CutLimit"}
    assert limits | {"levels", "outcomes", "mixed", "teacher"} <= kinds
