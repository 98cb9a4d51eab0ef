"""Between which risks all scores near the optimum judge people, exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.data.frames import as_frame, source_of
from riskslim.data.validation import numeric_column
from riskslim.errors import OptionError, ScoreError
from riskslim.names import find_name, nearest
from riskslim.scores.people import checked_weights
from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.odds import expit

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.data import Dataset
    from riskslim.problems.problem import RiskSLIMProblem
    from riskslim.solvers.result import SearchOptions

__all__ = ["ViableRanges", "features_of_people", "find_viable_ranges"]


@dataclass(frozen=True, eq=False)
class ViableRanges:
    """The least and the greatest risk of each person over all scores near the optimum [1]_.

    Over every choice of points that the rules allow, every multiplier, and every intercept where
    it is free.

    Attributes
    ----------
    ranges : DataFrame
        A row for each person: the ``baseline`` risk of the best score, ``lowest`` and ``highest``
        risk of any; what is proved, ``least`` and ``greatest``: no score near the optimum has a
        risk outside of them; and ``exact``, whether these are the same.
    tolerance : float
        On the objective, above that of the best score.
    weight : ndarray of shape (n,)
        Of the people.

    References
    ----------
    .. [1] J. Watson-Daniels, D. C. Parkes, B. Ustun, "Predictive multiplicity in probabilistic
       classification", AAAI 2023.
    """

    ranges: pd.DataFrame = field(repr=False)
    tolerance: float
    weight: FloatArray = field(repr=False)

    @property
    def complete(self) -> bool:
        """Whether every range is exact; else the numbers below are at least so large."""
        return bool(self.ranges["exact"].all())

    @property
    def mean_width(self) -> float:
        """Mean difference between a person's highest and lowest risk."""
        return self._share(self.ranges["highest"] - self.ranges["lowest"])

    def ambiguity(self, threshold: float = 0.5) -> float:
        """Share of the people whose predicted class some score flips.

        Parameters
        ----------
        threshold : float
            A risk above it predicts the positive class.
        """
        _check("threshold", threshold)
        return self._share((self.ranges["highest"] > threshold) & ~self._above(threshold)) + (
            self._share((self.ranges["lowest"] <= threshold) & self._above(threshold))
        )

    def ambiguity_of_risks(self, deviation: float) -> float:
        """Share of the people whose risk differs by the deviation or more in some score."""
        _check("deviation", deviation)
        above = self.ranges["highest"] - self.ranges["baseline"]
        below = self.ranges["baseline"] - self.ranges["lowest"]
        return self._share(np.maximum(above, below) >= deviation)

    def sides(self, threshold: float) -> IntArray:
        """Say of each person whether every score has a risk above a threshold.

        Returns
        -------
        ndarray of int, shape (n,)
            1 where that is proved, 0 where it is proved that none has; -1 where they differ, or
            neither is proved.
        """
        _check("threshold", threshold)
        above, below = self.ranges["least"] > threshold, self.ranges["greatest"] <= threshold
        return np.where(above, 1, np.where(below, 0, -1)).astype(np.int64)

    def _above(self, threshold: float) -> Any:
        return self.ranges["baseline"] > threshold

    def _share(self, values: Any) -> float:
        return float(self.weight @ np.asarray(values, dtype=np.float64) / self.weight.sum())

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain values for JSON."""
        return {
            "tolerance": self.tolerance,
            "complete": self.complete,
            "mean_width": self.mean_width,
            "people": self.ranges.to_dict("records"),
        }


def find_viable_ranges(
    problem: RiskSLIMProblem,
    X: Any = None,
    tolerance: float = 0.01,
    relative: bool = False,
    sample_weight: ArrayLike | None = None,
    limit: int = 1000,
    options: SearchOptions | None = None,
) -> ViableRanges:
    """Find the viable ranges of people; see `RiskSLIMProblem.viable_ranges`."""
    import pandas as pd

    from riskslim.search.viable import viable_log_odds

    data = problem.data
    if X is None:
        if sample_weight is not None:
            raise OptionError("sample_weight goes with X; the rows of the table have their own")
        rows, weight = data.features, data.positive + data.negative
    else:
        rows = features_of_people(problem.data, X)
        weight = checked_weights(sample_weight, len(rows))
    found = viable_log_odds(problem, rows, tolerance, relative, limit, options)
    ranges = {
        "baseline": expit(found.baseline),
        "lowest": expit(found.low),
        "highest": expit(found.high),
        "least": expit(found.least),
        "greatest": expit(found.greatest),
        "exact": found.exact,
    }
    return ViableRanges(pd.DataFrame(ranges), found.limit - found.best.objective, weight)


def features_of_people(data: Dataset, X: Any) -> FloatArray:
    """Give the features of people, of a table of features or a raw one."""
    frame = as_frame(X)
    if not (hasattr(frame, "columns") and hasattr(frame, "iloc")):
        rows = np.asarray(X, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != data.n_features:
            raise ScoreError(
                f"expected an array of {data.n_features} columns, those of the table, not one of "
                f"shape {rows.shape}"
            )
    else:
        names, source = [str(name) for name in frame.columns], source_of(frame)
        if data.binning is not None and data.binning.is_raw_table(names, data.feature_names):
            frame = data.binning.frame(frame, source)
            names = list(frame.columns)
        columns = []
        for name in data.feature_names:
            place = find_name(name, names)
            if place is None:
                raise ScoreError(f"{source}: no column {name!r}; {nearest(name, names, 'columns')}")
            columns.append(numeric_column(frame.iloc[:, place], name, source))
        rows = np.column_stack(columns) if columns else np.zeros((len(frame), 0))
    if not np.isfinite(rows).all():
        raise ScoreError("a value is missing or infinite; fill in a number")
    if not len(rows):
        raise ScoreError("there are no people; give at least one row")
    return rows


def _check(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise OptionError(f"{name}={value!r}: give a number from 0 to 1")
