"""What a score was made of: the data, the search, and how good the search says it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.errors import ScoreError
from riskslim.names import nearest
from riskslim.scores.items import Feature, items_of
from riskslim.scores.naming import variables_in_names
from riskslim.scores.variables import ScoreVariable
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.result import PROVED_GAP, Status

if TYPE_CHECKING:
    from riskslim.data import Dataset
    from riskslim.problems.multiplier import Multiplier
    from riskslim.search.solution import Solution

__all__ = ["Certificate", "Trained", "Training", "known", "trained", "variables_of"]


@dataclass(frozen=True)
class Training:
    """What the score was trained on.

    Attributes
    ----------
    rows, positives : int
        Rows of the table, and those with the positive outcome.
    weight, positive_weight : float
        The same by weight; equal to the counts where the data has no weights.
    is_soft : bool
        Whether the labels were probabilities; then the positives are the rows of
        probability 1/2 or more.
    """

    rows: int
    positives: int
    weight: float
    positive_weight: float
    is_soft: bool = False

    @property
    def is_weighted(self) -> bool:
        """Whether weights differ from counts of rows."""
        return (self.weight, self.positive_weight) != (self.rows, self.positives)


@dataclass(frozen=True)
class Certificate:
    """How good the score is, and how that is known.

    Attributes
    ----------
    status : str
        How the search ended: ``"optimal"``, ``"time limit"``, ...
    objective, loss : float
        Of the score, on its training data.
    lower_bound : float or None
        No admissible score has an objective below it; None where none was found.
    absolute_gap, relative_gap : float or None
        Between objective and bound.
    proof : str
        How it was proved, in a phrase.
    nodes, cuts : int
        What the search took.
    seconds : float
        Wall-clock time, the one number that differs from run to run.
    multiplier_range : tuple of float
        Where the multiplier was chosen from; ``(1.0, 1.0)`` where it was fixed.
    has_real_intercept : bool
        Whether the bound holds for scores of every real intercept, chosen with the multiplier; else
        the intercepts were integers.
    teacher_share : float
        Of a teacher in the labels that objective, loss and bound speak of; 0 for outcomes.
    outcome_loss : float or None
        Loss against the outcomes themselves, where a teacher has a share.
    """

    status: str
    objective: float
    loss: float
    lower_bound: float | None
    absolute_gap: float | None
    relative_gap: float | None
    proof: str
    nodes: int
    cuts: int
    seconds: float
    multiplier_range: tuple[float, float] = (1.0, 1.0)
    has_real_intercept: bool = False
    teacher_share: float = 0.0
    outcome_loss: float | None = None

    @property
    def multiplier_mode(self) -> Multiplier:
        """Whether the multiplier was fixed or free."""
        return "fixed" if self.multiplier_range == (1.0, 1.0) else "free"

    @property
    def is_optimal(self) -> bool:
        """Whether no admissible score is better, by more than 1e-9 in the objective."""
        gap = self.absolute_gap
        return self.status == Status.OPTIMAL and gap is not None and gap <= PROVED_GAP

    @property
    def ended(self) -> str:
        """How the search ended, in a word; never "optimal" where the gap is wider than that."""
        if self.status == Status.OPTIMAL and not self.is_optimal:
            return str(Status.GAP_LIMIT)
        return self.status


@dataclass(frozen=True, eq=False)
class Trained:
    """What a solution's points are on its data.

    Attributes
    ----------
    features : tuple of Feature
        Every column, with its points.
    intercept : int or float
        Points that everyone has; a float where the intercept is real.
    totals : ndarray of shape (n,)
        Sum of points times values of the distinct rows, as `DecimalColumns.totals` has it.
    training : Training
        Size of the data.
    certificate : Certificate or None
        Of the search, where there was one.
    variables : tuple of ScoreVariable
        What the features' names and the data tell of; empty where a binning knows it.
    """

    features: tuple[Feature, ...]
    intercept: int | float
    totals: FloatArray
    training: Training
    certificate: Certificate | None = None
    variables: tuple[ScoreVariable, ...] = ()

    @property
    def used(self) -> tuple[Feature, ...]:
        """The features with points."""
        return tuple(feature for feature in self.features if feature.points)


def trained(solution: Solution, data: Dataset) -> Trained:
    """Put a solution's points and its data together.

    Raises
    ------
    ScoreError
        The solution has no incumbent, or is not one of this data.
    """
    if solution.points is None:
        raise ScoreError(
            f"there is no score to show: the search ended ({solution.status}) without one; "
            "raise its limits or loosen the constraints"
        )
    if tuple(solution.feature_names) != tuple(data.feature_names):
        raise ScoreError("solution and data have different features")
    points = [int(value) for value in solution.points[1:]]
    assert solution.intercept is not None  # as there are points
    outcomes = data if data.outcomes is None else data.outcomes
    return replace(
        _on(outcomes, solution.intercept, points),
        certificate=Certificate(
            status=str(solution.status),
            objective=float(solution.objective),
            loss=float(solution.loss),
            lower_bound=_finite(solution.lower_bound),
            absolute_gap=_finite(solution.absolute_gap),
            relative_gap=_finite(solution.relative_gap),
            proof=str(solution.proof),
            nodes=int(solution.nodes),
            cuts=0,
            seconds=float(solution.seconds),
        ),
    )


def known(
    points: Mapping[str, int], intercept: int | float, data: Dataset | None, *, bands: bool
) -> Trained:
    """Put points that nobody searched for and the data that they are for together.

    Without data every feature is a yes or no, and there are no people. Names tell of variables,
    where they are asked for their bands.

    Raises
    ------
    ScoreError
        Points are no whole numbers, the intercept is no number, or the data has no such feature.
    """
    everyone: Any = intercept
    is_number = isinstance(everyone, Real) and not isinstance(everyone, bool)
    if not (is_number and math.isfinite(everyone)):
        raise ScoreError(f"the intercept must be a finite number, not {intercept!r}")
    intercept = int(everyone) if isinstance(everyone, Integral) else float(everyone)
    given: list[tuple[str, Any]] = [*points.items()]
    for name, value in given:
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise ScoreError(f"points of {name!r} must be a whole number, not {value!r}")
    if data is not None:
        for name in points:
            if name not in data.feature_names:
                raise ScoreError(
                    f"the data has no feature {name!r}; {nearest(name, data.feature_names)}"
                )
        found = _on(data, intercept, [int(points.get(name, 0)) for name in data.feature_names])
        return found if bands else replace(found, variables=())
    features = tuple(Feature(name, int(value), 0.0, 1.0, True) for name, value in points.items())
    used = [feature for feature in features if feature.points]
    variables = variables_in_names(used, np.empty((0, len(used)))) if bands else ()
    ends = [item.ends for item in items_of(used, variables)] or [(0.0, 0.0)]
    return Trained(
        features=features,
        intercept=intercept,
        totals=np.sum(ends, axis=0, dtype=np.float64),
        training=Training(0, 0, 0.0, 0.0),
        variables=variables,
    )


def variables_of(data: Dataset) -> dict[str, tuple[str, ...]]:
    """Give the features of each variable that names and values tell of; others stand alone."""
    features = _features(data, [1] * data.n_features)
    found = {one.name: one.features for one in variables_in_names(features, data.features)}
    together = {name for names in found.values() for name in names}
    for name in data.feature_names:
        if name not in together:
            # A stem of others may be the name of a feature that stands alone.
            found[name if name not in found else f"{name} alone"] = (name,)
    return found


def _on(data: Dataset, intercept: int | float, points: list[int]) -> Trained:
    features = _features(data, points)
    weight, positive_weight = data.exact_weights
    return Trained(
        features=features,
        intercept=intercept,
        totals=data.decimals.totals(np.asarray(points)),
        training=Training(
            rows=int(data.n_rows),
            positives=int(data.n_positive),
            weight=weight,
            positive_weight=positive_weight,
            is_soft=data.is_soft,
        ),
        variables=_named_variables(features, data) if data.binning is None else (),
    )


def _features(data: Dataset, points: list[int]) -> tuple[Feature, ...]:
    low, high = (ends.tolist() for ends in data.ranges)
    return tuple(map(Feature, data.feature_names, points, low, high, data.are_whole))


def _named_variables(features: tuple[Feature, ...], data: Dataset) -> tuple[ScoreVariable, ...]:
    used = [place for place, feature in enumerate(features) if feature.points]
    return variables_in_names([features[place] for place in used], data.features[:, used])


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
