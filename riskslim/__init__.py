"""Optimized risk scores with a certificate.

What flows, and the folder of each step::

    table -> Dataset                        features, data       checked, equal rows merged
          -> Problem -> Statement           constraints, problems, models   what is to be solved
          -> engine -> SearchResult         search, solvers      incumbent and lower bound
          -> Solution                       search               certified, or refused
          -> Score                          scores               stands alone from here on
          -> cards, measures, reports       exporters, evaluation, report

``workflows`` and ``estimators`` run the whole way; ``cli`` is the command line.

The names below are the public interface. They are loaded on first use, so that
``import riskslim`` and ``riskslim --help`` do not wait for pandas, scikit-learn
or Pyomo.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from riskslim.constraints import AllOrNone, GroupLimit, Linear, SizeLimit
    from riskslim.data import Counts, DatabaseTable, Dataset
    from riskslim.estimators.path import RiskSLIMPath
    from riskslim.estimators.riskslim import RiskSLIMClassifier
    from riskslim.estimators.selection import RiskSLIMClassifierCV
    from riskslim.estimators.slim import SLIMClassifier
    from riskslim.evaluation.by_total import count_people
    from riskslim.evaluation.compared import Comparison
    from riskslim.evaluation.comparison import compare_scores
    from riskslim.evaluation.cross_validation import cross_validate_score
    from riskslim.evaluation.result import CrossValidation
    from riskslim.evaluation.risk import Evaluation, evaluate
    from riskslim.exporters.json_format import load_score
    from riskslim.features import Binning
    from riskslim.features.binarizer import ScoreBinarizer
    from riskslim.features.counting import count_table
    from riskslim.problems.coefficients import CoefficientSet
    from riskslim.problems.loss import LogisticLoss
    from riskslim.problems.problem import RiskSLIMProblem
    from riskslim.problems.slim import SLIMProblem
    from riskslim.scores.decision import DecisionScore
    from riskslim.scores.multiplicity import Multiplicity
    from riskslim.scores.path import ScorePath
    from riskslim.scores.pool import ScorePool
    from riskslim.scores.risk import RiskScore
    from riskslim.search.reduction import reduce_data
    from riskslim.search.solution import SLIMSolution, Solution
    from riskslim.solvers.result import SearchOptions, Status
    from riskslim.workflows.build import BuiltScore, build_score
    from riskslim.workflows.distil import Distillation, distill

_HOME = {
    "AllOrNone": "riskslim.constraints",
    "Binning": "riskslim.features",
    "BuiltScore": "riskslim.workflows.build",
    "CoefficientSet": "riskslim.problems.coefficients",
    "Comparison": "riskslim.evaluation.compared",
    "Counts": "riskslim.data",
    "DatabaseTable": "riskslim.data",
    "CrossValidation": "riskslim.evaluation.result",
    "Dataset": "riskslim.data",
    "Distillation": "riskslim.workflows.distil",
    "DecisionScore": "riskslim.scores.decision",
    "Evaluation": "riskslim.evaluation.risk",
    "GroupLimit": "riskslim.constraints",
    "Linear": "riskslim.constraints",
    "LogisticLoss": "riskslim.problems.loss",
    "Multiplicity": "riskslim.scores.multiplicity",
    "RiskSLIMClassifier": "riskslim.estimators.riskslim",
    "RiskSLIMClassifierCV": "riskslim.estimators.selection",
    "RiskSLIMPath": "riskslim.estimators.path",
    "RiskSLIMProblem": "riskslim.problems.problem",
    "RiskScore": "riskslim.scores.risk",
    "SLIMClassifier": "riskslim.estimators.slim",
    "SLIMProblem": "riskslim.problems.slim",
    "SLIMSolution": "riskslim.search.solution",
    "ScoreBinarizer": "riskslim.features.binarizer",
    "ScorePath": "riskslim.scores.path",
    "ScorePool": "riskslim.scores.pool",
    "SearchOptions": "riskslim.solvers.result",
    "SizeLimit": "riskslim.constraints",
    "Solution": "riskslim.search.solution",
    "Status": "riskslim.solvers.result",
    "build_score": "riskslim.workflows.build",
    "compare_scores": "riskslim.evaluation.comparison",
    "count_people": "riskslim.evaluation.by_total",
    "count_table": "riskslim.features.counting",
    "cross_validate_score": "riskslim.evaluation.cross_validation",
    "distill": "riskslim.workflows.distil",
    "evaluate": "riskslim.evaluation.risk",
    "load_score": "riskslim.exporters.json_format",
    "reduce_data": "riskslim.search.reduction",
}

__all__ = [
    "AllOrNone",
    "Binning",
    "BuiltScore",
    "CoefficientSet",
    "Comparison",
    "Counts",
    "CrossValidation",
    "DatabaseTable",
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
    "count_people",
    "count_table",
    "cross_validate_score",
    "distill",
    "evaluate",
    "load_score",
    "reduce_data",
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
