"""What a problem takes where nothing else is said: for problems, estimators and options alike.

Free of imports, so that the help text of the command line costs nothing.
"""

from typing import Any

__all__ = [
    "CHECKLIST_RANGE",
    "CUTS_EACH",
    "DEFAULT_RANGE",
    "MANY_CUTS",
    "MAX_COEF",
    "MAX_SIZE",
    "MAX_VARIABLES",
    "MIN_VARIABLES",
    "PENALTY",
    "TIME_LIMIT",
]

MAX_SIZE = 5
"""At most so many features have points."""

CUTS_EACH = 3
"""Where the size is a number of variables: so many features for each, unless that is said."""

MAX_COEF = 5
"""Points lie between minus and plus this."""

PENALTY = {"riskslim": 1e-6, "slim": 0.01}
"""C0 by method: one that only breaks ties, and the share of errors that a feature must save."""

DEFAULT_RANGE = (0.5, 1000.0)
"""Range of a free multiplier."""

CHECKLIST_RANGE = (0.1, 1000.0)
"""The same of risk checklists: one item may move the log-odds by up to 10, as the largest points
do within the usual range."""

MAX_VARIABLES = 8
"""Of a score that is built of a raw table: the largest number of variables that is tried."""

MIN_VARIABLES = 3
"""The smallest: the noise of a small table's folds likes scores that say nearly nothing."""

TIME_LIMIT = 100.0
"""Seconds for all of that."""

MANY_CUTS: dict[str, Any] = {"cuts": "quantile", "max_cuts": 20, "min_share": 0.02, "screen": 60}
"""How its features are made: many candidates, of which those stay that its labels ask for."""
