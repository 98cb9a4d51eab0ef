"""Decision scores as a scikit-learn estimator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from riskslim.estimators.base import ScoreClassifier
from riskslim.problems.defaults import MAX_COEF, PENALTY
from riskslim.scores.decision import DecisionScore
from riskslim.solvers._typing import FloatArray
from riskslim.workflows.recipe import MaxSize, Recipe

if TYPE_CHECKING:
    from riskslim.constraints import Constraint
    from riskslim.features.binarizer import ScoreBinarizer
    from riskslim.problems.coefficients import CoefficientSet

__all__ = ["SLIMClassifier"]


class SLIMClassifier(ScoreClassifier):
    """The best decision score of small integer points, with a certificate [1]_.

    Minimises the share of errors plus ``C0`` times the number of features with points, over
    integer points. It goes on until the score is proved optimal, or a limit ends the search; then
    it warns, and ``solution_`` says how far from optimal the score can be at most.

    Parameters
    ----------
    max_size : int, "auto" or None, default="auto"
        At most so many features have points; None for any number. "auto" is 5, and with
        `max_variables` three for each of these, or as many as `at_most` says.
    max_coef : int, default=5
        Points lie between ``-max_coef`` and ``max_coef``, where `coefficients` says nothing.
    coefficients : CoefficientSet or None, default=None
        Bounds, signs, penalties and fixed points by feature name; instead of `max_coef`.
    constraints : sequence of constraints, default=()
        Rules that the score must obey.
    C0 : float, default=0.01
        Penalty for each feature with points: the share of errors that it must save to be used.
        Below 1 / (n_samples · n_features) the answer is the sparsest of the most accurate.
    min_size : int, default=0
        At least so many features have points.
    max_fpr, min_tpr, max_error : float or None, default=None
        Hard limits on the training data: at most this share of the negatives is predicted
        positive, at least this share of the positives, at most this share of all wrongly.
    checklist : bool, default=False
        Every item counts one: "yes if at least 3 of these 7 hold". Needs features of 0 and 1.
    time_limit : float or None, default=60
        Seconds of wall-clock time; None for no limit.
    engine : {"auto", "search", "mip"}, default="auto"
        The search that proves the score; see `SLIMProblem.solve`.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes by label: w+ and w- of [1]_, of which the ratio matters alone.
    random_state : int, RandomState instance or None, default=None
        Seed of the search; None stands for 0. A proved optimum does not depend on it.
    n_jobs : int or None, default=None
        Threads; None for one, -1 for all cores. The answer does not depend on it.
    verbose : bool, default=False
        Print the progress of the search on standard error.
    binarizer : ScoreBinarizer or None, default=None
        Makes features of a raw table, learned on the data of `fit`.
    at_most : int or mapping of str to int, default=None
        With a binarizer: at most so many cuts of every variable, or of those named, have points.
    max_variables : int or None, default=None
        At most so many variables have points, each with any number of cuts of a number, levels
        of a category and blanks: what a card asks as one item. Without a binarizer features
        belong together by their names ("Age >= 40" and "Age >= 65"), where the data agree.
    rising, falling : sequence of str, default=()
        With a binarizer: variables with which the points rise, or fall.

    C1 : float or None, default=None
        Penalty for each point; None for one so small that it only decides among scores of equal
        errors and features.
    positive : object, default=None
        Label whose risk or decision the score is about; the larger one by default. ``classes_``
        stay sorted, as scikit-learn has them, and so does what is predicted.

    Attributes
    ----------
    score_ : DecisionScore
        The fitted score: prints as a card, saves as JSON, predicts by itself.
    solution_ : SLIMSolution
        Objective, lower bound, gap, status and errors.
    coef_ : ndarray of shape (1, n_features)
        Points.
    intercept_ : ndarray of shape (1,)
        The threshold with its sign changed.
    classes_ : ndarray of shape (2,)
        Labels, sorted; the second is the positive one, unless `positive` names the first.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has names.

    References
    ----------
    .. [1] B. Ustun and C. Rudin, "Supersparse linear integer models for optimized medical
       scoring systems", Machine Learning 102, 2016.

    Examples
    --------
    >>> from riskslim import SLIMClassifier
    >>> X = [[0, 0], [0, 1], [1, 0], [1, 1]] * 3
    >>> y = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]
    >>> SLIMClassifier(checklist=True).fit(X, y).score_.export("text").splitlines()[-7]
    ' Yes if at least 2 of these 2 hold, else no.'
    """

    def __init__(
        self,
        max_size: MaxSize = "auto",
        max_coef: int = MAX_COEF,
        coefficients: CoefficientSet | None = None,
        constraints: Sequence[Constraint] = (),
        C0: float = PENALTY["slim"],
        min_size: int = 0,
        max_fpr: float | None = None,
        min_tpr: float | None = None,
        max_error: float | None = None,
        checklist: bool = False,
        time_limit: float | None = 60.0,
        engine: str = "auto",
        class_weight: Mapping[Any, float] | str | None = None,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
        verbose: bool = False,
        binarizer: ScoreBinarizer | None = None,
        at_most: int | Mapping[str, int] | None = None,
        rising: Sequence[str] = (),
        falling: Sequence[str] = (),
        max_variables: int | None = None,
        positive: Any = None,
        C1: float | None = None,
    ) -> None:
        self.max_size = max_size
        self.max_variables = max_variables
        self.max_coef = max_coef
        self.coefficients = coefficients
        self.constraints = constraints
        self.C0 = C0
        self.min_size = min_size
        self.max_fpr = max_fpr
        self.min_tpr = min_tpr
        self.max_error = max_error
        self.checklist = checklist
        self.time_limit = time_limit
        self.engine = engine
        self.class_weight = class_weight
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.binarizer = binarizer
        self.at_most = at_most
        self.rising = rising
        self.falling = falling
        self.positive = positive
        self.C1 = C1

    def _take(self, score: DecisionScore) -> Self:
        """Make a score the fitted one."""
        self.score_ = score
        sign = -1.0 if self._is_turned else 1.0
        self.coef_ = sign * np.array([[feature.points for feature in score.features]])
        self.intercept_ = sign * np.array([score.intercept + score.base])
        return self

    def _recipe(self) -> Recipe:
        return replace(super()._recipe(), method="slim", C1=self.C1)

    def decision_function(self, X: Any) -> FloatArray:
        """Give the total of the points minus the threshold; its negative if classes are turned.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `fit`.

        Returns
        -------
        ndarray of shape (n_samples,)
            Positive where the second class of ``classes_`` is predicted, the positive one unless
            `positive` names the first; 0 where the total equals the threshold, up to the rounding
            of sums of decimals.
        """
        return super().decision_function(X)

    def _margin(self, X: Any) -> FloatArray:
        checked = self._validated(X)
        total = self.score_.total(checked)
        above = total - self.score_.threshold
        return np.where(self.score_.decides(total), above, np.minimum(above, 0.0))
