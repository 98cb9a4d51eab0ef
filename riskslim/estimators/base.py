"""What the scikit-learn estimators of scores share: data, options, and prediction."""

from __future__ import annotations

import math
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from numbers import Integral
from typing import Any, Self

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags, check_consistent_length
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import (
    _check_sample_weight,
    _num_samples,
    check_is_fitted,
    check_X_y,
    validate_data,
)

from riskslim.constraints import Constraint
from riskslim.data import Dataset
from riskslim.data.frames import as_frame
from riskslim.data.outcome import ClassWeight, row_weights
from riskslim.errors import DataError, DataWarning, OptionError
from riskslim.features.lesson import Lesson
from riskslim.features.raw_table import classes_of_probabilities
from riskslim.features.weighting import without_idle_rows
from riskslim.limits.deadline import check_seconds, deadline_in_force
from riskslim.limits.memory import memory_named
from riskslim.progress import ProgressLog
from riskslim.search.solution import Solution
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.result import SearchOptions, Status
from riskslim.workflows.recipe import Recipe, Task, weights_in_data

__all__ = ["ScoreClassifier"]


class ScoreClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier that is a score of integer points; see its subclasses."""

    constraints: Sequence[Constraint]
    time_limit: float | None
    random_state: int | np.random.RandomState | None
    n_jobs: int | None
    verbose: bool
    binarizer: Any
    at_most: int | Mapping[str, int] | None
    rising: Any
    falling: Any
    max_variables: int | None
    soft_labels: bool = False
    node_limit: int | None = None
    positive: Any = None
    engine: Any

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        if self.binarizer is not None:
            tags.input_tags = self.binarizer.__sklearn_tags__().input_tags
        return tags

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Find the best score.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Finite numbers. A DataFrame's column names become those of the score.
        y : array-like of shape (n_samples,)
            Two labels; the larger (by sorting) is the positive one, unless `positive` names the
            other. With `soft_labels`, probabilities.
        sample_weight : array-like of shape (n_samples,), optional
            Finite, none negative. Weight 2 is the same as two equal rows, weight
            0 the same as none.

        Returns
        -------
        self
            The fitted estimator.

        Raises
        ------
        DataError
            The data cannot be used as it is.
        OptionError, CoefficientError, ConstraintError
            A parameter is out of its range or names something that is not there.
        InfeasibleError
            No score satisfies all constraints; names those in conflict.

        Warns
        -----
        ConvergenceWarning
            A limit ended the search before the score was proved optimal.
        DataWarning
            The multiplier lies at an end of its range, or rows lie on the threshold.
        """
        begin = time.monotonic()
        task = self._task(X, y, sample_weight)
        self.solution_ = task.problem.solve(self._limits(begin), engine=self.engine)
        self._warn(self.solution_)
        self._beside(task.problem, begin)
        return self._take(task.score(self.solution_))

    def _beside(self, problem: Any, begin: float) -> None:
        """Search for more than one score of the problem."""

    def _take(self, score: Any) -> Self:
        """Make a score the fitted one."""
        raise NotImplementedError

    def _recipe(self) -> Recipe:
        """Give the parameters that say which score is asked for."""
        known = {item.name for item in fields(Recipe)}
        own = self.get_params(deep=False)
        return Recipe(**{name: value for name, value in own.items() if name in known})

    def _task(self, X: Any, y: Any, sample_weight: ArrayLike | None) -> Task:
        """Check the data and state the problem on it."""
        recipe = self._recipe()
        weights = weights_in_data(recipe.method, recipe.class_weight)
        with memory_named("this table", "give fewer rows or features"):
            return recipe.task(self._table(X, y, sample_weight, weights))

    def _table(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None,
        class_weight: ClassWeight,
    ) -> Dataset:
        """Check the data as scikit-learn does."""
        outcome_name = str(getattr(y, "name", None) or "outcome")
        raw = X = as_frame(X)
        if self.binarizer is not None:
            X = self._binned(X, y, sample_weight)
            X, y = check_X_y(X, y, dtype="numeric", estimator=self)
        else:
            self._check_no_groups()
            # Of whatever type the numbers are: as doubles a large table may not fit in memory.
            with _pointing_to_a_binarizer():
                X, y = validate_data(self, X, y, dtype="numeric")
        self.classes_ = np.array([0, 1]) if self.soft_labels else self._two_classes(y)
        self._check_positive()
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
        lesson = self._lesson(raw, X, y, sample_weight)

        def make(labels: Any, is_soft: bool) -> Dataset:
            return Dataset.from_arrays(
                X if lesson is None else lesson.cells,
                labels,
                feature_names=self._names(),
                outcome_name=outcome_name,
                sample_weight=sample_weight,
                class_weight=class_weight,
                positive=None if is_soft else self._labels[1],
                soft_labels=is_soft,
            )

        if lesson is not None:
            return lesson.table(make, y)
        data = make(y, self.soft_labels)
        if self.binarizer is not None:
            data = data._replace(binning=self.binarizer_.binning_)
        return data

    def _lesson(self, raw: Any, cells: Any, y: Any, sample_weight: Any) -> Lesson | None:  # noqa: ARG002
        """Give labels that a teacher has a share in, and features screened by them."""
        return None

    def _two_classes(self, y: Any) -> np.ndarray[Any, Any]:
        check_classification_targets(y)
        kind = type_of_target(y, input_name="y", raise_unknown=True)
        if kind != "binary":
            raise DataError(
                f"Only binary classification is supported. The type of the target is {kind}."
            )
        classes: np.ndarray[Any, Any] = np.unique(y)
        if len(classes) < 2:
            raise DataError(
                f"the outcome has one class only, {classes[0]!r}; a score needs two classes"
            )
        return classes

    def _check_positive(self) -> None:
        """Refuse a positive value that the outcome does not have."""
        if self.positive is None:
            return
        if self.soft_labels:
            raise OptionError("positive: soft labels are probabilities of the positive class")
        if self.positive not in self.classes_.tolist():
            shown = " and ".join(map(repr, self.classes_.tolist()))
            raise OptionError(f"positive={self.positive!r}: the outcome is {shown}; give one")

    @property
    def _is_turned(self) -> bool:
        """Whether the first class is the positive one."""
        return self.positive is not None and bool(self.positive == self.classes_[0])

    @property
    def _labels(self) -> tuple[Any, Any]:
        """The negative and the positive label of the score."""
        first, second = self.classes_.tolist()
        return (second, first) if self._is_turned else (first, second)

    def _classes_of(self, y: Any, weight: FloatArray | None) -> Any:
        """Give classes that a binarizer can learn from, where labels are probabilities too."""
        if not self.soft_labels:
            return y
        shares = np.asarray(y, dtype=np.float64)
        return classes_of_probabilities(shares, weight).astype(np.int64)

    def _binned(self, X: Any, y: Any, sample_weight: ArrayLike | None) -> Any:
        """Learn the features of a raw table, and give them."""
        weight = None
        if sample_weight is not None:
            weight = row_weights(sample_weight, _num_samples(X), "the table", "sample_weight")
            check_consistent_length(X, y)
            X = without_idle_rows(X, weight)
        codes = self._classes_of(y, weight)
        self.binarizer_ = self._own_binarizer()
        self.binarizer_.fit(X, codes, sample_weight=weight)
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.binarizer_, name):
                setattr(self, name, getattr(self.binarizer_, name))
        return self.binarizer_.transform(X)

    def _own_binarizer(self) -> Any:
        """Give a copy of the binarizer to be fitted."""
        return clone(self.binarizer).set_output(transform="default")

    def _check_no_groups(self) -> None:
        if self.at_most is not None or len(self.rising) or len(self.falling):
            raise OptionError(
                "at_most, rising and falling speak of the variables of a raw table; give a "
                "binarizer too, or state constraints on the features"
            )

    def _warn(self, solution: Solution) -> None:
        """Warn of a limit that ended the search, and of what the search noted."""
        if solution.status is not Status.OPTIMAL:
            smaller = "max_size" if self.max_variables is None else "max_variables"
            advice = f"raise time_limit, or lower {smaller} or max_coef, for a proved optimal score"
            if solution.status is Status.PRECISION_LIMIT:
                advice = "everything was searched, and rounding leaves this gap"
            warnings.warn(
                f"the search ended at its {solution.status} with a gap of "
                f"{solution.absolute_gap:.2g} to the lower bound; {advice}",
                ConvergenceWarning,
                stacklevel=3,
            )
        for note in solution.notes:
            warnings.warn(note, DataWarning, stacklevel=3)

    def decision_function(self, X: Any) -> FloatArray:
        """Give a number that is positive where the second class of ``classes_`` is predicted.

        That is the positive class, unless `positive` names the other.
        """
        margin = self._margin(X)
        return -margin if self._is_turned else margin

    def _margin(self, X: Any) -> FloatArray:
        """Give a number that is positive where the score predicts its positive class."""
        raise NotImplementedError

    def predict(self, X: Any) -> np.ndarray[Any, Any]:
        """Predict the class: the positive one where the score says so.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `fit`.

        Returns
        -------
        ndarray of shape (n_samples,)
            Labels.
        """
        is_second = (self._margin(X) > 0) != self._is_turned
        labels: np.ndarray[Any, Any] = self.classes_[is_second.astype(np.intp)]
        return labels

    def _validated(self, X: Any) -> FloatArray:
        check_is_fitted(self)
        X = as_frame(X)
        if self.binarizer is not None:
            features: FloatArray = self.binarizer_.transform(X).astype(np.float64)
            return features
        with _pointing_to_a_binarizer():
            checked: FloatArray = validate_data(self, X, dtype=np.float64, reset=False)
        return checked

    def _names(self) -> tuple[str, ...]:
        if self.binarizer is not None:
            features: tuple[str, ...] = self.binarizer_.binning_.features
            return features
        if hasattr(self, "feature_names_in_"):
            return tuple(map(str, self.feature_names_in_))
        return tuple(f"x{index}" for index in range(self.n_features_in_))

    def _limits(self, begin: float) -> SearchOptions:
        """Give the options of a fit that began then, within the deadline in force."""
        return deadline_in_force().limits(self._options().since(begin))

    def _options(self) -> SearchOptions:
        limit = check_seconds(self.time_limit)
        nodes: Any = self.node_limit
        if nodes is not None and (
            isinstance(nodes, bool) or not isinstance(nodes, Integral) or nodes < 1
        ):
            raise OptionError(f"node_limit must be a whole number from 1 or None, not {nodes!r}")
        seed: Any = self.random_state
        if seed is None:
            seed = 0
        elif isinstance(seed, np.random.RandomState):
            seed = int(seed.randint(2**31 - 1))
        elif not isinstance(seed, Integral) or seed < 0:
            raise OptionError(
                f"random_state must be None, an integer from 0 or a RandomState, not {seed!r}"
            )
        return SearchOptions(
            time_limit=math.inf if limit is None else limit,
            node_limit=None if nodes is None else int(nodes),
            seed=int(seed),
            threads=int(effective_n_jobs(self.n_jobs)),
            on_progress=ProgressLog(sys.stderr) if self.verbose else None,
        )


@contextmanager
def _pointing_to_a_binarizer() -> Iterator[None]:
    """Add to errors about blanks and text what takes them."""
    try:
        yield
    except ValueError as error:
        if not any(words in str(error) for words in ("contains NaN", "could not convert")):
            raise
        raise type(error)(
            f"{error}\nTo fit to a table with blanks and text, give "
            "binarizer=ScoreBinarizer(), which makes features of 0 and 1 of it."
        ) from error
