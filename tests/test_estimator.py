"""The estimator keeps scikit-learn's contract, and gives the certified score."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from riskslim import RiskSLIMClassifier


@parametrize_with_checks([RiskSLIMClassifier()])
def test_scikit_learn_checks(estimator: RiskSLIMClassifier, check: Any) -> None:
    check(estimator)
