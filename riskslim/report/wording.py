"""Measured values and their intervals, as a report words them."""

from __future__ import annotations

import math

from riskslim.evaluation.estimates import Estimate
from riskslim.languages import Texts
from riskslim.scores.intervals import places_between

__all__ = ["estimate_in_words", "share_in_words", "short_interval"]

# Digits after the point, by measure; a share is a percentage.
_PLACES = {"auc": 3, "brier": 4, "log_loss": 4, "calibration_error": None, "rate": None}


def estimate_in_words(say: Texts, name: str, found: Estimate | float | None) -> tuple[str, str]:
    """Give value and interval of a measure; a dash where there is none.

    Parameters
    ----------
    say : Texts
        The language.
    name : str
        One of `riskslim.evaluation.performance.MEASURES`, or ``"rate"`` for any share.
    found : Estimate, float or None
        What was measured.
    """
    places = _PLACES.get(name, 2)

    def write(value: float) -> str:
        return say.percent(value) if places is None else say.fixed(value, places)

    if found is None:
        return "–", ""
    if not isinstance(found, Estimate):
        return write(found), ""
    if not math.isfinite(found.low) or not math.isfinite(found.high):
        return write(found.value), ""
    return write(found.value), say("rows.between", low=write(found.low), high=write(found.high))


def share_in_words(say: Texts, found: Estimate) -> str:
    """Give a share with as many digits as its interval leaves."""
    return say.percent(found.value, places_between(found.low, found.high))


def short_interval(say: Texts, found: Estimate) -> str:
    """Interval of a share in few letters: 95.3-98.1%."""
    if not (math.isfinite(found.low) and math.isfinite(found.high)):
        return ""
    return say.percents(found.low, found.high, places_between(found.low, found.high))
