"""Random awkward problems against brute force: a part of benchmarks/exactness.py."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

SOURCE = Path(__file__).resolve().parents[2] / "benchmarks" / "random_problems.py"

pytestmark = [
    pytest.mark.skipif(not SOURCE.exists(), reason="benchmarks/ is not beside the tests"),
    pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning"),
]


@pytest.fixture(scope="module")
def problems() -> ModuleType:
    name = "random_problems"
    spec = importlib.util.spec_from_file_location(name, SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("multiplier", ["fixed", "free", "line"])
def test_both_engines_prove_the_truth(problems: ModuleType, seed: int, multiplier: str) -> None:
    case = problems.random_problem(np.random.default_rng(seed), multiplier)
    found, solutions = problems.complaints(case, ("supports", "lcpa"))
    assert found == []
    assert len(solutions) == 2


def test_least_losses_are_those_of_another_method(problems: ModuleType) -> None:
    random = np.random.default_rng(0)
    scores = np.vstack([random.integers(-40, 41, (60, 9)), np.zeros((1, 9)), np.ones((1, 9))])
    positive, negative = random.random(9), random.random(9)
    negative[:3] = positive[3:5] = 0.0
    low, high = 1e-3, 2.0
    found = problems.least_losses(scores, positive, negative, low, high)
    for row, loss in zip(scores, found, strict=True):

        def at(t: float, row: np.ndarray = row) -> float:
            return float(np.logaddexp(0, -t * row) @ positive + np.logaddexp(0, t * row) @ negative)

        other = minimize_scalar(at, bounds=(low, high), method="bounded", options={"xatol": 1e-10})
        assert loss == pytest.approx(min(other.fun, at(low), at(high)), abs=1e-12)
        assert loss <= other.fun + 1e-14


def test_wrong_answers_are_seen(problems: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check itself can fail: a truth that is off by 1e-8 either way is a complaint."""
    case = problems.random_problem(np.random.default_rng(3), "fixed")
    best, where = problems.truth(case)
    assert where is not None
    for shift, words in ((1e-8, "below the truth"), (-1e-8, "above the truth")):
        monkeypatch.setattr(problems, "truth", lambda case, s=shift: (best + s, where))
        found, _ = problems.complaints(case, ("supports",))
        assert any(words in text for text in found)
        assert any("optimal at" in text for text in found)
