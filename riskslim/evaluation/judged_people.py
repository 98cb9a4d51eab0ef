"""People with the risks that a score, or the scores of the folds, gave them."""

from __future__ import annotations

from dataclasses import dataclass

from riskslim.evaluation.estimates import Merged
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["JudgedPeople"]


@dataclass(frozen=True, eq=False)
class JudgedPeople:
    """Outcomes and predicted risks.

    Attributes
    ----------
    positive : ndarray of bool, shape (n,)
        Outcomes.
    risk : ndarray of shape (n,)
        Predicted; held out where the people are those of a cross-validation.
    weight : ndarray of shape (n,)
        Weights.
    cluster : ndarray of int, shape (n,), or None
        Person of each row, where some have several.
    merged : Merged or None
        How many people each row is, where rows are counts of them.
    """

    positive: BoolArray
    risk: FloatArray
    weight: FloatArray
    cluster: IntArray | None = None
    merged: Merged | None = None
