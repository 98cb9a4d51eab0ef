"""Rules on predictions beside a corrected prevalence, which moves every risk."""

from __future__ import annotations

from collections.abc import Iterable

from riskslim.constraints.base import Constraint
from riskslim.constraints.predictions import Classed
from riskslim.constraints.rates import RateLimit, RateParity
from riskslim.errors import OptionError

__all__ = ["refuse_moved_predictions"]


def refuse_moved_predictions(rules: Iterable[Constraint]) -> None:
    """Refuse rules on who has a risk above one half, where risks are corrected afterwards.

    The search keeps such a rule for the risks of the sample. A correction adds one number to the
    logarithm of every odds, so that other people lie above one half, and what the score
    predicts need not keep the rule. Totals stay as they are, and so do rules on totals.

    Parameters
    ----------
    rules : iterable of Constraint
        Of a score whose prevalence is to be corrected.

    Raises
    ------
    OptionError
        One of them is of that kind; names it and says what to do.
    """
    for rule in rules:
        by_risk = isinstance(rule, RateLimit | RateParity) and rule.threshold is None
        if by_risk or isinstance(rule, Classed):
            instead = "a rule on who is scored" if isinstance(rule, Classed) else "a threshold"
            raise OptionError(
                f"prevalence: the rule {rule.name!r} is on who has a risk above one half in the "
                "sample, and the correction moves all risks, so that the predictions would no "
                f"longer keep it; give {instead} in points instead, or drop one of the two"
            )
