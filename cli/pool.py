"""``riskslim pool``: every score that is nearly as good as the best one."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.data_options import data_argument, outcome_options
from riskslim.cli.decision_pool import FOR_RISKS, decision_pool
from riskslim.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from riskslim.cli.fit_options import (
    ProblemChoices,
    SearchChoices,
    c1_option,
    problem_options,
    search_options,
)
from riskslim.cli.interrupt import InterruptFlag
from riskslim.cli.output import json_option, print_json, refuse_alone
from riskslim.cli.paths import InputFile, OutputFile, deliver, output_option
from riskslim.cli.pool_table import print_scores
from riskslim.cli.raw_options import RawChoices, raw_options
from riskslim.cli.terminal import say
from riskslim.cli.time_limit import whole_command

if TYPE_CHECKING:
    from riskslim.scores.multiplicity import Disagreement, Multiplicity
    from riskslim.scores.pool import ScorePool
    from riskslim.scores.viable import ViableRanges
    from riskslim.workflows.recipe import Method

__all__ = ["pool"]

_LISTED = 300  # scores are listed for all people at once, where they are no more


def _costs(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, float]:
    """Read ``NAME=COST`` and files of two columns, feature and cost."""
    costs: dict[str, float] = {}
    for value in values:
        name, _equals, cost = value.rpartition("=")
        try:
            costs[name] = float(cost)
            pair = bool(name)
        except ValueError:
            pair = False
        if pair:
            continue
        costs.pop("", None)
        file = Path(value)
        if not file.is_file():
            raise click.BadParameter(
                f"{value!r} is neither NAME=COST nor a CSV file of features and costs; "
                "for example: --prefer 'Lab*=20'"
            )
        costs.update(_costs_of_file(file))
    return costs


def _costs_of_file(file: Path) -> dict[str, float]:
    costs = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise click.BadParameter(f"cannot read {file}: {error}") from None
    for number, row in enumerate(rows[1:], start=1):
        if not row:
            continue
        try:
            name, cost = row
            costs[name] = float(cost)
        except ValueError:
            raise click.BadParameter(
                f"{file}, row {number}: expected a feature and its cost, not {','.join(row)!r}; "
                "the file has a header and two columns"
            ) from None
    return costs


@click.command(epilog=EXIT_CODES_HELP)
@data_argument
@outcome_options
@raw_options()
@problem_options()
@c1_option
@search_options
@click.option(
    "--method",
    type=click.Choice(["riskslim", "slim"]),
    default="riskslim",
    show_default=True,
    help="Risk scores; or decision scores: whom any that is nearly as good decides otherwise.",
)
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=0.01,
    show_default=True,
    help="Keep every score whose objective is at most so much above the optimum.",
)
@click.option("--relative", is_flag=True, help="The tolerance is a share of the optimum.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Keep at most so many scores, the best ones.",
)
@click.option(
    "--prefer",
    multiple=True,
    callback=_costs,
    metavar="NAME=COST|FILE",
    help="Order the scores by what their features cost; a CSV file of features and costs, or one "
    "feature or pattern. May be repeated.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(min=0, max=1),
    default=0.5,
    show_default=True,
    help="A risk above it predicts the positive class, where the scores are compared.",
)
@click.option(
    "--deviation",
    type=click.FloatRange(min=0, max=1, min_open=True),
    default=0.1,
    show_default=True,
    help="Difference in risk that counts as disagreement.",
)
@click.option(
    "--ranges",
    type=OutputFile(),
    metavar="FILE",
    help="Write a row for each person in DATA to this CSV file: the lowest and the highest risk of "
    "all scores within the tolerance, exact over points, multipliers and intercepts, and the class "
    "where all agree on it by --threshold; with --method slim whether any decides otherwise.",
)
@click.option(
    "--people",
    "others",
    type=InputFile(),
    metavar="FILE",
    help="For --ranges: these people in place of those in DATA.",
)
@output_option("Write the pool: as a table to a .csv file, or whole to any other, as JSON.")
@json_option
@click.pass_context
def pool(
    ctx: click.Context,
    data: Path,
    target: str | None,
    positive: Any,
    weights: str | None,
    raw: RawChoices,
    choices: ProblemChoices,
    c1: float | None,
    search: SearchChoices,
    method: Method,
    tolerance: float,
    relative: bool,
    limit: int,
    prefer: dict[str, float],
    threshold: float,
    deviation: float,
    ranges: Path | None,
    others: Path | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Find every risk score for DATA that is nearly as good as the best one.

    Prints the scores, whether they are all there are, and how much they disagree
    about the people in DATA: the share whose predicted class some score flips
    (ambiguity), and the largest share that a single one flips (discrepancy). Of
    decision scores those are found that decide somebody otherwise.

    \b
    Example:
      riskslim pool heart.csv --tolerance 0.005 --prefer 'Thal*=300' -o pool.csv
      riskslim pool heart.csv --max-size 3 --ranges new-ranges.csv --people new.csv --threshold 0.2
      riskslim pool heart.csv --method slim --max-size 3 --tolerance 0.01 --ranges people.csv
    """
    from riskslim.errors import OptionError
    from riskslim.files import write_atomically
    from riskslim.limits.reserve import after_reading
    from riskslim.workflows.recipe import weights_in_data

    if search.engine == "lcpa":
        raise OptionError("--engine lcpa keeps no pool; use auto or supports")
    if method == "slim":
        _refuse_options_of_risks(ctx)
    refuse_alone("--ranges", ranges is not None, {"--people": others})

    def people_of(table: Any) -> tuple[Any, Any]:
        return _people(data, table, weights) if others is None else _people(others, table, None)

    deadline = whole_command(search.time_limit)
    with deadline.held():
        in_data = weights_in_data(method, choices.class_weight)
        table = raw.table(data, target, positive, weights, in_data)
        problem: Any = choices.recipe(table, raw, method, c1=c1).task(table).problem
        deadline.leave(after_reading(problem.data.n_distinct, problem.data.n_features))
    if method == "slim":
        with InterruptFlag() as interrupted:
            code = decision_pool(
                problem,
                people_of(table),
                tolerance,
                relative,
                search.options(deadline, interrupted),
                interrupted,
                ranges,
                output,
                as_json,
            )
        ctx.exit(code)
    with InterruptFlag() as interrupted:
        found = problem.pool(tolerance, relative, limit, search.options(deadline, interrupted))
    if prefer and len(found):
        found = found.prefer(prefer)
    disagreement = None
    if len(found):
        # Every row counts as it weighs in the table; weights of classes are for the fit alone.
        people = table
        if choices.class_weight is not None:
            people = raw.table(data, target, positive, weights)
        disagreement = found.multiplicity(
            people.features, threshold, deviation, people.positive + people.negative
        )
    viable = None
    if ranges is not None and len(found):
        people, weight = people_of(table)
        left = search.options(deadline, interrupted)
        viable = problem.viable_ranges(
            people, tolerance, relative, weight, max(limit, _LISTED), options=left
        )
        labels = (*problem.data.labels, None)
        sides = [labels[side] for side in viable.sides(threshold).tolist()]
        rows = viable.ranges.astype(object).assign(**{"class": sides})
        content = rows.rename_axis("row").rename(index=lambda row: row + 1).to_csv()
        deliver(lambda path: write_atomically(path, content), ranges)
    if output is not None and len(found):
        deliver(found.save, output)
    if as_json:
        said = viable and _of_ranges(viable, threshold, deviation)
        print_json(_as_object(found, disagreement) | ({"ranges": said} if said else {}))
    else:
        _print(found, disagreement)
        if viable is not None:
            _print_ranges(_of_ranges(viable, threshold, deviation))
    if output is not None:
        ended = f"Written: {output}" if len(found) else "Nothing is written."
        say(ended)
    ctx.exit(_exit_code(found))


def _refuse_options_of_risks(ctx: click.Context) -> None:
    for name in FOR_RISKS:
        if ctx.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(f"--{name} is for risk scores; drop it with --method slim")


def _exit_code(found: ScorePool[Any]) -> ExitCode:
    if found.status == "optimal":
        return ExitCode.OK
    return ExitCode.INTERRUPTED if found.status == "interrupted" else ExitCode.LIMIT


def _as_object(found: ScorePool[Any], disagreement: Multiplicity | None) -> dict[str, Any]:
    rows = found.to_frame().to_dict("records") if len(found) else []
    keys = ("objective", "loss", "size", "multiplier", "intercept", "cost")
    return {
        "status": found.status,
        "complete": found.complete,
        "certificate": found.certificate,
        "tolerance": found.tolerance,
        "limit": found.limit,
        "lower_bound": found.lower_bound,
        "scores": [
            {**{key: row[key] for key in keys if key in row}, "points": score.points}
            for row, score in zip(rows, found, strict=True)
        ],
        "multiplicity": None if disagreement is None else disagreement.to_dict(),
    }


def _print(found: ScorePool[Any], disagreement: Multiplicity | None) -> None:
    click.echo(f"Pool {found.certificate}.")
    if disagreement is None:
        return
    print_scores(found)
    at_least = "" if disagreement.complete else "at least "
    _say(f"predicted class at {disagreement.threshold:g}", disagreement.classes, at_least)
    if disagreement.risks is not None:
        _say(f"risk by {disagreement.deviation:g} or more", disagreement.risks, at_least)


def _people(data: Path, table: Any, weights: str | None) -> tuple[Any, Any]:
    """Read every row of a table again, and what it weighs."""
    from riskslim.cli.columns import read_columns

    text = () if table.binning is None else table.binning.text_columns
    frame, columns = read_columns(data, {"weights": weights}, text)
    return frame, columns.get("weights")


def _of_ranges(found: ViableRanges, threshold: float, deviation: float) -> dict[str, Any]:
    return {
        "complete": found.complete,
        "exact": int(found.ranges["exact"].sum()),
        "people": len(found.ranges),
        "mean_width": found.mean_width,
        "ambiguity": found.ambiguity(threshold),
        "ambiguity_of_risks": found.ambiguity_of_risks(deviation),
    }


def _print_ranges(found: dict[str, Any]) -> None:
    at_least = "" if found["complete"] else "at least "
    click.echo(
        f"Every score within the tolerance: ranges of risk {at_least}{found['mean_width']:.3f} "
        f"wide in the mean, ambiguity {at_least}{found['ambiguity']:.1%} of classes and "
        f"{at_least}{found['ambiguity_of_risks']:.1%} of risks "
        f"({found['exact']:,} of {found['people']:,} ranges are exact)."
    )


def _say(about: str, found: Disagreement, at_least: str) -> None:
    worst = "" if found.worst is None else f" (score {found.worst})"
    click.echo(
        f"Disagreement with the best score, {about}: ambiguity {at_least}{found.ambiguity:.1%}, "
        f"discrepancy {at_least}{found.discrepancy:.1%}{worst}."
    )
