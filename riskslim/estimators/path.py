"""The best score of every size as a scikit-learn estimator."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from riskslim.errors import OptionError
from riskslim.estimators.riskslim import RiskSLIMClassifier
from riskslim.problems.defaults import DEFAULT_RANGE, MAX_COEF, PENALTY
from riskslim.problems.intercept_mode import Intercept
from riskslim.problems.multiplier import Multiplier
from riskslim.scores.path import Rule, ScorePath
from riskslim.solvers.result import Status

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from riskslim.constraints import Constraint
    from riskslim.problems.coefficients import CoefficientSet

__all__ = ["RiskSLIMPath"]

_PROVED = (Status.OPTIMAL, Status.INFEASIBLE)


class RiskSLIMPath(BaseEstimator):  # type: ignore[misc]
    """The best risk score of every size, each with its certificate.

    Takes the parameters of `RiskSLIMClassifier` and proves, for every size from
    `min_size` (at least 1) to `max_size`, the best score with exactly so many
    features. Cross-validation says which of them to take.

    Parameters
    ----------
    max_size : int or None, default=10
        The largest size; None for the number of features.
    max_coef, coefficients, constraints, C0, min_size, engine, class_weight, verbose
        As for `RiskSLIMClassifier`, and so is `max_variables`.
    multiplier, multiplier_range, intercept
        As for `RiskSLIMClassifier`.
    cv : int or None, default=5
        Folds of a stratified cross-validation; None for none.
    time_limit : float or None, default=60
        Seconds for everything: making features, all sizes, and the folds, which have half of it;
        None for no limit.
    random_state : int, RandomState instance or None, default=None
        Seed of the search and of the folds; None stands for 0.
    n_jobs : int or None, default=None
        Threads of the search, and folds at a time. The answer does not depend on it.

    Attributes
    ----------
    path_ : ScorePath
        All that follows, and more.
    sizes_ : tuple of int
        The sizes that have a score.
    scores_ : dict of int to RiskScore
        The best score of each.
    solutions_ : dict of int to Solution
        Its certificate, or that the size is infeasible.
    table_ : DataFrame
        A row for each size; see `ScorePath.table`.
    classes_ : ndarray of shape (2,)
        Labels; the second is the positive one.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has names.

    Examples
    --------
    >>> from riskslim import RiskSLIMPath
    >>> X = [[0, 0], [0, 1], [1, 0], [1, 1]] * 3
    >>> y = [0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1]
    >>> RiskSLIMPath(max_size=2, cv=3).fit(X, y).sizes_
    (1, 2)
    """

    def __init__(
        self,
        max_size: int | None = 10,
        max_coef: int = MAX_COEF,
        coefficients: CoefficientSet | None = None,
        constraints: Sequence[Constraint] = (),
        C0: float = PENALTY["riskslim"],
        min_size: int = 1,
        cv: int | None = 5,
        time_limit: float | None = 60.0,
        multiplier: Multiplier = "free",
        multiplier_range: tuple[float, float] = DEFAULT_RANGE,
        engine: str = "auto",
        class_weight: Mapping[Any, float] | str | None = None,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
        verbose: bool = False,
        max_variables: int | None = None,
        intercept: Intercept | None = None,
    ) -> None:
        self.max_size = max_size
        self.max_coef = max_coef
        self.coefficients = coefficients
        self.constraints = constraints
        self.C0 = C0
        self.min_size = min_size
        self.max_variables = max_variables
        self.cv = cv
        self.time_limit = time_limit
        self.engine = engine
        self.class_weight = class_weight
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.multiplier = multiplier
        self.multiplier_range = multiplier_range
        self.intercept = intercept

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Prove the best score of every size.

        Parameters
        ----------
        X, y, sample_weight
            As for `RiskSLIMClassifier.fit`.

        Returns
        -------
        self
            The fitted path.

        Raises
        ------
        DataError, OptionError, CoefficientError, ConstraintError, InfeasibleError
            As `RiskSLIMClassifier.fit`.

        Warns
        -----
        ConvergenceWarning
            A limit ended the search before every size was proved.
        """
        begin = time.monotonic()
        classifier = self._classifier()
        problem = classifier._problem(X, y, sample_weight)
        self.path_: ScorePath = problem.path(
            classifier._limits(begin), self.engine, self.cv, self.n_jobs
        )
        if not self.path_.is_proved:
            found = self.path_.solutions.items()
            unproved = [size for size, solution in found if solution.status not in _PROVED]
            largest = "max_size" if self.max_variables is None else "max_variables"
            warnings.warn(
                f"a limit ended the search before the sizes {unproved} were proved; raise "
                f"time_limit, or lower {largest} or max_coef",
                ConvergenceWarning,
                stacklevel=2,
            )
        self.sizes_ = self.path_.sizes
        self.scores_ = dict(self.path_.scores)
        self.solutions_ = dict(self.path_.solutions)
        for name in ("classes_", "n_features_in_", "feature_names_in_"):
            if hasattr(classifier, name):
                setattr(self, name, getattr(classifier, name))
        return self

    @property
    def table_(self) -> pd.DataFrame:
        """A row for each size; see `ScorePath.table`."""
        check_is_fitted(self)
        return self.path_.table

    def choose(self, rule: Rule = "one-se") -> int:
        """Choose a size by cross-validation; see `ScorePath.choose`."""
        check_is_fitted(self)
        return self.path_.choose(rule)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the losses against the size; see `ScorePath.plot`."""
        check_is_fitted(self)
        return self.path_.plot(ax)

    def classifier(self, size: int | None = None) -> RiskSLIMClassifier:
        """Give the score of one size as a fitted classifier.

        Parameters
        ----------
        size : int, optional
            The one that `choose` chooses by default.

        Raises
        ------
        OptionError
            The size has no score.
        """
        check_is_fitted(self)
        size = self.choose() if size is None else size
        if size not in self.scores_:
            raise OptionError(
                f"size={size!r} has no score; the sizes are {', '.join(map(str, self.sizes_))}"
            )
        fitted = self._classifier()
        fitted.set_params(min_size=size, max_size=size)
        for name in ("classes_", "n_features_in_", "feature_names_in_"):
            if hasattr(self, name):
                setattr(fitted, name, getattr(self, name))
        fitted.solution_ = self.solutions_[size]
        classifier: RiskSLIMClassifier = fitted._take(self.scores_[size])
        return classifier

    def _classifier(self) -> RiskSLIMClassifier:
        parameters = self.get_params(deep=False)
        del parameters["cv"]
        return RiskSLIMClassifier(**parameters)

    def _repr_html_(self) -> str:
        if not hasattr(self, "path_"):
            return str(super()._repr_html_())
        return self.path_._repr_html_()
