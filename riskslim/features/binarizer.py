"""From a raw clinical table to named features of 0 and 1, as a scikit-learn transformer."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, get_args

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from riskslim.data.frames import as_frame
from riskslim.data.merging import exact_sums, merge_rows
from riskslim.data.outcome import row_weights
from riskslim.data.spelling import as_read
from riskslim.data.table import Table
from riskslim.data.validation import check_names
from riskslim.errors import DataWarning, OptionError
from riskslim.features.binning import Binning
from riskslim.features.columns import FrameTable, RawTable
from riskslim.features.cuts import Method, as_number, is_number
from riskslim.features.given import read_cut_points, read_descriptions
from riskslim.features.grouping import group_constraints
from riskslim.features.kinds import KINDS
from riskslim.features.learning import (
    LearnedKinds,
    Learning,
    column_kinds,
    learn,
    learn_column,
)
from riskslim.features.screening import screened
from riskslim.features.variables import Blanks, Cells, Variable
from riskslim.features.weighting import without_idle_rows
from riskslim.logs import logger_of
from riskslim.names import nearest
from riskslim.solvers._typing import FloatArray

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.constraints import Constraint

__all__ = ["ScoreBinarizer"]

_log = logger_of(__name__)


class ScoreBinarizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turn numbers, categories, yes and no, dates and blanks into readable features of 0 and 1.

    A number becomes thresholds ("Age >= 65"), a category a feature for each of its frequent
    levels ("Sex: female"), a column of blanks among values a feature of its own ("Lactate
    missing"). A date becomes the completed years up to a reference date first. What was
    learned, `binning_`, is data: a score carries it along and reads raw tables with it.

    Parameters
    ----------
    cuts : {"tree", "quantile"}, default="tree"
        How numbers are cut: by a decision tree on the one variable, which needs ``y``, or at
        quantiles.
    max_cuts : int, default=4
        At most so many cuts of a number.
    cut_points : mapping or path or None, default=None
        Cut points, units, labels and codes that are given, by column: ``{"Lactate": {"cuts":
        [2, 4], "unit": "mmol/L", "label": "Serum lactate", "missing": [-999]}, "Sex": {"codes":
        {1: "male", 2: "female"}}}`` or ``{"Age": [50, 65, 75]}``, or a TOML file of that form.
    intervals : bool, default=False
        Whether features are intervals ("Age 50 to 64"), the lowest of which is the reference,
        rather than thresholds.
    min_share : float, default=0.05
        Smallest share of the rows between two cuts, in a level of a category and of blanks:
        rarer levels are joined as "other", rarer blanks imputed.
    rounding : float, default=0.02
        Largest share of the rows that may change sides when a cut is rounded to a number that
        people use.
    blanks : {"feature", "impute", "refuse"}, default="feature"
        Whether blanks are a feature of their own, count as the median or the most frequent
        level, or are an error.
    kinds : mapping of str to str, default=None
        What columns hold, where it is not as it looks: ``"number"``, ``"flag"``,
        ``"category"`` or ``"date"``.
    drop : sequence of str, default=()
        Columns that are no features.
    reference_date : str or None, default=None
        Date (``"2024-03-31"``), or column of dates, up to which the years of dates are counted.
    screen : int or None, default=None
        Keep at most so many cut points, those that a heuristic finds promising: for many candidates
        (``max_cuts=20``), which the search for the score then chooses from. What is proved holds
        among those that are kept, and the score's rules say so.
    missing : sequence or mapping, default=()
        Codes that stand for a missing value and count as blank, here and wherever the score is
        used: ``[-999, "unknown"]``, or by column ``{"Albumin": [-999]}`` (with the key None for
        all columns).
    special : sequence or mapping, default=()
        Codes among numbers that are answers of their own, given likewise: ``[-7, -8]``. Each is a
        feature ("Burden: -8", or as `cut_points` calls it: ``"special": {-8: "no trade"}``) that
        passes no threshold. One that fewer than `min_share` of the rows have counts as blank; among
        categories it is a category.

    Attributes
    ----------
    binning_ : Binning
        What was learned.
    groups_ : dict of str to tuple of str
        Features by the variable that they come from.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has names.

    See Also
    --------
    RiskSLIMClassifier : Bins and fits in one, with rules on the groups.

    Notes
    -----
    The tree is scikit-learn's, grown best split first by its log-loss, with at least `min_share`
    of the rows in every leaf. With sample weights a share of the rows is a share of their weight;
    whether a column is taken for an identifier is judged by its rows as they stand.

    The ``optbinning`` package finds optimal bins by constraint programming; it would bring
    OR-tools along (more than all other dependencies together) for what the search for the score
    does better: with many candidate cuts and a limit on how many of a variable are used, cuts
    are chosen together with the points.

    Examples
    --------
    >>> import pandas as pd
    >>> from riskslim import ScoreBinarizer
    >>> table = pd.DataFrame({"Age": [35, 50, 62, 71, 80, 44], "Sex": list("fmffmm")})
    >>> binarizer = ScoreBinarizer(cut_points={"Age": [65]}).set_output(transform="pandas")
    >>> binarizer.fit_transform(table, [0, 0, 1, 1, 1, 0]).columns.tolist()
    ['Age >= 65', 'Sex: f']
    """

    def __init__(
        self,
        cuts: Method = "tree",
        max_cuts: int = 4,
        cut_points: Mapping[str, Any] | str | os.PathLike[str] | None = None,
        intervals: bool = False,
        min_share: float = 0.05,
        rounding: float = 0.02,
        blanks: Blanks = "feature",
        kinds: Mapping[str, str] | None = None,
        drop: Sequence[str] = (),
        reference_date: str | None = None,
        screen: int | None = None,
        missing: Sequence[Any] | Mapping[str | None, Any] = (),
        special: Sequence[Any] | Mapping[str | None, Any] = (),
    ) -> None:
        self.cuts = cuts
        self.max_cuts = max_cuts
        self.cut_points = cut_points
        self.intervals = intervals
        self.min_share = min_share
        self.rounding = rounding
        self.blanks = blanks
        self.kinds = kinds
        self.drop = drop
        self.reference_date = reference_date
        self.screen = screen
        self.missing = missing
        self.special = special

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.target_tags.required = self.cuts == "tree"
        tags.transformer_tags.preserves_dtype = []
        return tags

    def fit(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Learn the features.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            The raw table, without the outcome.
        y : array-like of shape (n_samples,), optional
            The outcome, for ``cuts="tree"`` and to choose which of two categories is shown.
        sample_weight : array-like of shape (n_samples,), optional
            Finite, none negative. Weight 2 is the same as two equal rows, weight 0 the same as
            none.

        Returns
        -------
        self

        Raises
        ------
        DataError
            A column cannot be used as it is; names it and the first rows concerned.
        OptionError
            A parameter is out of its range or names a column that is not there.

        Warns
        -----
        DataWarning
            Of columns that give no feature: constants, blanks, row numbers, identifiers.
        """
        frame = self._frame(X, reset=True)
        weight = None
        if sample_weight is not None:
            weight = row_weights(sample_weight, len(frame), "DataFrame", "sample_weight")
        return self._fit(frame, self._classes(frame, y, weight), "DataFrame", weight)

    def fit_transform(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> Any:
        """Learn the features and give those of every row; see `fit` and `transform`."""
        return self.fit(X, y, sample_weight).transform(X)

    def transform(self, X: Any) -> Cells:
        """Give the features of every row.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            A table of the columns of `fit`.

        Returns
        -------
        ndarray of int8, shape (n_samples, n_features_out)
            0 and 1; a DataFrame after ``set_output(transform="pandas")``.

        Raises
        ------
        DataError
            A column holds something else than in `fit`.

        Warns
        -----
        DataWarning
            Of blanks and categories that were not met in `fit`.
        """
        check_is_fitted(self)
        return self.binning_.encode(self._frame(X, reset=False))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray[Any, Any]:
        """Names of the features.

        Parameters
        ----------
        input_features : array-like of str or None
            Checked against the names seen in `fit`, not needed.
        """
        check_is_fitted(self)
        if input_features is not None:
            known = getattr(self, "feature_names_in_", None)
            if known is not None and list(known) != list(input_features):
                raise ValueError("input_features is not equal to feature_names_in_")
            if len(input_features) != self.n_features_in_:
                raise ValueError(
                    "input_features should have length equal to number of features "
                    f"({self.n_features_in_}), got {len(input_features)}"
                )
        return np.asarray(self.binning_.features, dtype=object)

    def constraints(
        self,
        at_most: int | Mapping[str, int] | None = None,
        rising: Sequence[str] = (),
        falling: Sequence[str] = (),
        max_variables: int | None = None,
    ) -> tuple[Constraint, ...]:
        """Make rules of the groups; see `riskslim.features.grouping.group_constraints`."""
        check_is_fitted(self)
        return group_constraints(self.binning_, at_most, rising, falling, max_variables)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> ScoreBinarizer:
        """Make a fitted transformer of ``binning_.to_record()``.

        Parameters
        ----------
        record : mapping
            As read from JSON; columns are the ones that it names, in its order.

        Raises
        ------
        ScoreError
            The record cannot be read.
        """
        made = cls()
        made.binning_ = Binning.from_record(record)
        made.groups_ = made.binning_.groups
        columns = dict.fromkeys(c for v in made.binning_.variables for c in v.columns)
        made.feature_names_in_ = np.asarray(list(columns), dtype=object)
        made.n_features_in_ = len(columns)
        return made

    def decided(self, X: Any) -> Self:
        """Give a copy that knows what the columns of a table hold, to learn from parts of it.

        A fold of a cross-validation may lack the rare value by which a column shows that it is
        a count rather than yes or no. Kinds say nothing of the outcome; cuts are left to learn.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            The whole table.
        """
        copy: Self = clone(self)
        if isinstance(self.kinds, LearnedKinds):
            return copy
        frame = clone(self)._frame(X, reset=True)
        how = self._learning(list(frame.columns))
        copy.set_params(kinds=column_kinds(FrameTable(frame, "DataFrame"), how))
        return copy

    @property
    def text_columns(self) -> tuple[str, ...]:
        """Columns that are to be read from a file as text: those said to be categories."""
        said = [name for name, kind in (self.kinds or {}).items() if kind == "category"]
        return tuple(dict.fromkeys((*said, *_coded_columns(self.cut_points))))

    def learned_columns(self, columns: list[str]) -> list[str]:
        """Columns of a table that may give features; raises OptionError as `fit`."""
        how = self._learning(columns)
        read_cut_points(how.cut_points, columns)
        return how.used(columns)

    def learn_column(self, table: RawTable, name: str) -> Variable | None:
        """Learn one column alone, for a look at a table; raises and warns as `fit`."""
        how = self._learning(table.names)
        table.look({name: how.kept(name)})
        given = read_cut_points(how.cut_points, table.names)
        return learn_column(table, name, how, given.get(name))

    def learned(self, table: RawTable) -> Binning:
        """Learn the features of a table, without screening them; raises and warns as `fit`."""
        made = learn(table, self._learning(table.names))
        _log.info(
            "%s: %d features of %d columns, %d columns left out",
            *(table.source, len(made.features), len(made.variables), len(made.left_out)),
        )
        return made

    def _fit(self, frame: pd.DataFrame, codes: Any, source: str, weight: FloatArray | None) -> Self:
        self.binning_ = self.learned(FrameTable(frame, source, codes, weight))
        if self.screen is not None:
            used = frame if weight is None else without_idle_rows(frame, weight)
            with warnings.catch_warnings():
                # Told when the columns were learned.
                warnings.simplefilter("ignore", DataWarning)
                cells, group = merge_rows(Table(self.binning_.encode(used, source)))
            codes = np.zeros(len(frame), dtype=np.int64) if codes is None else codes
            weight = np.ones(len(frame)) if weight is None else weight
            k, m = int(codes.max()) + 1, len(cells)
            weights = exact_sums(weight, codes * m + group, k * m).reshape(k, m)
            self.binning_ = screened(self.binning_, cells, weights, self.screen)
            _log.info("%s: %d features are kept", source, len(self.binning_.features))
        self.groups_ = self.binning_.groups
        return self

    def frame_of(self, X: Any) -> pd.DataFrame:
        """Give a table as it was read in `fit`: as a DataFrame whose columns have names."""
        return self._frame(X, reset=False)

    def take(self, binning: Binning) -> Self:
        """Make other features than those that were learned: a part of them, say."""
        self.binning_, self.groups_ = binning, binning.groups
        return self

    def _frame(self, X: Any, reset: bool) -> pd.DataFrame:
        import pandas as pd

        X = as_frame(X)
        if hasattr(X, "iloc") and hasattr(X, "columns"):
            check_names([str(name) for name in X.columns], "DataFrame")
            validate_data(self, X, reset=reset, skip_check_array=True)
            if reset and len(X) == 0:
                raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required.")
            frame: pd.DataFrame = X.set_axis([str(name) for name in X.columns], axis=1)
            return frame
        array = validate_data(
            self, X, reset=reset, dtype=None, ensure_all_finite="allow-nan",
            ensure_min_samples=2 if reset else 1,
        )  # fmt: skip
        return pd.DataFrame(array, columns=[f"x{j}" for j in range(array.shape[1])])

    def _classes(self, frame: pd.DataFrame, y: Any, weight: FloatArray | None) -> Any:
        from sklearn.utils import check_consistent_length, column_or_1d
        from sklearn.utils.multiclass import check_classification_targets

        if y is None:
            if self.cuts == "tree":
                raise ValueError(
                    "requires y to be passed, but the target y is None: a tree cuts by the "
                    "outcome; give y, or cuts='quantile'"
                )
            return None
        y = column_or_1d(y, warn=True)
        check_consistent_length(frame, y)
        check_classification_targets(y)
        if weight is not None:
            y = without_idle_rows(y, weight)
        return np.unique(y, return_inverse=True)[1]

    def _learning(self, columns: list[str]) -> Learning:
        if self.cuts not in get_args(Method):
            raise OptionError(f"cuts={self.cuts!r}: give one of {', '.join(get_args(Method))}")
        if self.blanks not in get_args(Blanks):
            raise OptionError(f"blanks={self.blanks!r}: give one of {', '.join(get_args(Blanks))}")
        most: Any = self.max_cuts
        if isinstance(most, bool) or not isinstance(most, int | np.integer) or most < 1:
            raise OptionError(f"max_cuts={most!r}: give a whole number, 1 or more")
        keep: Any = self.screen
        if keep is not None and (
            isinstance(keep, bool) or not isinstance(keep, int | np.integer) or keep < 1
        ):
            raise OptionError(f"screen={keep!r}: give a whole number, 1 or more, or None")
        for name in ("min_share", "rounding"):
            share = as_number(getattr(self, name))
            if share is None or not 0 <= share < 0.5:
                raise OptionError(f"{name}={getattr(self, name)!r}: give a share from 0 up to 0.5")
        kinds = self.kinds if isinstance(self.kinds, LearnedKinds) else dict(self.kinds or {})
        for name, kind in kinds.items():
            if kind not in KINDS:
                raise OptionError(f"kinds: {name!r} is {kind!r}; give one of {', '.join(KINDS)}")
        if isinstance(self.drop, str):
            raise OptionError(f"drop={self.drop!r}: give a list of columns")
        missing = _codes_by_column(self.missing, "missing")
        special = _codes_by_column(self.special, "special")
        for name, given in read_cut_points(self.cut_points, columns).items():
            missing[name] = (*missing.get(name, ()), *given.missing)
            special[name] = (*special.get(name, ()), *(code for code, _ in given.special))
            if given.codes and not isinstance(kinds, LearnedKinds):
                # Whatever has labels for its codes is a category.
                kinds.setdefault(name, "category")
        for code in (code for codes in special.values() for code in codes):
            if not is_number(code):
                raise OptionError(
                    f"special: {code!r} is no number; words among numbers are codes for a missing "
                    "value (missing=)"
                )
        for name in (*kinds, *self.drop, *filter(None, (*missing, *special))):
            if name not in columns:
                raise OptionError(f"no column {name!r}; {nearest(name, columns, 'columns')}")
        return Learning(
            method=self.cuts,
            max_cuts=int(most),
            cut_points=self.cut_points,
            intervals=bool(self.intervals),
            min_share=float(self.min_share),
            rounding=float(self.rounding),
            blanks=self.blanks,
            kinds=kinds,
            drop=tuple(self.drop),
            reference_date=self.reference_date,
            missing=missing,
            special=special,
        )


def _coded_columns(given: Any) -> list[str]:
    """Give the columns whose codes have labels."""
    if given is None:
        return []
    _, content = read_descriptions(given)
    return [name for name, one in content.items() if isinstance(one, Mapping) and one.get("codes")]


def _codes_by_column(codes_given: Any, what: str) -> dict[str | None, tuple[str, ...]]:
    """Give the codes of a parameter as text, by column; None stands for every column."""
    by_column = codes_given if isinstance(codes_given, Mapping) else {None: codes_given}
    codes = {}
    for name, given in by_column.items():
        if given is None or isinstance(given, Mapping):
            raise OptionError(
                f"{what}={codes_given!r}: give codes, or a mapping of column to codes"
            )
        alone = isinstance(given, str) or not isinstance(given, Iterable)
        codes[name] = tuple(as_read(code) for code in ([given] if alone else given))
    return codes
