"""What a score of points is, whatever its totals stand for: a sum that predicts by itself."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from riskslim.data.exact_totals import add_up
from riskslim.data.frames import as_frame, source_of
from riskslim.data.outcome_words import is_yes_no
from riskslim.data.validation import numeric_column, rows_text
from riskslim.errors import DataError, OptionError, ScoreError
from riskslim.features.given import ABOUT
from riskslim.files import write_atomically
from riskslim.files.json_object import JsonObject, read_json
from riskslim.names import INTERCEPT_NAME, find_name, nearest, quoted
from riskslim.scores.about import About
from riskslim.scores.intervals import ENOUGH_PEOPLE
from riskslim.scores.items import Feature, Item, items_of
from riskslim.scores.naming import split_name
from riskslim.scores.origin import Certificate, Training
from riskslim.scores.totals import ScoreRow
from riskslim.scores.variables import ScoreVariable, known_variables
from riskslim.solvers._typing import FloatArray

if TYPE_CHECKING:
    from riskslim.features import Binning
    from riskslim.scores.recalibration import Recalibration

__all__ = ["Label", "PointScore"]

_NO_WORDS = About()

Label = bool | int | float | str


@dataclass(frozen=True)
class PointScore:
    """Points to add up: what scores of every kind share.

    A kind of score is a frozen data class that inherits from this one, and takes what it has of
    its own by name. It says here what its totals stand for and what it has in JSON beside the
    rest. What a card says of it, it registers with `riskslim.exporters.meaning.meaning_of`; other
    formats, and `riskslim.evaluate`, have functions of a like kind, and refuse a score that
    registers nothing.

    Attributes
    ----------
    kind : str
        Its name in JSON, ``"risk"`` or ``"decision"``.
    meaning : str
        What a total stands for, in a word: the column of `means` beside the totals.
    number_name : str
        The same in languages that compute: what they give is a number.
    holds_low : bool
        Whether a band of totals holds its lower end, rather than its upper one.
    has_multiplier : bool
        Whether a search chooses a multiplier, by cuts: the certificate then says how.
    outcome : str
        What the score is about.
    labels : tuple of two labels
        Negative and positive label of the outcome.
    features : tuple of Feature
        Every column of the training data, in its order.
    intercept : int or float
        Points that everyone has; a float where the intercept is real.
    training : Training
        Size of the training data.
    table : tuple of ScoreRow
        Every reachable total, or bands of totals where they are real or too many.
    rules : tuple of str
        Constraints that the score honours, in words.
    certificate : Certificate or None
        None for a score that no search made.
    binning : Binning or None
        How its features are made of a raw table, where they were.
    variables : tuple of ScoreVariable
        Which features are cuts of one measurement or levels of one category, where their names
        and the training data tell; empty where a binning does.
    about : About
        Words of the authors: title, labels, and whom the score is for.
    shifts : tuple of pairs of str and int
        Points that items add for everyone, by the first feature of each: what makes the bands of
        an item begin at 0. Totals hold them, and the intercept is less by their sum.
    """

    kinds: ClassVar[dict[str, type[PointScore]]] = {}
    """Every kind of score by its name."""

    kind: ClassVar[str]
    meaning: ClassVar[str]
    number_name: ClassVar[str] = "value"
    holds_low: ClassVar[bool] = True
    has_multiplier: ClassVar[bool] = False
    outcome: str
    labels: tuple[Label, Label]
    features: tuple[Feature, ...]
    intercept: int | float
    training: Training
    table: tuple[ScoreRow, ...]
    rules: tuple[str, ...] = ()
    certificate: Certificate | None = None
    binning: Binning | None = None
    variables: tuple[ScoreVariable, ...] = ()
    about: About = _NO_WORDS
    shifts: tuple[tuple[str, int], ...] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "kind" in vars(cls):
            PointScore.kinds[cls.kind] = cls

    @property
    def recalibration(self) -> Recalibration | None:
        """How what totals stand for was changed after the fit; None where it was not."""
        return None

    def means(self, total: FloatArray) -> list[Any]:
        """Give what each of several totals (exact ones, as of `total`) stands for."""
        raise NotImplementedError

    def numbers(self, total: FloatArray) -> FloatArray:
        """Give that as a number between 0 and 1, which is called `number_name`; of one shape."""
        raise NotImplementedError

    @property
    def parameters(self) -> dict[str, float]:
        """What a score has beside its points, by name."""
        raise NotImplementedError

    def predict(self, X: Any) -> np.ndarray[Any, Any]:
        """Give what the total of every row stands for; X as for `total`."""
        return np.array(self.means(self.total(X)))

    def own_record(self) -> dict[str, Any]:
        """Give what this kind has in JSON beside what all have."""
        return {}

    @classmethod
    def read_own(cls, raw: JsonObject) -> dict[str, Any]:  # noqa: ARG003
        """Read that again, as arguments by name."""
        return {}

    def rule_record(self) -> dict[str, Any]:
        """Give the rule of this kind as a search reports it; empty where its points say it all."""
        return {}

    def row_record(self, row: ScoreRow) -> dict[str, Any]:  # noqa: ARG002
        """Give what JSON states about the totals of a row of the table."""
        return {}

    @classmethod
    def read_row(cls, raw: JsonObject, low: float | None, high: float | None) -> Any:  # noqa: ARG003
        """Read that again, in whatever form `check_row` takes."""
        return None

    def check_row(self, row: ScoreRow, stated: Any) -> None:  # noqa: ARG002
        """Refuse what a file states about a row of the table, where it is not so.

        Raises
        ------
        ScoreError
            The file was changed by hand.
        """
        return

    def __post_init__(self) -> None:
        """Refuse what no score can be."""
        names = self.feature_names
        if len(set(names)) < len(names):
            twice = sorted(name for name, count in Counter(names).items() if count > 1)
            raise ScoreError(f"feature names must be unique; {quoted(twice)} occur more than once")
        if self.binning is not None:
            made = set(self.binning.features)
            strange = [name for name in self.points if name not in made]
            if strange:
                raise ScoreError(f"no column of a raw table gives the features {quoted(strange)}")
        if self.shifts:
            _check_shifts(self)
        known = {name for variable in self.variables for name in variable.features}
        if strange := sorted(known - set(names)):
            raise ScoreError(f"a variable has the features {quoted(strange)}, the score has not")
        if self.labels[0] == self.labels[1]:
            raise ScoreError(f"the two labels must differ; both are {self.labels[0]!r}")
        if not self.table:
            raise ScoreError("the table of totals is empty")

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of all columns of the training data, in their order."""
        return tuple(feature.name for feature in self.features)

    @property
    def used_features(self) -> tuple[Feature, ...]:
        """The features with points, in the order of the training data."""
        return tuple(feature for feature in self.features if feature.points)

    @property
    def points(self) -> dict[str, int]:
        """Points by name, of the features that have any."""
        return {feature.name: feature.points for feature in self.used_features}

    @property
    def size(self) -> int:
        """Number of features with points."""
        return len(self.used_features)

    @property
    def items(self) -> tuple[Item, ...]:
        """What the score asks: each variable once, with the bands that exclude one another."""
        variables = known_variables(self.binning, self.variables)
        items = items_of(self.used_features, variables, dict(self.shifts))
        return tuple(map(self.about.named, items))

    @property
    def base(self) -> int:
        """Points that everyone has: the total of whom no feature holds."""
        return sum(points for _, points in self.shifts)

    @property
    def start(self) -> dict[str, int]:
        """Points by name with those of the intercept, rounded, to begin with (``start=``)."""
        return {**self.points, INTERCEPT_NAME: round(self.intercept + self.base)}

    def moved(self, change: int) -> dict[str, Any]:  # noqa: ARG002
        """Give what this kind has of its own, by name, for totals that are more by a number."""
        return {}

    def turned(self) -> Self:
        """Give the score with points of 0 or more wherever bands allow it, and the same risks.

        What is protective has points where it is absent; see `riskslim.scores.orientation`.

        Examples
        --------
        >>> from riskslim import RiskScore
        >>> score = RiskScore.from_points({"Stroke": 2, "Sport": -3}, intercept=-1)
        >>> turned = score.turned()
        >>> [(band.kind, band.points) for band in turned.items[1].bands], turned.intercept
        ([('no', 3), ('yes', 0)], -4)
        """
        from riskslim.scores.orientation import turned

        return turned(self)

    def signed(self) -> Self:
        """Give the score with the points of its features as they are, below 0 too."""
        from riskslim.scores.orientation import shifted

        return shifted(self, {})

    @property
    def event(self) -> str:
        """What is predicted, in words: the label of the outcome, or its column and value."""
        if self.about.event:
            return self.about.event
        if is_yes_no(self.labels):
            return self.outcome
        return f"{self.outcome} = {self.labels[1]}"

    def described(
        self, about: Mapping[str, Any] | str | os.PathLike[str] | About | None = None, **texts: str
    ) -> Self:
        """Give the score with other words on everything that shows it; nothing else changes.

        Parameters
        ----------
        about : mapping, path or About, optional
            With a table ``about`` (``title``, ``outcome``, ``horizon``, ``population``,
            ``version``, ``contact``), and for a score of features as they are a table for each
            feature or variable with ``label``, ``unit`` and labels of ``codes``; or a TOML file
            of that form. What it leaves out stays.
        **texts : str
            Any of the first six by name.

        Raises
        ------
        OptionError
            There is no such word, or the file cannot be read.

        Examples
        --------
        >>> from riskslim import RiskScore
        >>> score = RiskScore.from_points({"Age >= 65": 2, "Smoker": 1}, intercept=-3)
        >>> print(score.described(title="A score", outcome="death").event)
        death
        """
        given = About.read({ABOUT: texts}, labels=False)
        read = About.read(about, labels=self.binning is None)
        known = [*self.feature_names, *(variable.name for variable in self.variables)]
        known += [stem for name in self.feature_names if (stem := split_name(name)[0])]
        for name, _ in read.labels:
            if name not in known:
                raise OptionError(f"a label for {name!r}: {nearest(name, known)}")
        changed: Self = replace(self, about=given.over(read).over(self.about))
        return changed

    @property
    def has_every_total(self) -> bool:
        """Whether the table lists every reachable total, rather than bands of totals."""
        return all(row.is_single for row in self.table)

    @property
    def is_learned(self) -> bool:
        """Whether the points were learned from data, rather than given, as a publication does."""
        return self.training.rows > 0

    @property
    def counts_people(self) -> bool:
        """Whether the weights in the table are numbers of rows."""
        return not self.training.is_weighted

    @property
    def rows_counted(self) -> int:
        """Rows of the data whose people the table counts or weighs."""
        return self.training.rows

    @property
    def weight_of_one(self) -> float:
        """Weight in the table that stands for one person; 0 where it has nobody.

        Whole weights are numbers of people; others stand for as many as there were rows.
        """
        weights = [row.weight for row in self.table]
        whole = math.fsum(weights)
        if not whole or all(weight.is_integer() for weight in map(float, weights)):
            return float(whole > 0)
        return whole / self.rows_counted if self.rows_counted else 0.0

    @property
    def text_columns(self) -> tuple[str, ...]:
        """Columns that are to be read from a file as text; see `riskslim.data.reading`."""
        return () if self.binning is None else self.binning.text_columns

    @property
    def is_checklist(self) -> bool:
        """Whether the total is a count: every feature with points is a yes or no worth 1 point."""
        used = self.used_features
        return len(used) > 1 and all(item.is_binary and item.points == 1 for item in used)

    def total(self, X: Any) -> FloatArray:
        """Add up the points of every row.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n, d)
            A DataFrame needs the features with points, by name, in any order
            and among any others, or the raw columns that they are made of. An array
            needs all d training columns.

        Returns
        -------
        ndarray of shape (n,)
            Sum of points times values, with `base` and without the intercept; exact sums of
            decimals, as `riskslim.data.exact_totals` has it.

        Raises
        ------
        ScoreError
            Columns are missing or too many, or values are missing, infinite or
            no numbers.
        """
        return self.total_of(self.columns(X))

    def total_of(self, columns: FloatArray) -> FloatArray:
        """Add up the points of rows whose columns are known, as `columns` gives them.

        Raises
        ------
        ScoreError
            Values are missing or infinite.
        """
        for feature, column in zip(self.used_features, columns.T, strict=True):
            bad = ~np.isfinite(column)
            if bad.any():
                raise ScoreError(
                    f"feature {feature.name!r} is missing or infinite in {rows_text(bad)}; "
                    "fill in a number, the score has no points for an unknown value"
                )
        points = list(self.points.values())
        if self.base:
            # Among the other terms, so that the sum is rounded once.
            columns, points = (
                np.column_stack([columns, np.ones(len(columns))]),
                [*points, self.base],
            )
        return add_up(columns, np.array(points, dtype=np.int64))

    def total_ranges(self, X: Any) -> tuple[FloatArray, FloatArray]:
        """Give the smallest and the largest total of every row, of which not all may be known.

        Parameters, returns and errors as for `riskslim.scores.unknown.total_ranges`.

        Examples
        --------
        >>> from riskslim import RiskScore
        >>> score = RiskScore.from_points({"Stroke": 2, "Age >= 65": 1})
        >>> low, high = score.total_ranges([[1, 0], [1, float("nan")]])
        >>> low.tolist(), high.tolist()
        ([2.0, 2.0], [2.0, 3.0])
        """
        from riskslim.scores.unknown import total_ranges

        return total_ranges(self, X)

    def to_json(self) -> str:
        """Return the score as JSON text; see `riskslim.exporters.json_format`."""
        from riskslim.exporters.json_format import to_json

        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a score from JSON text, exactly as it was written.

        Raises
        ------
        ScoreError
            The text is not a score of this kind, or of no schema version that is known here.
        """
        from riskslim.exporters.json_format import from_json

        score = from_json(text)
        if not isinstance(score, cls):
            raise ScoreError(
                f"this is a {score.kind} score, not a {cls.kind} score, which is needed here "
                "(riskslim.load_score reads either)"
            )
        return score

    def export(
        self,
        to: str,
        language: str = "en",
        size: str | None = None,
        cards: str = "bands",
        min_people: int = ENOUGH_PEOPLE,
    ) -> str | bytes:
        """Write the score in any format of `riskslim.exporters.formats.FORMATS`.

        Parameters
        ----------
        to : str
            ``"text"``, ``"markdown"``, ``"html"``, ``"calculator"``, ``"latex"``, ``"svg"``,
            ``"png"``, ``"pdf"``, ``"xlsx"``, ``"csv"``, ``"json"``, ``"sql"``, ``"python"``,
            ``"javascript"``, ``"fhir"``, ``"cql"`` or ``"pmml"``.
        language : str
            Of the words on it: ``"en"`` or ``"de"``.
        size : {"a6", "a5"}, optional
            Of the page, for ``"svg"``, ``"png"`` and ``"pdf"``; A6 by default.
        cards : {"bands", "thresholds"}
            Whether a card, a calculator or a sheet shows each variable as one item whose bands
            exclude one another, or each feature by itself.
        min_people : int
            A card joins totals to bands of at least so many of the people that the score counts,
            20 by default; 0 shows every total.

        Returns
        -------
        str or bytes

        Raises
        ------
        OptionError
            There is no such format, language, size or card, or the format has no size; or the
            number is negative.
        """
        from riskslim.exporters.formats import export

        return export(self, to, language, size, cards, min_people)

    def to_html(self, language: str = "en", cards: str = "bands") -> str:
        """Return the card as a page that needs nothing else."""
        return str(self.export("html", language, cards=cards))

    def to_calculator(self, language: str = "en", cards: str = "bands") -> str:
        """Return a page that computes, without any network."""
        return str(self.export("calculator", language, cards=cards))

    def to_markdown(self, language: str = "en", cards: str = "bands") -> str:
        """Return the card as Markdown."""
        return str(self.export("markdown", language, cards=cards))

    def to_latex(self, language: str = "en", cards: str = "bands") -> str:
        """Return the card as a LaTeX document."""
        return str(self.export("latex", language, cards=cards))

    def to_svg(self, language: str = "en", cards: str = "bands") -> str:
        """Return a pocket card as SVG."""
        return str(self.export("svg", language, cards=cards))

    def to_sql(self, table: str = "people", dialect: str = "duckdb", reasons: int = 0) -> str:
        """Return a query that adds the total, what it means and reasons to a table.

        Parameters, returns and errors as for `riskslim.exporters.sql.sql`.
        """
        from riskslim.exporters.sql import sql

        return sql(self, table, dialect, reasons)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the score to a JSON file, whole or not at all."""
        write_atomically(path, self.to_json())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a score from a JSON file.

        Raises
        ------
        ScoreError
            The file cannot be read or holds no score of this kind; names the file.
        """
        text = read_json(path, "score file")
        try:
            return cls.from_json(text)
        except ScoreError as error:
            raise ScoreError(f"score file {path}: {error}") from error

    def __str__(self) -> str:
        from riskslim.exporters.text import card

        return card(self)

    def _repr_html_(self) -> str:
        from riskslim.exporters.card import make_card
        from riskslim.exporters.page import notebook
        from riskslim.languages import language

        return notebook(make_card(self, language("en")))

    def columns(self, X: Any) -> FloatArray:
        """Give the columns of the features with points, of shape (n, size); X as for `total`."""
        used = self.used_features
        X = as_frame(X)
        if hasattr(X, "columns") and hasattr(X, "iloc"):
            return self._used_of(self._features_of(X), source_of(X))
        try:
            table = np.asarray(X, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ScoreError(f"the rows to score are not all numbers: {error}") from error
        if table.ndim != 2 or table.shape[1] != len(self.features):
            raise ScoreError(
                f"expected an array of {len(self.features)} columns, those of the training data, "
                f"not one of shape {table.shape}; a DataFrame may hold only {sorted(self.points)}"
            )
        return table[:, [index for index, item in enumerate(self.features) if item in used]]

    def columns_by_name(self, X: Any) -> dict[str, FloatArray]:
        """Give the columns of the features with points, and those of bands without points.

        X as for `total`. The latter, of special codes and of what is not known, are there where a
        raw table tells of them.
        """
        frame = as_frame(X)
        if not (hasattr(frame, "columns") and hasattr(frame, "iloc")):
            return dict(zip(self.points, self.columns(frame).T, strict=True))
        made = self._features_of(frame)
        columns = dict(zip(self.points, self._used_of(made, source_of(frame)).T, strict=True))
        told_by = {band.told_by for item in self.items for band in item.bands} - {"", *columns}
        places = {name: find_name(name, list(map(str, made.columns))) for name in told_by}
        return columns | {
            name: made.iloc[:, place].to_numpy(np.float64)
            for name, place in places.items()
            if place is not None
        }

    def _features_of(self, frame: Any) -> Any:
        """Make the features of a raw table; a table of features is itself."""
        binning = None if self.binning is None else self.binning.part(self.points)
        names = [str(name) for name in frame.columns]
        if binning is None or not binning.is_raw_table(names, self.points):
            return frame
        try:
            return binning.frame(frame, source_of(frame))
        except DataError as error:
            raise ScoreError(str(error)) from error

    def _used_of(self, frame: Any, source: str) -> FloatArray:
        """Take the features with points out of a table of features."""
        names = [str(name) for name in frame.columns]
        places = {name: find_name(name, names) for name in self.points}
        missing = [name for name, place in places.items() if place is None]
        if missing:
            raise ScoreError(
                f"{source}: {len(missing)} of the {self.size} features with points are missing: "
                f"{', '.join(map(repr, missing))}"
            )
        columns = np.empty((len(frame), self.size))
        for index, (name, place) in enumerate(places.items()):
            if names.count(name) > 1:
                raise ScoreError(f"{source}: several columns are called {name!r}")
            try:
                columns[:, index] = numeric_column(
                    frame.iloc[:, place], name, source, "write the number alone"
                )
            except DataError as error:
                raise ScoreError(str(error)) from error
        return columns


def _check_shifts(score: PointScore) -> None:
    """Refuse shifts of what has no bands."""
    shifted = [name for name, _ in score.shifts]
    firsts = {item.features[0].name for item in score.items if item.bands}
    if len(set(shifted)) < len(shifted) or not firsts.issuperset(shifted):
        raise ScoreError(
            f"points for everyone of {quoted(shifted)}: each must begin an item with bands"
        )
