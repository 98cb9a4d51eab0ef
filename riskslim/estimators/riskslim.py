"""Risk scores as scikit-learn estimators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from riskslim.errors import OptionError
from riskslim.estimators.base import ScoreClassifier
from riskslim.features.lesson import Lesson, learned
from riskslim.features.teaching import Teaching
from riskslim.features.weighting import without_idle_rows
from riskslim.problems.defaults import DEFAULT_RANGE, MAX_COEF, PENALTY
from riskslim.problems.intercept_mode import Intercept
from riskslim.problems.multiplier import Multiplier
from riskslim.problems.problem import RiskSLIMProblem
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import FloatArray
from riskslim.workflows.recipe import MaxSize, Recipe

if TYPE_CHECKING:
    from riskslim.constraints import Constraint
    from riskslim.features.binarizer import ScoreBinarizer
    from riskslim.problems.coefficients import CoefficientSet

__all__ = ["RiskSLIMClassifier"]


class RiskSLIMClassifier(ScoreClassifier):
    """The best risk score of small integer points, with a certificate [1]_.

    Minimises the logistic loss plus ``C0`` times the number of features with
    points, over integer points. It goes on until the score is proved optimal to
    1e-9, or a limit ends the search; then it warns, and ``solution_`` says how
    far from optimal the score can be at most.

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
    C0 : float, default=1e-6
        Penalty for each feature with points; the default only breaks ties.
    min_size : int, default=0
        At least so many features have points.
    time_limit : float or None, default=60
        Seconds of wall-clock time; None for no limit.
    multiplier : {"fixed", "free"}, default="free"
        Whether the risk is ``1 / (1 + exp(-score))`` as in [1]_, or ``1 / (1 + exp(-score / m))``
        with a multiplier m that is chosen, and proved optimal, together with the points. Free,
        the same points give lower losses, on new data too (see ``benchmarks/RESULTS.md``).
    multiplier_range : tuple of float, default=(0.5, 1000.0)
        Smallest and largest multiplier, where it is free. The default becomes (0.1, 1000.0) with
        `checklist`, so that one item can weigh as much as 5 points.
    engine : {"auto", "supports", "lcpa"}, default="auto"
        The search that proves the score; see `RiskSLIMProblem.solve`.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes by label.
    random_state : int, RandomState instance or None, default=None
        Seed of the search; None stands for 0. A proved optimum does not depend
        on it, except that equals may be chosen differently.
    n_jobs : int or None, default=None
        Threads; None for one, -1 for all cores. The answer does not depend on it.
    verbose : bool, default=False
        Print the progress of the search on standard error.
    pool_tolerance : float or None, default=None
        Where given, a second search keeps every score whose objective is at most so much above
        the optimum; see `RiskSLIMProblem.pool`.
    pool_limit : int, default=1000
        At most so many of them, the best ones.
    checklist : bool, default=False
        Every item counts one: points are 0 or 1, and the score gives the risk of every count.
        Needs features of 0 and 1.
    binarizer : ScoreBinarizer or None, default=None
        Where given, X is a raw table, of which a copy of it makes features of 0 and 1; the score
        reads raw tables then. It learns from the rows of `fit` alone, in every fold of a
        cross-validation.
    at_most : int or mapping of str to int, default=None
        With a binarizer: at most so many cuts of every variable, or of those named, have points.
    max_variables : int or None, default=None
        At most so many variables have points, each with any number of cuts of a number, levels
        of a category and blanks: what a card asks as one item. Without a binarizer features
        belong together by their names ("Age >= 40" and "Age >= 65"), where the data agree.
    rising, falling : sequence of str, default=()
        With a binarizer: variables with which the points rise, or fall.
    node_limit : int or None, default=None
        Nodes of the search; unlike a time limit, it ends every search at the same place.
    prevalence : float or None, default=None
        Share of positives in the population, where X is a case-control sample: the risks are
        corrected to it, see `RiskScore.with_prevalence`; the points do not depend on it. Not
        with rules on predictions by the risk, which the correction would move.
    soft_labels : bool, default=False
        Whether y holds probabilities of the positive class, from 0 to 1, rather than labels: each
        row then counts as both classes in part. The classes are 0 and 1.
    intercept : {"free", "integer"} or None, default=None
        Whether the intercept is a real number, chosen and proved optimal with a free multiplier
        and the points, or an integer as in [1]_. None for a real one, unless the multiplier is
        fixed, or a rule or the coefficients speak of the intercept.
    teacher : {"steps"}, classifier or None, default=None
        Whose probabilities have a share in the labels, which keeps a score of a small table with
        many cuts from fitting its noise. ``"steps"`` is the mean of two ridge logistic
        regressions, on the raw columns and on all features; or any scikit-learn classifier with
        ``predict_proba``. It is fitted to the rows of `fit` alone, in every fold anew. With a
        binarizer, points rise or fall with a measurement with which its risks do (see
        `riskslim.features.courses`), unless coefficients or constraints are given, or it is named
        in `rising` or `falling`.
    teacher_share : float, default=1.0
        The share a: the labels are ``(1 - a) y + a p``. What is proved is proved for these.

    positive : object, default=None
        Label whose risk or decision the score is about; the larger one by default. ``classes_``
        stay sorted, as scikit-learn has them, and so does what is predicted.

    Attributes
    ----------
    score_ : RiskScore
        The fitted score: prints as a card, saves as JSON, predicts by itself.
    solution_ : Solution
        Objective, lower bound, gap and status of the search.
    pool_ : ScorePool
        The scores near the optimum, where `pool_tolerance` is given.
    coef_ : ndarray of shape (1, n_features)
        Points divided by the multiplier: coefficients of the logarithm of the odds.
    intercept_ : ndarray of shape (1,)
        Intercept divided by the multiplier.
    classes_ : ndarray of shape (2,)
        Labels, sorted; the second is the positive one, unless `positive` names the first.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has names.
    binarizer_ : ScoreBinarizer
        The fitted copy of the binarizer, where there is one.

    References
    ----------
    .. [1] B. Ustun and C. Rudin, "Learning optimized risk scores", Journal of
       Machine Learning Research 20(150), 2019.

    Examples
    --------
    >>> from riskslim import RiskSLIMClassifier
    >>> X = [[0, 0], [0, 1], [1, 0], [1, 1]] * 3
    >>> y = [0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1]
    >>> RiskSLIMClassifier(max_size=2).fit(X, y).score_.size
    2
    """

    def __init__(
        self,
        max_size: MaxSize = "auto",
        max_coef: int = MAX_COEF,
        coefficients: CoefficientSet | None = None,
        constraints: Sequence[Constraint] = (),
        C0: float = PENALTY["riskslim"],
        min_size: int = 0,
        time_limit: float | None = 60.0,
        multiplier: Multiplier = "free",
        multiplier_range: tuple[float, float] = DEFAULT_RANGE,
        engine: str = "auto",
        class_weight: Mapping[Any, float] | str | None = None,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
        verbose: bool = False,
        pool_tolerance: float | None = None,
        pool_limit: int = 1000,
        checklist: bool = False,
        binarizer: ScoreBinarizer | None = None,
        at_most: int | Mapping[str, int] | None = None,
        rising: Sequence[str] = (),
        falling: Sequence[str] = (),
        node_limit: int | None = None,
        prevalence: float | None = None,
        soft_labels: bool = False,
        teacher: Any = None,
        teacher_share: float = 1.0,
        max_variables: int | None = None,
        intercept: Intercept | None = None,
        positive: Any = None,
    ) -> None:
        self.max_size = max_size
        self.max_variables = max_variables
        self.max_coef = max_coef
        self.coefficients = coefficients
        self.constraints = constraints
        self.C0 = C0
        self.min_size = min_size
        self.time_limit = time_limit
        self.multiplier = multiplier
        self.multiplier_range = multiplier_range
        self.engine = engine
        self.class_weight = class_weight
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.pool_tolerance = pool_tolerance
        self.pool_limit = pool_limit
        self.checklist = checklist
        self.binarizer = binarizer
        self.at_most = at_most
        self.rising = rising
        self.falling = falling
        self.node_limit = node_limit
        self.prevalence = prevalence
        self.soft_labels = soft_labels
        self.intercept = intercept
        self.positive = positive
        self.teacher = teacher
        self.teacher_share = teacher_share

    def _own_binarizer(self) -> Any:
        """Give a copy of the binarizer that leaves screening to the labels of a teacher."""
        copy = super()._own_binarizer()
        return copy if self.teacher is None else copy.set_params(screen=None)

    def _lesson(self, raw: Any, cells: Any, y: Any, sample_weight: Any) -> Lesson | None:
        """Give labels that a teacher has a share in, and features screened by them."""
        if self.teacher is None:
            return None
        if self.soft_labels:
            raise OptionError(
                "soft_labels: the labels are probabilities already; drop it, or the teacher"
            )
        teaching = Teaching(self.teacher, self.teacher_share, self._options().seed)
        binning = keep = None
        if self.binarizer is not None:
            binning, keep = self.binarizer_.binning_, self.binarizer.screen
            if sample_weight is not None:
                raw = without_idle_rows(raw, np.asarray(sample_weight))
            raw = self.binarizer_.frame_of(raw)
        positive = np.asarray(y) == self._labels[1]
        lesson = learned(teaching, raw, cells, positive, sample_weight, binning, keep)
        if lesson.binning is not None:
            self.binarizer_.take(lesson.binning)
        return lesson

    def _beside(self, problem: Any, begin: float) -> None:
        """Search for the scores near the optimum, where they are asked for."""
        if self.pool_tolerance is not None:
            self.pool_ = problem.pool(
                self.pool_tolerance, limit=self.pool_limit, options=self._limits(begin)
            )

    def _take(self, score: RiskScore) -> Self:
        """Make a score the fitted one."""
        self.score_ = score
        points = [feature.points for feature in score.features]
        intercept, multiplier = score.formula or (score.intercept, score.multiplier)
        scale = -multiplier if self._is_turned else multiplier
        self.coef_ = np.array([points]) / scale
        self.intercept_ = np.array([intercept + score.base]) / scale
        return self

    def _recipe(self) -> Recipe:
        recipe = super()._recipe()
        # A parameter that only stores cannot tell the usual range from one that was asked for.
        usual = self.multiplier_range == DEFAULT_RANGE
        return replace(recipe, multiplier_range=None) if usual else recipe

    def _problem(self, X: Any, y: Any, sample_weight: ArrayLike | None) -> RiskSLIMProblem:
        """Check the data as scikit-learn does and state the problem."""
        problem = self._task(X, y, sample_weight).problem
        assert isinstance(problem, RiskSLIMProblem)
        return problem

    def decision_function(self, X: Any) -> FloatArray:
        """Logarithm of the odds of the second class of ``classes_``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `fit`.

        Returns
        -------
        ndarray of shape (n_samples,)
            Of the odds of the positive class, unless `positive` names the first.
        """
        return super().decision_function(X)

    def _margin(self, X: Any) -> FloatArray:
        checked = self._validated(X)
        return self.score_.log_odds(self.score_.total(checked))

    def predict_log_proba(self, X: Any) -> FloatArray:
        """Logarithm of the probability of either class, exact where a probability rounds to 1.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `fit`.

        Returns
        -------
        ndarray of shape (n_samples, 2)
            In the order of ``classes_``.
        """
        margin = self.decision_function(X)
        return -np.logaddexp(0.0, np.column_stack([margin, -margin]))

    def predict_proba(self, X: Any) -> FloatArray:
        """Probability of either class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `fit`.

        Returns
        -------
        ndarray of shape (n_samples, 2)
            In the order of ``classes_``.
        """
        checked = self._validated(X)
        risks = self.score_.predict_proba(checked)
        return risks[:, ::-1] if self._is_turned else risks
