"""Who moves between categories of risk when one score takes the place of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskslim.errors import OptionError
from riskslim.evaluation.estimates import Estimate, People, mean_of, part_of
from riskslim.solvers._typing import BoolArray, FloatArray

__all__ = ["CAVEAT", "Reclassification", "reclassify"]

CAVEAT = (
    "The net reclassification improvement rewards risks that are merely more extreme, and can be "
    "positive for a useless addition; judge by net benefit and calibration."
)


@dataclass(frozen=True, eq=False)
class Reclassification:
    """Movement between categories of risk [1]_; see `CAVEAT` [2]_.

    Attributes
    ----------
    cutoffs : tuple of float
        Risks that divide the categories; one more category than cutoffs.
    positives, negatives : ndarray of shape (c, c)
        Weight of the people by category of the first score (rows) and of the other.
    nri_positives, nri_negatives : Estimate or None
        Share of the positives who move up less share who move down, and of the negatives who
        move down less share who move up. None without such people.

    References
    ----------
    .. [1] M. J. Pencina, R. B. D'Agostino Sr, R. B. D'Agostino Jr, R. S. Vasan, "Evaluating the
       added predictive ability of a new marker", Statistics in Medicine 27 (2008), 157-172.
    .. [2] J. Hilden and T. A. Gerds, "A note on the evaluation of novel biomarkers: do not rely
       on integrated discrimination improvement and net reclassification index", Statistics in
       Medicine 33 (2014), 3405-3414.
    """

    cutoffs: tuple[float, ...]
    positives: FloatArray
    negatives: FloatArray
    nri_positives: Estimate | None
    nri_negatives: Estimate | None

    @property
    def nri(self) -> float | None:
        """Sum of both parts; None where one is missing."""
        if self.nri_positives is None or self.nri_negatives is None:
            return None
        return self.nri_positives.value + self.nri_negatives.value

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers and lists, the caveat included."""
        up, down = self.nri_positives, self.nri_negatives
        return {
            "cutoffs": list(self.cutoffs),
            "positives": self.positives.tolist(),
            "negatives": self.negatives.tolist(),
            "nri_positives": None if up is None else up.to_dict(),
            "nri_negatives": None if down is None else down.to_dict(),
            "nri": self.nri,
            "caveat": CAVEAT,
        }


def reclassify(
    positive: BoolArray,
    first: FloatArray,
    other: FloatArray,
    cutoffs: Sequence[float],
    weight: FloatArray,
    cluster: People = None,
) -> Reclassification:
    """Compare the categories that two scores put people into.

    Parameters
    ----------
    positive : ndarray of bool, shape (n,)
        Outcomes.
    first, other : ndarray of shape (n,)
        Risks.
    cutoffs : sequence of float
        Between 0 and 1; a category includes its lower end.
    weight : ndarray of shape (n,)
        Weights.
    cluster : ndarray of int, shape (n,), optional
        Person of each row.

    Raises
    ------
    OptionError
        A cutoff is out of range, or there is none.
    """
    ends = np.unique(np.asarray(cutoffs, dtype=np.float64))
    if not ends.size or not ((ends > 0) & (ends < 1)).all():
        raise OptionError(f"cutoffs={tuple(cutoffs)!r}: give risks between 0 and 1, at least one")
    before, after = (np.searchsorted(ends, risk, side="right") for risk in (first, other))
    moved = np.sign(after - before).astype(np.float64)
    tables: list[FloatArray] = []
    parts: list[Estimate | None] = []
    for rows, sign in ((positive, 1.0), (~positive, -1.0)):
        table = np.zeros((ends.size + 1, ends.size + 1))
        np.add.at(table, (before[rows], after[rows]), weight[rows])
        tables.append(table)
        parts.append(
            mean_of(sign * moved[rows], weight[rows], part_of(cluster, rows), -1, 1)
            if rows.any()
            else None
        )
    return Reclassification(tuple(ends.tolist()), tables[0], tables[1], parts[0], parts[1])
