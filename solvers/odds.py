"""From log odds to risks and back; without SciPy, whose special functions take long to load."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["expit", "logit"]


def expit(odds: Any) -> Any:
    """Give the risk 1 / (1 + exp(-odds)) of log odds, to the last places in both tails."""
    e = np.exp(-np.abs(odds))
    return np.where(np.asarray(odds) >= 0.0, 1.0, e) / (1.0 + e)


def logit(risk: Any) -> Any:
    """Give the log odds of a risk; infinite of 0 and 1."""
    with np.errstate(divide="ignore"):
        return np.log(risk) - np.log1p(-np.asarray(risk, dtype=np.float64))
