"""What people can change to reach another prediction, exactly: no solver is needed."""

from riskslim.recourse.actions import Actions
from riskslim.recourse.result import Recourse, find_recourse

__all__ = ["Actions", "Recourse", "find_recourse"]
