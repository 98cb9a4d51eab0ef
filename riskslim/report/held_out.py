"""What a report says about cross-validation of the whole way to a score."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from riskslim.errors import ScoreError
from riskslim.evaluation.estimates import Estimate
from riskslim.evaluation.performance import MEASURES
from riskslim.report.reading import read_object

__all__ = ["HeldOut", "HeldOutMeasure", "held_out_of", "read_held_out"]

_VERSION = 1


@dataclass(frozen=True)
class HeldOutMeasure:
    """One measure.

    Attributes
    ----------
    name : str
        One of `riskslim.evaluation.performance.MEASURES`.
    held_out : Estimate or None
        On people whom the scores of the folds had not seen.
    apparent : float or None
        Of the score of all rows, on these rows.
    corrected : float or None
        That, minus the optimism that the bootstrap found; None without a bootstrap.
    """

    name: str
    held_out: Estimate | None
    apparent: float | None
    corrected: float | None


@dataclass(frozen=True)
class HeldOut:
    """A cross-validation.

    Attributes
    ----------
    rows : int
        Held out in the folds that were finished, each once.
    unfinished : int
        Folds that a limit left out.
    folds, repeats : int
        Of the splits.
    nested : bool
        Whether the size was chosen within each fold.
    resamples : int
        Of the bootstrap; 0 without one.
    measures : tuple of HeldOutMeasure
        Those that are known.
    sizes : tuple of (str, int)
        How many folds chose each size.
    selected : tuple of (str, int)
        How many folds gave points to each feature, most often first.
    """

    rows: int
    unfinished: int
    folds: int
    repeats: int
    nested: bool
    resamples: int
    measures: tuple[HeldOutMeasure, ...]
    sizes: tuple[tuple[str, int], ...]
    selected: tuple[tuple[str, int], ...]


def held_out_of(found: Mapping[str, Any]) -> HeldOut:
    """Take what a report shows out of a cross-validation.

    Parameters
    ----------
    found : mapping
        As `CrossValidation.to_dict` gives it.

    Returns
    -------
    HeldOut

    Raises
    ------
    ScoreError
        It is something else, or of another version.
    """
    if found.get("kind") != "cross-validation":
        raise ScoreError("no cross-validation: expected the JSON object that riskslim cv -o writes")
    if found.get("version") != _VERSION:
        raise ScoreError(
            f"version {found.get('version')!r} of a cross-validation; this report reads {_VERSION}"
        )
    try:
        optimism = found["optimism"] or {"corrected": {}, "resamples": 0}
        return HeldOut(
            unfinished=int(found["design"].get("unfinished_folds", 0)),
            rows=min(int(found["data"]["rows"]), sum(int(fold["rows"]) for fold in found["folds"])),
            folds=int(found["design"]["folds"]),
            repeats=int(found["design"]["repeats"]),
            nested=bool(found["design"]["nested"]),
            resamples=int(optimism["resamples"]),
            measures=tuple(
                _measure(name, found["measures"], found["apparent"], optimism["corrected"])
                for name in MEASURES
            ),
            sizes=tuple((str(size), int(count)) for size, count in found["sizes"].items()),
            selected=tuple((str(name), int(count)) for name, count in found["selected"].items()),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ScoreError(f"not a whole cross-validation: {error!r} is wrong or missing") from error


def read_held_out(path: str | os.PathLike[str]) -> HeldOut:
    """Read a cross-validation from its JSON file; errors name the file."""
    return read_object(path, held_out_of)


def _measure(
    name: str, measures: Any, apparent: Mapping[str, Any], corrected: Mapping[str, Any]
) -> HeldOutMeasure:
    own = apparent[name]
    return HeldOutMeasure(
        name,
        _estimate(measures[name]),
        None if own is None else _number(own["value"]),
        _number(corrected.get(name)),
    )


def _estimate(raw: Any) -> Estimate | None:
    value = None if raw is None else _number(raw["value"])
    if value is None:
        return None
    low, high = _number(raw["low"]), _number(raw["high"])
    return Estimate(value, math.nan if low is None else low, math.nan if high is None else high)


def _number(raw: Any) -> float | None:
    return None if raw is None else float(raw)
