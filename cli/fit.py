"""``riskslim fit``: from a table to a certified score."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.data_options import data_arguments, outcome_options
from riskslim.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from riskslim.cli.fit_options import (
    SLIM_ENGINES,
    ProblemChoices,
    SearchChoices,
    c1_option,
    problem_options,
    search_options_with,
)
from riskslim.cli.fit_recourse import RecourseRule, recourse_rule_options
from riskslim.cli.interrupt import InterruptFlag
from riskslim.cli.output import cards_option, json_option, print_card, print_json
from riskslim.cli.paths import InputFile, OutputFile, deliver, output_option
from riskslim.cli.raw_options import RawChoices, raw_options
from riskslim.cli.terminal import say
from riskslim.cli.time_limit import whole_command
from riskslim.problems.defaults import PENALTY

if TYPE_CHECKING:
    from riskslim.scores.pool import ScorePool
    from riskslim.search.solution import Solution
    from riskslim.workflows.recipe import Method

__all__ = ["fit"]


@click.command(epilog=EXIT_CODES_HELP)
@data_arguments
@outcome_options
@raw_options(taught=True)
@click.option(
    "--method",
    type=click.Choice(["riskslim", "slim"]),
    default="riskslim",
    show_default=True,
    help="A risk score, which gives the risk of every total; or a decision score, which says yes "
    "above a threshold and makes the fewest errors.",
)
@click.option(
    "--checklist",
    is_flag=True,
    help="Every item counts one: the risk of every count, or with --method slim 'yes if at least "
    "3 of these 7 hold'. Needs features of 0 and 1.",
)
@problem_options(
    c0_help=f"[default: {PENALTY['riskslim']:g}, which only breaks ties; with --method slim "
    f"{PENALTY['slim']:g}, the share of errors that a feature must save]"
)
@c1_option
@search_options_with(SLIM_ENGINES)
@output_option("Write the score to this JSON file, whole or not at all.")
@click.option(
    "--pool",
    type=OutputFile(),
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
@click.option(
    "--prevalence",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Share of positives in the population, where DATA is a case-control sample: corrects "
    "the risks, not the points.",
)
@click.option(
    "--start",
    type=InputFile(),
    metavar="SCORE",
    help="Begin the search with this score, of the same features: what is found is no worse.",
)
@recourse_rule_options
@cards_option
@json_option
@click.pass_context
def fit(
    ctx: click.Context,
    data: tuple[Path, ...],
    counts: bool,
    target: str | None,
    positive: Any,
    weights: str | None,
    raw: RawChoices,
    method: Method,
    checklist: bool,
    choices: ProblemChoices,
    c1: float | None,
    search: SearchChoices,
    output: Path | None,
    pool: Path | None,
    pool_tolerance: float,
    prevalence: float | None,
    start: Path | None,
    max_fixed: float | None,
    actions: Path | None,
    target_risk: float | None,
    wanted: Any,
    cards: str,
    min_people: int,
    as_json: bool,
) -> None:
    """Find the best score for DATA and prove that it is the best.

    DATA is a CSV or Parquet file, one row per person: of numbers, or with --raw of
    whatever a clinical table holds. Every column but the outcome (and the weights)
    is a feature. Several files are one table; with --counts they are the counts that
    several sites made of theirs.

    Ctrl-C stops the search, writes the best score so far and states its gap.

    \b
    Example:
      riskslim fit heart.csv --target Disease --max-size 5 -o score.json
      riskslim fit heart.csv --target Disease --method slim --max-fpr 0.05 -o rule.json
      riskslim fit ward.csv --raw --target Died --cut-points cuts.toml -o score.json
      riskslim fit ward.csv --actions actions.toml --target-risk 0.2 --max-fixed 0.1 -o score.json
      riskslim fit north.parquet south.parquet --counts -o score.json
    """
    deadline = whole_command(search.time_limit, "riskslim.workflows.recipe")
    from riskslim.exporters.json_format import load_score
    from riskslim.limits.reserve import after_reading
    from riskslim.problems.problem import RiskSLIMProblem
    from riskslim.scores.starts import start_among
    from riskslim.workflows.recipe import weights_in_data

    for option, value in (("--pool", pool), ("--prevalence", prevalence)):
        if value is not None and method == "slim":
            raise click.UsageError(f"{option} is for risk scores; drop it with --method slim")
    others: dict[str, object] = {
        "--method slim": method == "slim", "--pool": pool, "--counts": counts, "--start": start,
        "--prevalence": prevalence, "several DATA": isinstance(data, tuple) and len(data) > 1,
    }  # fmt: skip
    recourse = RecourseRule.of(max_fixed, actions, target_risk, wanted, others)
    if search.verbose:
        from riskslim.cli.logs import records_shown

        ctx.with_resource(records_shown(1))
    with deadline.held():
        in_data = weights_in_data(method, choices.class_weight)
        table = raw.table(data, target, positive, weights, in_data, counts)
        task = choices.recipe(table, raw, method, checklist, prevalence, c1).task(table)
        deadline.leave(after_reading(task.problem.data.n_distinct, task.problem.data.n_features))
    if recourse is not None:
        text = () if table.binning is None else table.binning.text_columns
        with InterruptFlag() as interrupted:
            code = recourse.fit(
                task.problem,
                raw,
                data[0],
                text,
                pool_tolerance,
                search.options(deadline, interrupted),
                output,
                (cards, min_people),
                as_json,
            )
        ctx.exit(code)
    engine: Any = search.engine
    begun = None
    if start is not None:
        begun = start_among(load_score(start), table.feature_names, table.binning)
    with InterruptFlag() as interrupted:
        solution = task.problem.solve(
            search.options(deadline, interrupted), engine=engine, start=begun
        )
        near = None
        if (
            pool is not None
            and solution.status == "optimal"
            and isinstance(task.problem, RiskSLIMProblem)
        ):
            near = task.problem.pool(pool_tolerance, options=search.options(deadline, interrupted))
    score = None if solution.points is None else raw.describe(task.score(solution))
    if score is not None:
        if output is not None:
            deliver(score.save, output)
        if not as_json:
            print_card(score, cards, min_people)
    if as_json:
        print_json(solution.to_dict() | (score.rule_record() if score else {}))
    _say_how_it_ended(solution, output)
    if pool is not None:
        _write_pool(near, pool)
    ctx.exit(_exit_code(solution))


def _write_pool(near: ScorePool[Any] | None, file: Path) -> None:
    if near is None or not len(near):
        say("No pool is written: the optimum is not proved.")
        return
    deliver(near.save, file)
    say(f"Pool {near.certificate}. Written to {file}.")


def _exit_code(solution: Solution) -> ExitCode:
    if solution.status == "optimal":
        return ExitCode.OK
    return ExitCode.INTERRUPTED if solution.status == "interrupted" else ExitCode.LIMIT


def _say_how_it_ended(solution: Solution, output: Path | None) -> None:
    for sentence in solution.notes:
        say(f"Note: {sentence}.")
    work = f"{solution.seconds:.2f} s, {solution.nodes:,} nodes"
    work += f", {solution.cuts:,} cuts" if solution.cuts else ""
    is_soft = solution.entropy > 0
    of_what = " of what is above the labels' entropy" if is_soft else ""
    if solution.status == "optimal":
        labels = " for the mixed labels" if is_soft else ""
        ended = f"Proved optimal{labels} in {work}."
    else:
        ended = f"Stopped ({solution.status}) after {work}."
    if solution.points is None:
        ended += " No score was found; nothing is written."
    elif solution.status != "optimal":
        ended += (
            f" The best score so far is at most {solution.absolute_gap:.2g} "
            f"({solution.relative_gap:.2%}{of_what}) above the best possible objective."
        )
    if solution.points is not None and output is not None:
        ended += f" Score written to {output}."
    say(ended)
