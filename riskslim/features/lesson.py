"""What a fit is taught: soft labels of its rows, and the features that these labels ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.features.courses import taught_courses
from riskslim.features.screening import screened_by_path
from riskslim.features.teaching import Teaching, mixed
from riskslim.logs import logger_of
from riskslim.solvers._typing import BoolArray, FloatArray

if TYPE_CHECKING:
    from collections.abc import Callable

    from riskslim.data import Dataset
    from riskslim.features.binning import Binning

__all__ = ["Lesson", "learned", "promising"]

_log = logger_of(__name__)


@dataclass(frozen=True, eq=False)
class Lesson:
    """Labels and features of the rows of one fit.

    Attributes
    ----------
    labels : ndarray of shape (n,)
        Mixed; the outcomes where the teacher has no share.
    cells : ndarray of shape (n, d)
        Features that screening kept, or all.
    binning : Binning or None
        How they are made of a raw table.
    share : float
        Of the teacher in the labels.
    """

    labels: FloatArray
    cells: Any
    binning: Binning | None
    share: float

    def table(self, make: Callable[[Any, bool], Dataset], outcome: Any) -> Dataset:
        """Make the data set of the mixed labels, which knows the one of the outcomes.

        Parameters
        ----------
        make : callable
            Makes a data set of these features with the labels that it is given, and is told
            whether they are soft.
        outcome : array-like of shape (n,)
            The labels that are not.
        """
        hard = make(outcome, False)._replace(binning=self.binning)
        if self.share == 0:
            return hard
        soft = make(self.labels, True)
        return soft._replace(binning=self.binning, outcomes=hard, teacher_share=self.share)


def learned(
    teaching: Teaching,
    raw: Any,
    cells: Any,
    positive: BoolArray,
    weight: FloatArray | None,
    binning: Binning | None,
    keep: int | None,
) -> Lesson:
    """Fit the teacher, mix the labels, screen the features by them, and look where risks rise.

    Parameters
    ----------
    teaching, raw, cells, positive, weight, binning
        As for `Teaching.labels`.
    keep : int or None
        At most so many features are kept, by `screened_by_path`; None for all.
    """
    share = float(teaching.share)
    # A teacher without a share is not asked at all.
    whole = replace(teaching, share=1.0) if share > 0 else teaching
    taught = whole.labels(raw, cells, positive, weight, binning)
    labels, cells = mixed(np.asarray(positive, dtype=np.bool_), taught, share), np.asarray(cells)
    if binning is not None:
        asked = taught if share > 0 else None
        binning, places = promising(binning, cells, labels, keep, weight, asked)
        _log.info("%d features are kept by the labels of the teacher", len(places))
        cells = cells[:, places]
    return Lesson(labels, cells, binning, share)


def promising(
    binning: Binning,
    cells: Any,
    labels: FloatArray,
    keep: int | None,
    weight: FloatArray | None,
    taught: FloatArray | None = None,
) -> tuple[Binning, list[int]]:
    """Screen features by labels, and give the places of those that are kept.

    Parameters
    ----------
    binning, cells, labels, weight
        As for `screened_by_path`.
    keep : int or None
        As there; None keeps all.
    taught : ndarray of shape (n,), optional
        Risks of the teacher, by whose `taught_courses` points are to rise and fall.

    Returns
    -------
    kept : Binning
        Of some of the features, in their order.
    places : list of int
        Their columns among `cells`.
    """
    known = binning.features
    if keep is not None:
        binning = screened_by_path(binning, cells, labels, keep, weight)
    kept = set(binning.features)
    places = [place for place, name in enumerate(known) if name in kept]
    if taught is not None:
        courses = taught_courses(binning, np.asarray(cells)[:, places], taught, weight)
        binning = replace(binning, courses=courses)
    return binning, places
