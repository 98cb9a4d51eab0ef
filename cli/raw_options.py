"""Options that make features of 0 and 1 of a raw table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from riskslim.cli.data_options import refuse_beside_counts
from riskslim.cli.paths import InputFile
from riskslim.problems.defaults import MANY_CUTS

if TYPE_CHECKING:
    from riskslim.data import Counts, Dataset
    from riskslim.features.binarizer import ScoreBinarizer
    from riskslim.features.cuts import Method
    from riskslim.features.teaching import Teaching
    from riskslim.features.variables import Blanks
    from riskslim.scores.point_score import PointScore

__all__ = ["RawChoices", "raw_options"]

_Command = TypeVar("_Command", bound=Callable[..., Any])
_Score = TypeVar("_Score", bound="PointScore")


@dataclass(frozen=True)
class RawChoices:
    """What the options of `raw_options` ask for."""

    cuts: Method
    max_cuts: int
    cut_points: Path | None
    intervals: bool
    min_share: float
    blanks: Blanks
    category: tuple[str, ...]
    drop: tuple[str, ...]
    reference_date: str | None
    cuts_per_variable: int | None
    rising: tuple[str, ...]
    falling: tuple[str, ...]
    screen: int | None
    missing: tuple[str, ...]
    special: tuple[str, ...]
    title: str | None
    keep_signs: bool
    teacher: str = "none"
    teacher_share: float = 1.0
    raw: bool = True

    @property
    def binarizer(self) -> ScoreBinarizer:
        """The transformer that these choices describe."""
        from riskslim.features.binarizer import ScoreBinarizer

        return ScoreBinarizer(
            cuts=self.cuts,
            max_cuts=self.max_cuts,
            cut_points=self.cut_points,
            intervals=self.intervals,
            min_share=self.min_share,
            blanks=self.blanks,
            kinds=dict.fromkeys(self.category, "category"),
            drop=self.drop,
            reference_date=self.reference_date,
            screen=self.screen,
            missing=_by_column(self.missing),
            special=_by_column(self.special),
        )

    def table(
        self,
        data: Path | tuple[Path, ...],
        target: str | None,
        positive: Any,
        weights: str | None,
        class_weight: Any = None,
        counts: bool = False,
    ) -> Dataset:
        """Read DATA, as it is or with features made of it; several are added up.

        Raises
        ------
        RiskSlimError
            If the table or an option cannot be used.
        """
        from riskslim.scores.about import About

        made = self._made(data, target, positive, weights, class_weight, counts)
        # Words that nobody can use are refused before the search.
        About.read(self.cut_points, labels=made.binning is None)
        return made

    def _made(
        self,
        data: Path | tuple[Path, ...],
        target: str | None,
        positive: Any,
        weights: str | None,
        class_weight: Any,
        counts: bool,
    ) -> Dataset:
        from riskslim.data import Counts, Dataset
        from riskslim.data.grouping import are_counted

        files = data if isinstance(data, tuple) else (data,)
        if counts:
            refuse_beside_counts()
            return Dataset.from_counts(Counts.sum(map(Counts.load, files)), class_weight)
        if len(files) > 1 and self.teaching is not None:
            raise click.UsageError(
                "--teacher is for one DATA: it is fitted to rows, and of several tables only "
                "counts are added up; make one table of them, or drop it"
            )
        if not self.raw and len(files) == 1 and not are_counted(files[0]):
            return Dataset.from_file(files[0], target, positive, weights, class_weight)
        if self.teaching is None or not self.raw:
            added = Counts.sum(self.counts(files, target, positive, weights))
            return Dataset.from_counts(added, class_weight)
        from riskslim.features.raw_table import raw_dataset

        return raw_dataset(
            files[0], self.binarizer, target, positive, weights, class_weight, self.teaching
        )

    def counts(
        self,
        files: tuple[Path, ...],
        target: str | None,
        positive: Any,
        weights: str | None,
        like: Counts | None = None,
    ) -> list[Counts]:
        """Count the rows of every table, all with the features of the first, or of another one."""
        from riskslim.features.counting import count_table

        binarizer = self.binarizer if self.raw else None
        made: list[Counts] = []
        for file in files:
            made.append(count_table(file, target, positive, weights, binarizer, like))
            like = like or made[0]
        return made

    def describe(self, score: _Score) -> _Score:
        """Give a score the words of the options, and the signs that they ask for."""
        title = {} if self.title is None else {"title": self.title}
        described: _Score = score.described(self.cut_points, **title)
        return described.signed() if self.keep_signs else described

    @property
    def teaching(self) -> Teaching | None:
        """Who has a share in the labels; None for nobody."""
        from riskslim.features.teaching import Teaching

        return None if self.teacher == "none" else Teaching(self.teacher, self.teacher_share)

    @property
    def taught(self) -> dict[str, Any]:
        """The same by the names that estimators have."""
        if self.teacher == "none":
            return {}
        return {"teacher": self.teacher, "teacher_share": self.teacher_share}

    @property
    def groups(self) -> dict[str, Any]:
        """Rules of the groups of features, by the names that recipes and estimators have."""
        return {
            "at_most": self.cuts_per_variable,
            "rising": self.rising,
            "falling": self.falling,
        }

    def refuse_signs(self, signs: tuple[tuple[str, str], ...]) -> None:
        """Refuse signs of features by name, where every fold makes its own."""
        if self.raw and signs:
            raise click.UsageError(
                "--sign names features, and with --raw every fold makes its own; give --rising "
                "or --falling"
            )


def _by_column(given: tuple[str, ...]) -> dict[str | None, list[str]]:
    """Give codes by column, None standing for all of them."""
    codes: dict[str | None, list[str]] = {}
    for one in given:
        column, equals, code = one.rpartition("=")
        codes.setdefault(column if equals else None, []).append(code)
    return codes


# These say what is shown, of any table.
_WORDS = ("cut_points", "title", "keep_signs")
_ANY_SHARE = click.FloatRange(0, 0.5, max_open=True)


def _making_features(many: bool) -> list[Callable[[Any], Any]]:
    """Give the options; their defaults make few features, or many candidates."""
    return [
        click.option(
            "--cuts",
            type=click.Choice(["tree", "quantile"]),
            default=MANY_CUTS["cuts"] if many else "tree",
            show_default=True,
            help="How numbers are cut: by a decision tree on the one column, or at quantiles.",
        ),
        click.option(
            "--max-cuts",
            type=click.IntRange(min=1),
            default=MANY_CUTS["max_cuts"] if many else 4,
            show_default=True,
            help="At most so many candidate cuts of a number.",
        ),
        click.option(
            "--labels",
            "--cut-points",
            "cut_points",
            type=InputFile(),
            metavar="FILE",
            help="Words and cut points from a TOML file: a table [about] with title, outcome, "
            "horizon, population, version and contact; and a table [COLUMN] with label, unit, "
            'cuts = [2, 4], missing = [-999], special = { -8 = "no trade" } and codes = '
            '{ 1 = "male" }. Anything may be left out.',
        ),
        click.option("--title", metavar="TEXT", help="Of the score, on everything that shows it."),
        click.option(
            "--keep-signs",
            is_flag=True,
            help="Leave points below 0 as they are, rather than count them from 0 on: points for "
            "what is absent, and an intercept that is less by as many. The risks are the same.",
        ),
        click.option(
            "--intervals",
            is_flag=True,
            help="Make intervals ('Age 50 to 64') rather than thresholds ('Age >= 50').",
        ),
        click.option(
            "--min-share",
            type=_ANY_SHARE,
            default=MANY_CUTS["min_share"] if many else 0.05,
            show_default=True,
            help="Smallest share of the rows of an interval, a category or blanks that is a "
            "feature.",
        ),
        click.option(
            "--blanks",
            type=click.Choice(["feature", "impute", "refuse"]),
            default="feature",
            show_default=True,
            help="Blanks are a feature ('Lactate missing'), count as the usual value, or are "
            "refused.",
        ),
        click.option(
            "--category",
            multiple=True,
            metavar="COLUMN",
            help="The numbers in this column are codes of categories. May be repeated.",
        ),
        click.option(
            "--missing",
            multiple=True,
            metavar="CODE|COLUMN=CODE",
            help="Stands for a missing value and counts as blank, in every column or in one: -999, "
            "Albumin=-999. The score remembers it. May be repeated.",
        ),
        click.option(
            "--special",
            multiple=True,
            metavar="CODE|COLUMN=CODE",
            help="Is an answer among numbers with points of its own, in every column or in one: "
            "-8, Burden=-8. With fewer than --min-share of the rows it counts as blank. May be "
            "repeated.",
        ),
        click.option(
            "--drop", multiple=True, metavar="COLUMN", help="Is no feature. May be repeated."
        ),
        click.option(
            "--reference-date",
            metavar="DATE|COLUMN",
            help="Up to which the years of dates are counted: 2024-03-31, or a column of dates.",
        ),
        click.option(
            "--cuts-per-variable",
            type=click.IntRange(min=1),
            is_eager=True,
            help="At most so many cuts of every number have points.  [default: any number]",
        ),
        click.option(
            "--rising",
            multiple=True,
            metavar="COLUMN",
            help="Points rise with it. May be repeated.",
        ),
        click.option(
            "--screen",
            type=click.IntRange(min=1),
            default=MANY_CUTS["screen"] if many else None,
            show_default=many,
            help="Keep at most so many promising cuts, where there are many (--max-cuts 20); what "
            "is proved holds among those." + ("" if many else "  [default: all]"),
        ),
        click.option(
            "--falling",
            multiple=True,
            metavar="COLUMN",
            help="Points fall with it. May be repeated.",
        ),
    ]


_TEACHER_OPTIONS = [
    click.option(
        "--teacher",
        type=click.Choice(["none", "steps"]),
        default="none",
        show_default=True,
        help="Who has a share in the labels that points are fitted to: nobody, or a smooth model "
        "of the same rows (the mean of two ridge logistic regressions, on the columns and on all "
        "cuts), which keeps a score of few rows and many cuts from fitting their noise.",
    ),
    click.option(
        "--teacher-share",
        type=click.FloatRange(0, 1),
        default=1.0,
        show_default=True,
        help="Its share; the outcomes have the rest.",
    ),
]


def raw_options(always: bool = False, taught: bool = False) -> Callable[[_Command], _Command]:
    """Add the options of raw tables; the command receives them as ``raw``, a `RawChoices`.

    Parameters
    ----------
    always : bool
        Whether the command takes raw tables only, and so has no option ``--raw``.
    taught : bool
        Whether it lets a teacher have a share in the labels.
    """
    options = [*_making_features(many=always), *(_TEACHER_OPTIONS if taught else ())]
    left = {"raw"} if taught else {"raw", "teacher", "teacher_share"}
    keys = [field.name for field in fields(RawChoices) if field.name not in left]

    def add(command: _Command) -> _Command:
        @wraps(command)
        def call(*args: Any, **kwargs: Any) -> Any:
            given = {key: kwargs.pop(key) for key in keys}
            is_raw = kwargs.pop("raw", True)
            if not is_raw:
                _refuse_others(keys)
            kwargs["raw"] = RawChoices(**given, raw=is_raw)
            return command(*args, **kwargs)

        wrapped: Any = call
        for option in reversed(options):
            wrapped = option(wrapped)
        if not always:
            wrapped = click.option(
                "--raw",
                is_flag=True,
                help="DATA holds numbers, categories, dates and blanks, of which features of 0 and "
                "1 are made first; the score reads such tables then.",
            )(wrapped)
        result: _Command = wrapped
        return result

    return add


def _refuse_others(keys: list[str]) -> None:
    ctx = click.get_current_context()
    default = click.core.ParameterSource.DEFAULT
    for key in keys:
        # None: invoked by another command, not by the words of a user.
        if key not in _WORDS and ctx.get_parameter_source(key) not in (default, None):
            raise click.UsageError(f"--{key.replace('_', '-')} is for --raw; add that, or drop it")
