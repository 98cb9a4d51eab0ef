"""Operational constraints: one class per rule, stated once as linear rows.

A rule is read in one place, ``rows``; the Pyomo model, the searches, the
relaxation and the check of a finished score are all made of these rows.
"""

from riskslim.constraints.base import Constraint, Row, Rule, Setting, check_constraints
from riskslim.constraints.choice import ExactlyOne, Exclude, Include, Nested, NotBoth, Requires
from riskslim.constraints.cuts import CutLimit
from riskslim.constraints.linear import Linear
from riskslim.constraints.points import (
    EqualPoints,
    Multiples,
    PointOrder,
    PointRange,
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
    "Include",
    "Linear",
    "Multiples",
    "Nested",
    "NotBoth",
    "PointOrder",
    "PointRange",
    "Ranked",
    "RateLimit",
    "RateParity",
    "Requires",
    "Row",
    "Rule",
    "Scored",
    "Setting",
    "Sign",
    "SizeLimit",
    "TotalRange",
    "as_record",
    "check_constraints",
    "from_record",
    "read_constraints",
]
