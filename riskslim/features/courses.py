"""Which way the risk goes with a measurement: as the teacher's does, where that goes one way.

With many cuts of a measurement a score may fit points that rise, fall and rise again from band to
band, which is noise nearly always and looks wrong to whoever uses it. Where the teacher's risks go
one way with the measurement, others being equal, so do the points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from riskslim.constraints import Row, Setting
from riskslim.features.variables import Thresholds
from riskslim.solvers.odds import logit

if TYPE_CHECKING:
    from riskslim.features.binning import Binning
    from riskslim.features.variables import Cells
    from riskslim.solvers._typing import FloatArray

__all__ = ["TaughtCourses", "taught_courses"]

# A curve goes one way where the nearest one that does has so much of its variance: the rest is
# what a teacher of few rows shows of noise.
_LEAST = 0.9
_RIDGE, _SURE = 1e-3, 1e-6


@dataclass(frozen=True)
class TaughtCourses:
    """Points rise, or fall, with the measurements with which the teacher's risks do.

    Parameters
    ----------
    courses : mapping of str to bool
        Whether they rise, by feature.
    measurements : int
        Of how many measurements these are cuts.
    name : str
        ``courses`` by default.
    """

    courses: Mapping[str, bool] = field(hash=False)
    measurements: int
    name: str = "courses"

    def rows(self, setting: Setting) -> list[Row]:
        """State the rule over a problem's features."""
        return [
            Row(f"{self.name}[{name}]", points={name: 1.0 if rises else -1.0}, lower=0.0)
            for name, rises in self.courses.items()
            if name in setting.feature_names
        ]

    def describe(self) -> str:
        """State the rule in words."""
        return (
            "points rise or fall as the smooth model's risks do, with "
            f"{self.measurements} of the measurements"
        )


def taught_courses(
    binning: Binning, cells: Cells, taught: FloatArray, weight: FloatArray | None = None
) -> dict[str, bool]:
    """Find the measurements with which a teacher's risks rise, or fall, others being equal.

    The logarithms of the odds are fitted by steps at all cuts and by all other features (least
    squares), which gives a curve of each measurement.

    Parameters
    ----------
    binning : Binning
        How the features are made.
    cells : ndarray of shape (n, d)
        The features.
    taught : ndarray of shape (n,)
        The teacher's risks.
    weight : ndarray of shape (n,), optional
        What each row counts.

    Returns
    -------
    dict of str to bool
        Whether they rise, by the label of the measurement; without one of fewer than two cuts,
        or whose curve goes both ways.
    """
    places = {name: place for place, name in enumerate(binning.features)}
    measured = [v for v in binning.variables if isinstance(v, Thresholds) and len(v.ordered) > 1]
    weight = np.ones(len(taught)) if weight is None else np.asarray(weight, dtype=np.float64)
    if not measured or any(variable.intervals for variable in measured):
        return {}
    steps = _steps(np.asarray(cells), logit(np.clip(taught, _SURE, 1.0 - _SURE)), weight)
    found: dict[str, bool] = {}
    for variable in measured:
        own = [places[name] for name in variable.ordered]
        curve = np.concatenate([[0.0], np.cumsum(steps[own])])
        # Blanks have passed no cut: at most a few more in the first band.
        passed = cells[:, own].sum(axis=1, dtype=np.int64)
        people = np.bincount(passed, weight, len(curve)).astype(np.float64)
        rises = _course(curve, people)
        if rises is not None:
            found[variable.label] = rises
    return found


def _steps(cells: Cells, odds: FloatArray, weight: FloatArray) -> FloatArray:
    """Give the step at every feature, of shape (d,)."""
    share = weight / weight.sum()
    columns = cells - share @ cells
    curve = columns.T @ (share[:, None] * columns)
    slope = columns.T @ (share * (odds - share @ odds))
    steps: FloatArray = np.linalg.solve(curve + _RIDGE * np.eye(len(curve)), slope)
    return steps


def _course(curve: FloatArray, people: FloatArray) -> bool | None:
    """Say whether a curve rises; None where it neither rises nor falls, or has no people."""
    from sklearn.isotonic import isotonic_regression

    met = people > 0
    curve, share = curve[met], people[met] / max(float(people.sum()), 1e-300)
    spread = float(share @ (curve - share @ curve) ** 2) if met.any() else 0.0
    if spread <= 0.0:
        return None
    rest = [
        float(share @ (curve - isotonic_regression(curve, sample_weight=share, increasing=up)) ** 2)
        for up in (False, True)
    ]
    return rest[1] < rest[0] if min(rest) <= (1.0 - _LEAST) * spread else None
