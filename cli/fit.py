"""``riskslim fit``: from a table to a certified score."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.data_options import class_weights, data_argument, outcome_options
from riskslim.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from riskslim.cli.interrupt import InterruptFlag
from riskslim.cli.output import json_option, print_card, print_json

if TYPE_CHECKING:
    from riskslim.coefficients import CoefficientSet
    from riskslim.problems.engines import Engine
    from riskslim.solution import Solution

__all__ = ["fit"]


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


def _writable(_: click.Context, __: click.Parameter, value: Path | None) -> Path | None:
    """Refuse before the search what could not be written after it."""
    if value is not None and value.is_dir():
        raise click.BadParameter(f"{value} is a folder; name a file in it")
    if value is not None and not value.absolute().parent.is_dir():
        raise click.BadParameter(f"folder {value.parent} does not exist; make it first")
    return value


@click.command(epilog=EXIT_CODES_HELP)
@data_argument
@outcome_options
@click.option(
    "--class-weight",
    callback=class_weights,
    metavar="WEIGHTS",
    help="'balanced', or a weight for each label such as 1=5,0=1.",
)
@click.option(
    "--max-size",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="At most so many features have points.",
)
@click.option(
    "--min-size",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="At least so many features have points.",
)
@click.option(
    "--max-coef",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Points lie between minus and plus this.",
)
@click.option(
    "--c0",
    type=click.FloatRange(min=0),
    default=1e-6,
    show_default=True,
    help="Penalty for each feature with points; the default only breaks ties.",
)
@click.option(
    "--sign",
    "signs",
    multiple=True,
    callback=_signs,
    metavar="NAME=+|-",
    help="Points of a feature, or of all that match a pattern, have this sign or are 0. "
    "May be repeated.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Stop the search after so long.  [default: none]",
)
@click.option(
    "--node-limit",
    type=click.IntRange(min=1),
    help="Stop the search after so many nodes.  [default: none]",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "supports", "lcpa"]),
    default="auto",
    show_default=True,
    help="The search that proves the score: over supports, by lattice cutting planes, "
    "or the faster one that can honour the problem.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="The score does not depend on it.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    callback=_writable,
    metavar="FILE",
    help="Write the score to this JSON file, whole or not at all.",
)
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help="Print progress on standard error also where that is no terminal.",
)
@json_option
@click.pass_context
def fit(
    ctx: click.Context,
    data: Path,
    target: str | None,
    positive: str | None,
    weights: str | None,
    class_weight: Any,
    max_size: int,
    min_size: int,
    max_coef: int,
    c0: float,
    signs: tuple[tuple[str, str], ...],
    time_limit: float | None,
    node_limit: int | None,
    engine: Engine,
    seed: int,
    threads: int,
    output: Path | None,
    verbose: bool,
    as_json: bool,
) -> None:
    """Find the best risk score for DATA and prove that it is the best.

    DATA is a CSV or Parquet file of numbers, one row per person. Every column
    but the outcome (and the weights) is a feature.

    Ctrl-C stops the search, writes the best score so far and states its gap.

    \b
    Example:
      riskslim fit heart.csv --target Disease --max-size 5 -o score.json
    """
    import math

    from riskslim.coefficients import CoefficientSet
    from riskslim.data import Dataset
    from riskslim.problems import RiskSLIMProblem
    from riskslim.progress import ProgressLog
    from riskslim.rules import rules_in_words
    from riskslim.score import RiskScore
    from riskslim.solvers.result import SearchOptions

    if min_size > max_size:
        raise click.UsageError(f"--min-size {min_size} is more than --max-size {max_size}")
    table = Dataset.from_file(data, target, positive, weights, class_weight)
    points = _with_signs(CoefficientSet(table.feature_names, -max_coef, max_coef), signs)
    problem = RiskSLIMProblem(table, points, max_size=max_size, min_size=min_size, C0=c0)
    with InterruptFlag() as interrupted:
        solution = problem.solve(
            SearchOptions(
                time_limit=math.inf if time_limit is None else time_limit,
                node_limit=node_limit,
                seed=seed,
                threads=threads,
                on_progress=ProgressLog(sys.stderr) if verbose or sys.stderr.isatty() else None,
                interrupted=interrupted,
            ),
            engine=engine,
        )
    if solution.points is not None:
        score = RiskScore.from_solution(solution, table, rules_in_words(problem))
        if output is not None:
            score.save(output)
        if not as_json:
            print_card(score)
    if as_json:
        print_json(solution.to_dict())
    _say_how_it_ended(solution, output)
    ctx.exit(_exit_code(solution))


def _with_signs(points: CoefficientSet, signs: tuple[tuple[str, str], ...]) -> CoefficientSet:
    for name, sign in signs:
        points = points.set(name, sign=sign)
    return points


def _exit_code(solution: Solution) -> ExitCode:
    if solution.status == "optimal":
        return ExitCode.OK
    return ExitCode.INTERRUPTED if solution.status == "interrupted" else ExitCode.LIMIT


def _say_how_it_ended(solution: Solution, output: Path | None) -> None:
    work = f"{solution.seconds:.2f} s, {solution.nodes:,} nodes, {solution.cuts:,} cuts"
    if solution.status == "optimal":
        ended = f"Proved optimal in {work}."
    else:
        ended = f"Stopped ({solution.status}) after {work}."
    if solution.points is None:
        ended += " No score was found; nothing is written."
    elif solution.status != "optimal":
        ended += (
            f" The best score so far is at most {solution.absolute_gap:.2g} "
            f"({solution.relative_gap:.2%}) above the best possible objective."
        )
    if solution.points is not None and output is not None:
        ended += f" Score written to {output}."
    click.echo(ended, err=True)
