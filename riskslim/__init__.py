"""Optimized risk scores with a certificate.

The names below are the public interface. They are loaded on first use, so that
``import riskslim`` and ``riskslim --help`` do not wait for pandas, scikit-learn
or Pyomo.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from riskslim.building import BuiltScore, build_score
    from riskslim.coefficients import CoefficientSet
    from riskslim.constraints import AllOrNone, GroupLimit, Linear, SizeLimit
    from riskslim.data import Dataset
    from riskslim.decision import DecisionScore
    from riskslim.distillation import Distillation, distill
    from riskslim.estimators import RiskSLIMClassifier
    from riskslim.evaluation import Evaluation, evaluate
    from riskslim.exporters.json_format import load_score
    from riskslim.features import Binning
    from riskslim.features.binarizer import ScoreBinarizer
    from riskslim.loss import LogisticLoss
    from riskslim.multiplicity import Multiplicity
    from riskslim.path import RiskSLIMPath
    from riskslim.pool import ScorePool
    from riskslim.problems import RiskSLIMProblem, SLIMProblem
    from riskslim.score import RiskScore
    from riskslim.score_path import ScorePath
    from riskslim.slim_classifier import SLIMClassifier
    from riskslim.slim_solution import SLIMSolution
    from riskslim.solution import Solution
    from riskslim.solvers.result import SearchOptions, Status
    from riskslim.validation.comparison import Comparison, compare_scores
    from riskslim.validation.cross_validation import cross_validate_score
    from riskslim.validation.result import CrossValidation
    from riskslim.validation.selection import RiskSLIMClassifierCV

_HOME = {
    "AllOrNone": "riskslim.constraints",
    "Binning": "riskslim.features",
    "BuiltScore": "riskslim.building",
    "CoefficientSet": "riskslim.coefficients",
    "Comparison": "riskslim.validation.comparison",
    "CrossValidation": "riskslim.validation.result",
    "Dataset": "riskslim.data",
    "Distillation": "riskslim.distillation",
    "DecisionScore": "riskslim.decision",
    "Evaluation": "riskslim.evaluation",
    "GroupLimit": "riskslim.constraints",
    "Linear": "riskslim.constraints",
    "LogisticLoss": "riskslim.loss",
    "Multiplicity": "riskslim.multiplicity",
    "RiskSLIMClassifier": "riskslim.estimators",
    "RiskSLIMClassifierCV": "riskslim.validation.selection",
    "RiskSLIMPath": "riskslim.path",
    "RiskSLIMProblem": "riskslim.problems",
    "RiskScore": "riskslim.score",
    "SLIMClassifier": "riskslim.slim_classifier",
    "SLIMProblem": "riskslim.problems",
    "SLIMSolution": "riskslim.slim_solution",
    "ScoreBinarizer": "riskslim.features.binarizer",
    "ScorePath": "riskslim.score_path",
    "ScorePool": "riskslim.pool",
    "SearchOptions": "riskslim.solvers.result",
    "SizeLimit": "riskslim.constraints",
    "Solution": "riskslim.solution",
    "Status": "riskslim.solvers.result",
    "build_score": "riskslim.building",
    "compare_scores": "riskslim.validation.comparison",
    "cross_validate_score": "riskslim.validation.cross_validation",
    "distill": "riskslim.distillation",
    "evaluate": "riskslim.evaluation",
    "load_score": "riskslim.exporters.json_format",
}

__all__ = [
    "AllOrNone",
    "Binning",
    "BuiltScore",
    "CoefficientSet",
    "Comparison",
    "CrossValidation",
    "Dataset",
    "DecisionScore",
    "Distillation",
    "Evaluation",
    "GroupLimit",
    "Linear",
    "LogisticLoss",
    "Multiplicity",
    "RiskSLIMClassifier",
    "RiskSLIMClassifierCV",
    "RiskSLIMPath",
    "RiskSLIMProblem",
    "RiskScore",
    "SLIMClassifier",
    "SLIMProblem",
    "SLIMSolution",
    "ScoreBinarizer",
    "ScorePath",
    "ScorePool",
    "SearchOptions",
    "SizeLimit",
    "Solution",
    "Status",
    "__version__",
    "build_score",
    "compare_scores",
    "cross_validate_score",
    "distill",
    "evaluate",
    "load_score",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("riskslim")
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'riskslim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
