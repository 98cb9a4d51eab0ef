"""M-of-N rules: scores whose items each count one, "yes if at least 3 of these 7 hold".

They are the scores with points in {0, 1} [1]_. The risk score of a checklist gives a risk for
every count; its decision score a number M of items that must hold.

References
----------
.. [1] B. Ustun and C. Rudin, "Supersparse linear integer models for optimized medical scoring
   systems", Machine Learning 102, 2016, on M-of-N rule tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from riskslim.constraints import (
    Constraint,
    Linear,
    Multiples,
    PointRange,
    PointValues,
    Scored,
    TotalRange,
)
from riskslim.data import Dataset
from riskslim.errors import ConstraintError, DataError, OptionError
from riskslim.names import quoted
from riskslim.problems.coefficients import CoefficientSet

if TYPE_CHECKING:
    from riskslim.problems.base import ScoreProblem

__all__ = ["Checklist"]

_SPEAK_OF_POINTS = (TotalRange, Scored, PointRange, PointValues, Linear, Multiples)


@dataclass(frozen=True)
class Checklist:
    """What makes a problem one of checklists.

    Attributes
    ----------
    coefficients : CoefficientSet
        Points 0 or `unit`.
    constraints : tuple of constraints
        The rules, and that points are multiples of the unit.
    unit : int
        Points of an item within the problem: 1, and 2 in a SLIM problem. There a total of 0
        is an error for either class, and the threshold an integer: with points 2 it
        can lie between two counts.
    """

    coefficients: CoefficientSet
    constraints: tuple[Constraint, ...]
    unit: int

    @classmethod
    def of_risks(cls, data: Dataset, constraints: Sequence[Constraint] = ()) -> Checklist:
        """State checklists for a RiskSLIM problem.

        Parameters
        ----------
        data : Dataset
            Its features are 0 or 1.
        constraints : sequence of constraints
            Further rules.

        Raises
        ------
        DataError
            A feature has other values than 0 and 1.
        """
        _check_yes_or_no(data)
        return cls(CoefficientSet(data.feature_names, 0, 1), tuple(constraints), 1)

    @classmethod
    def of_decisions(cls, data: Dataset, constraints: Sequence[Constraint] = ()) -> Checklist:
        """State checklists for a SLIM problem; parameters as for `of_risks`.

        Raises
        ------
        DataError
            A feature has other values than 0 and 1.
        ConstraintError
            A rule speaks of points or totals, which are counted otherwise there.
        """
        _check_yes_or_no(data)
        for rule in constraints:
            counts = getattr(rule, "threshold", None) is not None or getattr(rule, "by", 0) != 0
            if counts or isinstance(rule, _SPEAK_OF_POINTS):
                raise ConstraintError(
                    f"{rule.name}: {rule.describe()}: the items of a checklist all count one; "
                    "rules may say which of them, how many, and what is decided about whom"
                )
        grid = Multiples(2, name="checklist")
        return cls(CoefficientSet(data.feature_names, 0, 2), (*constraints, grid), 2)

    def instead_of(self, coefficients: CoefficientSet | None) -> CoefficientSet:
        """Give the points of a checklist, where none were given.

        Raises
        ------
        OptionError
            Points were given too.
        """
        if coefficients is not None:
            raise OptionError(
                "checklist=True sets the points, each 0 or 1; state what else you want of them "
                "by constraints rather than by coefficients"
            )
        return self.coefficients

    def rules_in_words(self, problem: ScoreProblem) -> tuple[str, ...]:
        """Say within which checklists a problem's answer is the best."""
        from riskslim.constraints.rules import rules_in_words

        rules = list(rules_in_words(problem))
        rules[0] = "every item counts one"
        grid = [rule.describe() for rule in problem.constraints if rule.name == "checklist"]
        forbidden = {f"{name} fixed at 0" for name in problem.data.feature_names}
        return tuple(
            rule.replace("fixed at 0", "not on the list") if rule in forbidden else rule
            for rule in rules
            if rule not in grid
        )


def _check_yes_or_no(data: Dataset) -> None:
    others = ~np.isin(data.features, (0.0, 1.0)).all(axis=0)
    if others.any():
        names = [data.feature_names[j] for j in np.flatnonzero(others).tolist()]
        worst = int(np.flatnonzero(others)[0])
        values = data.features[:, worst]
        raise DataError(
            f"{data.source}: a checklist needs features of 0 and 1; {quoted(names)} "
            f"{'has' if len(names) == 1 else 'have'} other values (the first from "
            f"{values.min():g} to {values.max():g}): cut such columns into ranges, or leave "
            "them out"
        )
