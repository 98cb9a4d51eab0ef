"""``riskslim fit``: from a table to a certified score."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from riskslim.cli.data_options import data_argument, outcome_options
from riskslim.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from riskslim.cli.fit_options import (
    ProblemChoices,
    SearchChoices,
    output_file,
    problem_options,
    search_options,
)
from riskslim.cli.interrupt import InterruptFlag
from riskslim.cli.output import json_option, print_card, print_json
from riskslim.cli.raw_options import RawChoices, raw_options

if TYPE_CHECKING:
    from riskslim.pool import ScorePool
    from riskslim.solution import Solution

__all__ = ["fit"]


@click.command(epilog=EXIT_CODES_HELP)
@data_argument
@outcome_options
@raw_options()
@problem_options()
@search_options
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    callback=output_file,
    metavar="FILE",
    help="Write the score to this JSON file, whole or not at all.",
)
@click.option(
    "--pool",
    type=click.Path(path_type=Path),
    callback=output_file,
    metavar="FILE",
    help="Write every score near the optimum too: a table to a .csv file, or JSON. "
    "See riskslim pool --help.",
)
@click.option(
    "--pool-tolerance",
    type=click.FloatRange(min=0),
    default=0.01,
    show_default=True,
    help="Near is an objective at most so much above the optimum.",
)
@json_option
@click.pass_context
def fit(
    ctx: click.Context,
    data: Path,
    target: str | None,
    positive: str | None,
    weights: str | None,
    raw: RawChoices,
    choices: ProblemChoices,
    search: SearchChoices,
    output: Path | None,
    pool: Path | None,
    pool_tolerance: float,
    as_json: bool,
) -> None:
    """Find the best risk score for DATA and prove that it is the best.

    DATA is a CSV or Parquet file, one row per person: of numbers, or with --raw of
    whatever a clinical table holds. Every column but the outcome (and the weights)
    is a feature.

    Ctrl-C stops the search, writes the best score so far and states its gap.

    \b
    Example:
      riskslim fit heart.csv --target Disease --max-size 5 -o score.json
      riskslim fit ward.csv --raw --target Died --cut-points cuts.toml -o score.json
    """
    from riskslim.rules import rules_in_words
    from riskslim.score import RiskScore

    table = raw.table(data, target, positive, weights, choices.class_weight)
    problem = choices.problem(table, raw.constraints(table))
    with InterruptFlag() as interrupted:
        solution = problem.solve(search.options(interrupted), engine=search.engine)
        near = None
        if pool is not None and solution.status == "optimal":
            near = problem.pool(pool_tolerance, options=search.options(interrupted))
    if solution.points is not None:
        score = RiskScore.from_solution(solution, table, rules_in_words(problem))
        if output is not None:
            score.save(output)
        if not as_json:
            print_card(score)
    if as_json:
        print_json(solution.to_dict())
    _say_how_it_ended(solution, output, search.verbose)
    if pool is not None:
        _write_pool(near, pool)
    ctx.exit(_exit_code(solution))


def _write_pool(near: ScorePool | None, file: Path) -> None:
    if near is None or not len(near):
        click.echo("No pool is written: the optimum is not proved.", err=True)
        return
    near.save(file)
    click.echo(f"Pool {near.certificate}. Written to {file}.", err=True)


def _exit_code(solution: Solution) -> ExitCode:
    if solution.status == "optimal":
        return ExitCode.OK
    return ExitCode.INTERRUPTED if solution.status == "interrupted" else ExitCode.LIMIT


def _say_how_it_ended(solution: Solution, output: Path | None, verbose: bool) -> None:
    if verbose:
        for sentence in solution.log:
            click.echo(sentence, err=True)
    for sentence in solution.notes:
        click.echo(f"Note: {sentence}.", err=True)
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
