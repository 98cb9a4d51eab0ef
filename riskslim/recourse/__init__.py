"""What people can change to reach another prediction, exactly: no solver is needed."""

from riskslim.recourse.actions import Actions
from riskslim.recourse.bands import calculator_with_recourse
from riskslim.recourse.result import Recourse, find_recourse, fixed_predictions
from riskslim.recourse.training import ScoreWithRecourse, best_with_recourse

__all__ = [
    "Actions",
    "Recourse",
    "ScoreWithRecourse",
    "best_with_recourse",
    "calculator_with_recourse",
    "find_recourse",
    "fixed_predictions",
]
