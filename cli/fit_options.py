"""Options of every command that searches for scores: the problem, and the search."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from riskslim.cli.data_options import class_weights
from riskslim.cli.rule_options import RULE_OPTIONS, constraints_of
from riskslim.problems.defaults import (
    CHECKLIST_RANGE,
    CUTS_EACH,
    DEFAULT_RANGE,
    MAX_COEF,
    MAX_SIZE,
    PENALTY,
)

if TYPE_CHECKING:
    from riskslim.cli.raw_options import RawChoices
    from riskslim.data import Dataset
    from riskslim.estimators.riskslim import RiskSLIMClassifier
    from riskslim.limits.deadline import Deadline
    from riskslim.problems.intercept_mode import Intercept
    from riskslim.problems.multiplier import Multiplier
    from riskslim.problems.problem import RiskSLIMProblem
    from riskslim.solvers.result import SearchOptions
    from riskslim.workflows.recipe import Method, Recipe

__all__ = [
    "SLIM_ENGINES",
    "ProblemChoices",
    "SearchChoices",
    "bundle",
    "c1_option",
    "problem_options",
    "search_options",
    "search_options_with",
]

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class ProblemChoices:
    """What the options of `problem_options` ask for."""

    class_weight: Any
    variables: int | None
    max_size: int
    min_size: int
    max_coef: int
    values: tuple[int, ...]
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
    intercept: Intercept | None

    def __post_init__(self) -> None:
        if self.values:
            object.__setattr__(self, "max_coef", max(1, *map(abs, self.values)))
        if self.min_size > self.max_size:
            raise click.UsageError(
                f"--min-size {self.min_size} is more than --max-size {self.max_size}"
            )
        if self.multiplier == "fixed" and self.multiplier_range is not None:
            raise click.UsageError("--multiplier-range is for --multiplier free; drop one of them")
        if self.multiplier == "fixed" and self.intercept == "free":
            raise click.UsageError("--intercept free is for --multiplier free; drop one of them")

    def recipe(
        self,
        table: Dataset,
        raw: RawChoices,
        method: Method = "riskslim",
        checklist: bool = False,
        prevalence: float | None = None,
        c1: float | None = None,
    ) -> Recipe:
        """Say what is asked of a score of a table.

        Parameters
        ----------
        table : Dataset
            The data, whose features the rules may name.
        raw : RawChoices
            The options of raw tables.
        method, checklist, prevalence, c1
            As for `Recipe`.

        Raises
        ------
        RiskSlimError
            A rule cannot be read.
        """
        from riskslim.workflows.recipe import Recipe

        of_risks = self.multiplier, self.multiplier_range, self.intercept
        if method == "slim" and of_risks != (None, None, None):
            raise click.UsageError(
                "--multiplier, --multiplier-range and --intercept are for risk scores; drop them "
                "with --method slim"
            )
        if method != "slim" and c1 is not None:
            raise click.UsageError("--c1 is for decision scores; it goes with --method slim")
        return Recipe(
            method=method,
            max_size=self.max_size,
            max_variables=self.variables,
            min_size=self.min_size,
            max_coef=self.max_coef,
            signs=self.signs,
            constraints=constraints_of(self, table),
            C0=self.c0,
            C1=c1,
            class_weight=self.class_weight,
            checklist=checklist,
            multiplier=self.multiplier or "free",
            multiplier_range=self.multiplier_range,
            intercept=self.intercept,
            prevalence=prevalence,
            **raw.groups,
        )

    def problem(self, table: Dataset, raw: RawChoices) -> RiskSLIMProblem:
        """Build the problem of a risk score; parameters and errors as for `recipe`."""
        from riskslim.problems.problem import RiskSLIMProblem

        problem = self.recipe(table, raw).task(table).problem
        assert isinstance(problem, RiskSLIMProblem)
        return problem

    def classifier(
        self, table: Dataset, raw: RawChoices, engine: str, seed: int
    ) -> RiskSLIMClassifier:
        """Build an estimator of the same problem, to be fitted to parts of the table.

        Its limit of time is the deadline in force. Of a raw table it makes features of its own,
        by the rows that it is fitted to.
        """
        from riskslim.estimators.riskslim import RiskSLIMClassifier

        recipe = self.recipe(table, raw)
        problem = recipe.task(table).problem
        own: dict[str, Any] = {"coefficients": problem.coefficients}
        if raw.raw:
            own = {
                "max_coef": self.max_coef,
                "binarizer": raw.binarizer,
                **raw.groups,
                **raw.taught,
            }
        if self.multiplier_range is not None:
            own["multiplier_range"] = self.multiplier_range
        return RiskSLIMClassifier(
            max_size=self.max_size,
            max_variables=self.variables,
            min_size=self.min_size,
            constraints=recipe.constraints,
            C0=problem.C0,
            time_limit=None,
            multiplier=recipe.multiplier,
            intercept=recipe.intercept,
            engine=engine,
            class_weight=self.class_weight,
            random_state=seed,
            **own,
        )


@dataclass(frozen=True)
class SearchChoices:
    """What the options of `search_options` ask for."""

    time_limit: float | None
    node_limit: int | None
    engine: str
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


def _pair(ends: tuple[float, float]) -> str:
    return " ".join(f"{end:g}" for end in ends)


_C0_HELP = f"[default: {PENALTY['riskslim']:g}, which only breaks ties]"


def problem_options(
    max_size: int = MAX_SIZE, c0_help: str = _C0_HELP
) -> Callable[[_Command], _Command]:
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
            "--variables",
            type=click.IntRange(min=1),
            is_eager=True,
            help="At most so many variables have points, each with several cuts, levels or blanks: "
            "what a card asks as one item.  [default: any number]",
        ),
        click.option(
            "--max-size",
            type=click.IntRange(min=0),
            callback=partial(_size, usual=max_size),
            help=f"At most so many features have points.  [default: {max_size}, and with "
            f"--variables {CUTS_EACH} for each of them, or --cuts-per-variable]",
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
            default=MAX_COEF,
            show_default=True,
            help="Points lie between minus and plus this.",
        ),
        click.option(
            "--values",
            callback=_values,
            metavar="LIST",
            help="The only points that there are, instead of --max-coef; for example "
            "--values=-10,-5,-1,0,1,5,10. Those of a feature are a rule of a file.",
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
            help="Smallest and largest multiplier, where it is free.  [default: "
            f"{_pair(DEFAULT_RANGE)}, of a checklist {_pair(CHECKLIST_RANGE)}]",
        ),
        click.option(
            "--intercept",
            type=click.Choice(["free", "integer"]),
            help="A real number, chosen with the multiplier and the points, or an integer.  "
            "[default: free, unless the multiplier is fixed or a rule speaks of the intercept]",
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


c1_option = click.option(
    "--c1",
    type=click.FloatRange(min=0),
    help="Penalty for each point, with --method slim.  [default: so small that it only decides "
    "among scores of equal errors and features]",
)
"""Of commands that find decision scores as well."""


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


def _size(ctx: click.Context, _: click.Parameter, value: int | None, usual: int) -> int:
    variables = ctx.params.get("variables")
    if value is not None or variables is None:
        return usual if value is None else value
    each: int = ctx.params.get("cuts_per_variable") or CUTS_EACH
    return each * int(variables)


def _values(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, ...]:
    try:
        return () if value is None else tuple(int(each) for each in value.split(","))
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is no list of whole numbers; for example: --values=-5,-2,-1,0,1,2,5"
        ) from None


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
