"""Learning the features of a raw table: kinds, blanks, levels and cuts of its columns."""

from riskslim.features.learning.columns import (
    column_kinds,
    learn,
    learn_column,
    with_distinct_names,
)
from riskslim.features.learning.parameters import LearnedKinds, Learning

__all__ = [
    "LearnedKinds",
    "Learning",
    "column_kinds",
    "learn",
    "learn_column",
    "with_distinct_names",
]
