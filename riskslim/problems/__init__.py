"""Problems: data, points and rules put together, ready to be solved, printed or written."""

from riskslim.problems.problem import RiskSLIMProblem
from riskslim.problems.slim import SLIMProblem

__all__ = ["RiskSLIMProblem", "SLIMProblem"]
