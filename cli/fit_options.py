"""Options of every command that searches for scores: the problem, and the search."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from riskslim.cli.data_options import class_weights
from riskslim.cli.rule_options import RULE_OPTIONS, constraints_of

if TYPE_CHECKING:
    from riskslim.constraints import Constraint
    from riskslim.data import Dataset
    from riskslim.estimators.riskslim import RiskSLIMClassifier
    from riskslim.limits.deadline import Deadline
    from riskslim.problems.coefficients import CoefficientSet
    from riskslim.problems.multiplier import Multiplier
    from riskslim.problems.problem import RiskSLIMProblem
    from riskslim.search.engines import Engine
    from riskslim.solvers.result import SearchOptions

__all__ = [
    "SLIM_ENGINES",
    "ProblemChoices",
    "SearchChoices",
    "bundle",
    "problem_options",
    "search_options",
    "search_options_with",
]

_Command = TypeVar("_Command", bound=Callable[..., Any])
_DEFAULT_RANGE = (0.5, 1000.0)
_DEFAULT_C0 = 1e-6


@dataclass(frozen=True)
class ProblemChoices:
    """What the options of `problem_options` ask for."""

    class_weight: Any
    max_size: int
    min_size: int
    max_coef: int
    c0: float | None
    signs: tuple[tuple[str, str], ...]
    rules_file: Path | None
    require: tuple[str, ...]
    forbid: tuple[str, ...]
    at_most_one: tuple[str, ...]
    max_fpr: float | None
    min_tpr: float | None
    max_error: float | None
    multiplier: Multiplier | None
    multiplier_range: tuple[float, float] | None

    def __post_init__(self) -> None:
        if self.min_size > self.max_size:
            raise click.UsageError(
                f"--min-size {self.min_size} is more than --max-size {self.max_size}"
            )
        if self.multiplier == "fixed" and self.multiplier_range is not None:
            raise click.UsageError("--multiplier-range is for --multiplier free; drop one of them")

    def problem(self, table: Dataset, further: tuple[Constraint, ...] = ()) -> RiskSLIMProblem:
        """Build the problem on a table.

        Parameters
        ----------
        table : Dataset
            The data.
        further : tuple of Constraint
            Rules beside those of the options.

        Raises
        ------
        RiskSlimError
            If an option does not fit the table.
        """
        rules = (*constraints_of(self, table), *further)
        return self.risk_problem(table, self.coefficients(table), rules)

    def risk_problem(
        self,
        table: Dataset,
        coefficients: CoefficientSet,
        rules: tuple[Constraint, ...],
        default_range: tuple[float, float] = _DEFAULT_RANGE,
    ) -> RiskSLIMProblem:
        """Build the problem of a risk score within points and rules."""
        from riskslim.problems.problem import RiskSLIMProblem

        return RiskSLIMProblem(
            table,
            coefficients,
            max_size=self.max_size,
            min_size=self.min_size,
            C0=_DEFAULT_C0 if self.c0 is None else self.c0,
            constraints=rules,
            multiplier=self.multiplier or "free",
            multiplier_range=self.multiplier_range or default_range,
        )

    def coefficients(self, table: Dataset) -> CoefficientSet:
        """Give the points that ``--max-coef`` and ``--sign`` allow."""
        from riskslim.problems.coefficients import CoefficientSet

        bound = self.max_coef
        return self.with_signs(CoefficientSet(table.feature_names, -bound, bound))

    def with_signs(self, points: CoefficientSet) -> CoefficientSet:
        """Narrow points to those of the signs that ``--sign`` asks for."""
        for name, sign in self.signs:
            points = points.set(name, sign=sign)
        return points

    @property
    def has_multiplier_options(self) -> bool:
        """Whether an option speaks of the multiplier, which only risk scores have."""
        return self.multiplier is not None or self.multiplier_range is not None

    def classifier(self, table: Dataset, engine: Engine, seed: int) -> RiskSLIMClassifier:
        """Build an estimator of the same problem, to be fitted to parts of the table.

        Its limit of time is the deadline in force.
        """
        from riskslim.estimators.riskslim import RiskSLIMClassifier

        problem = self.problem(table)
        return RiskSLIMClassifier(
            max_size=self.max_size,
            min_size=self.min_size,
            coefficients=problem.coefficients,
            constraints=constraints_of(self, table),
            C0=problem.C0,
            time_limit=None,
            multiplier=problem.multiplier,
            multiplier_range=self.multiplier_range or _DEFAULT_RANGE,
            engine=engine,
            class_weight=self.class_weight,
            random_state=seed,
        )


@dataclass(frozen=True)
class SearchChoices:
    """What the options of `search_options` ask for."""

    time_limit: float | None
    node_limit: int | None
    engine: Engine
    seed: int
    threads: int
    verbose: bool

    @property
    def shows_progress(self) -> bool:
        """Whether progress is printed on standard error."""
        return self.verbose or sys.stderr.isatty()

    def options(self, deadline: Deadline, interrupted: Callable[[], bool]) -> SearchOptions:
        """Give the limits, what is left of the time, and the settings to a search."""
        from riskslim.progress import ProgressLog
        from riskslim.solvers.result import SearchOptions

        options = SearchOptions(
            node_limit=self.node_limit,
            seed=self.seed,
            threads=self.threads,
            on_progress=ProgressLog(sys.stderr) if self.shows_progress else None,
            interrupted=interrupted,
        )
        return deadline.limits(options)


_C0_HELP = "[default: 1e-06, which only breaks ties]"


def problem_options(max_size: int = 5, c0_help: str = _C0_HELP) -> Callable[[_Command], _Command]:
    """Add the options that say which problem is solved.

    The command receives them together, as the argument ``choices`` of type
    `ProblemChoices`.

    Parameters
    ----------
    max_size : int
        Default of ``--max-size``.
    c0_help : str
        Says the default of ``--c0``.
    """
    options = [
        click.option(
            "--class-weight",
            callback=class_weights,
            metavar="WEIGHTS",
            help="'balanced', or a weight for each label such as 1=5,0=1.",
        ),
        click.option(
            "--max-size",
            type=click.IntRange(min=0),
            default=max_size,
            show_default=True,
            help="At most so many features have points.",
        ),
        click.option(
            "--min-size",
            type=click.IntRange(min=0),
            default=0,
            show_default=True,
            help="At least so many features have points.",
        ),
        click.option(
            "--max-coef",
            type=click.IntRange(min=1),
            default=5,
            show_default=True,
            help="Points lie between minus and plus this.",
        ),
        click.option(
            "--c0",
            type=click.FloatRange(min=0),
            help=f"Penalty for each feature with points.  {c0_help}",
        ),
        click.option(
            "--sign",
            "signs",
            multiple=True,
            callback=_signs,
            metavar="NAME=+|-",
            help="Points of a feature, or of all that match a pattern, have this sign or are 0. "
            "May be repeated.",
        ),
        *RULE_OPTIONS,
        click.option(
            "--multiplier",
            type=click.Choice(["fixed", "free"]),
            help="How many points move the logarithm of the odds by one: 1, or a number that is "
            "chosen with the points.  [default: free]",
        ),
        click.option(
            "--multiplier-range",
            type=(float, float),
            metavar="LOW HIGH",
            help="Smallest and largest multiplier, where it is free.  [default: 0.5 1000, of a "
            "checklist 0.1 1000]",
        ),
    ]
    return bundle(options, "choices", ProblemChoices)


_RISK_ENGINES = {
    "auto": "what suits, in turn where several do",
    "supports": "over supports",
    "lcpa": "by lattice cutting planes",
}
SLIM_ENGINES = {
    "search": "over boxes of points (slim)",
    "mip": "by a mixed-integer program (slim)",
}
"""Engines of decision scores alone."""


def search_options(command: _Command) -> _Command:
    """Add the options of the search: limits, engine, seed, threads, progress.

    The command receives them together, as the argument ``search`` of type
    `SearchChoices`.
    """
    return search_options_with({})(command)


def search_options_with(engines: dict[str, str]) -> Callable[[_Command], _Command]:
    """Add the options of the search, with further engines: a phrase for each by name."""
    known = _RISK_ENGINES | engines
    options = [
        click.option(
            "--time-limit",
            type=click.FloatRange(min=0, min_open=True),
            metavar="SECONDS",
            help="End the whole command after so long, with what it has.  [default: none]",
        ),
        click.option(
            "--node-limit",
            type=click.IntRange(min=1),
            help="Stop the search after so many nodes.  [default: none]",
        ),
        click.option(
            "--engine",
            type=click.Choice(list(known)),
            default="auto",
            show_default=True,
            help="The search that proves the score: "
            + "; ".join(f"{name}, {how}" for name, how in known.items())
            + ".",
        ),
        click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True),
        click.option(
            "--threads",
            type=click.IntRange(min=1),
            default=1,
            show_default=True,
            help="The score does not depend on it.",
        ),
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            help="Print progress on standard error also where that is no terminal.",
        ),
    ]
    return bundle(options, "search", SearchChoices)


def bundle(
    options: list[Callable[[Any], Any]], name: str, kind: type[Any]
) -> Callable[[_Command], _Command]:
    """Add options to a command, which receives them as one argument, a data class."""
    keys = [field.name for field in fields(kind)]

    def add(command: _Command) -> _Command:
        @wraps(command)
        def call(*args: Any, **kwargs: Any) -> Any:
            kwargs[name] = kind(**{key: kwargs.pop(key) for key in keys})
            return command(*args, **kwargs)

        wrapped: Any = call
        for option in reversed(options):
            wrapped = option(wrapped)
        result: _Command = wrapped
        return result

    return add


def _signs(
    _: click.Context, __: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    pairs = []
    for value in values:
        name, equals, sign = value.rpartition("=")
        if not name or not equals or sign not in ("+", "-"):
            raise click.BadParameter(
                f"{value!r} is not NAME=+ or NAME=-; for example: --sign 'Lab*=+'"
            )
        pairs.append((name, sign))
    return tuple(pairs)
