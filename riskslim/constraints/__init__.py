"""Operational constraints: one class per rule, which states itself once, in typed parts.

A rule is read in one place, ``rows``: linear rows, and parts that mean more than rows can say to
a search (the size, groups, multiples, values, rates). The Pyomo model, the searches, the relaxation
and the check of a finished score are all made of these parts.
"""

from riskslim.constraints.base import Constraint, Setting, check_constraints
from riskslim.constraints.choice import ExactlyOne, Exclude, Include, Nested, NotBoth, Requires
from riskslim.constraints.cuts import CutLimit, VariableLimit
from riskslim.constraints.linear import Linear
from riskslim.constraints.parts import (
    GroupsUsed,
    Part,
    Predictions,
    RateSums,
    Row,
    Size,
    Step,
    Values,
)
from riskslim.constraints.points import (
    EqualPoints,
    Multiples,
    PointOrder,
    PointRange,
    PointValues,
    Sign,
    TotalRange,
)
from riskslim.constraints.predictions import Classed, Ranked, Scored
from riskslim.constraints.rates import RateLimit, RateParity
from riskslim.constraints.reading import read_constraints
from riskslim.constraints.records import as_record, from_record
from riskslim.constraints.size import AllOrNone, GroupCount, GroupLimit, SizeLimit

__all__ = [
    "AllOrNone",
    "Classed",
    "Constraint",
    "CutLimit",
    "EqualPoints",
    "ExactlyOne",
    "Exclude",
    "GroupCount",
    "GroupLimit",
    "GroupsUsed",
    "Include",
    "Linear",
    "Multiples",
    "Nested",
    "NotBoth",
    "Part",
    "PointOrder",
    "PointRange",
    "PointValues",
    "Predictions",
    "Ranked",
    "RateLimit",
    "RateParity",
    "RateSums",
    "Requires",
    "Row",
    "Scored",
    "Setting",
    "Sign",
    "Size",
    "SizeLimit",
    "Step",
    "TotalRange",
    "Values",
    "VariableLimit",
    "as_record",
    "check_constraints",
    "from_record",
    "read_constraints",
]
