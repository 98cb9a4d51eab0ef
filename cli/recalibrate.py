"""``riskslim recalibrate``: other risks for the same points."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.columns import read_columns
from riskslim.cli.data_options import database_options, score_argument, short_name
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.measures import MEASURE_NAMES, interval, print_ranges
from riskslim.cli.output import json_option, print_card, print_json, unknown_option
from riskslim.cli.paths import InputTable, deliver, output_option
from riskslim.cli.terminal import make_console, plain_table, say
from riskslim.printable import printable

if TYPE_CHECKING:
    from riskslim.evaluation.performance import Performance
    from riskslim.evaluation.unknown import UnknownRanges

__all__ = ["recalibrate"]


@click.command(epilog=EXIT_CODES_HELP)
@score_argument
@click.argument("data", type=InputTable(), metavar="[DATA]", required=False)
@database_options
@click.option(
    "--target",
    metavar="COLUMN",
    help="Column with the outcome.  [default: the one that the score was trained on]",
)
@click.option("--weights", metavar="COLUMN", help="Column with a weight for each row.")
@click.option(
    "--method",
    type=click.Choice(["intercept", "logistic", "isotonic"]),
    default="logistic",
    show_default=True,
    help="Change the intercept; intercept and multiplier; or look risks up by isotonic "
    "regression on the totals, which needs many people.",
)
@click.option(
    "--prevalence",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Instead of DATA: the share of positives in the population, for a score that was "
    "trained on a case-control sample.",
)
@unknown_option(
    "leave such rows out of the fit, and say between which ends the measures of all rows lie "
    "before and after it."
)
@output_option("Write the score with its new risks to this JSON file, whole or not at all.")
@json_option
def recalibrate(
    score: Path,
    data: Path | None,
    target: str | None,
    weights: str | None,
    method: str,
    prevalence: float | None,
    unknown: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Fit the risks of SCORE to the outcomes in DATA; its points stay as they are.

    The card then states the risks and the observed shares of DATA, and says so.

    \b
    Example:
      riskslim recalibrate score.json our-hospital.csv --method intercept -o ours.json
      riskslim recalibrate score.json --prevalence 0.03 -o population.json
    """
    from riskslim.scores.risk import RiskScore

    if unknown and data is None:
        raise click.UsageError("--unknown is about the rows of DATA; drop it")
    if (data is None) == (prevalence is None):
        raise click.UsageError("give DATA or --prevalence, one of the two")
    loaded = RiskScore.load(score)
    measures: dict[str, Performance] = {}
    ranges: dict[str, UnknownRanges] = {}
    if prevalence is not None:
        changed = loaded.with_prevalence(prevalence)
    else:
        assert data is not None
        from riskslim.data.grouping import are_counted
        from riskslim.evaluation.by_total import count_people
        from riskslim.evaluation.risk import evaluate
        from riskslim.evaluation.unknown import UnknownPeople

        people: tuple[Any, Any, Any]
        everyone = None
        if unknown:
            roles = {"outcome": target or loaded.outcome, "weights": weights}
            frame, columns = read_columns(data, roles, loaded.text_columns)
            everyone = UnknownPeople.of(loaded, frame, columns["outcome"], columns.get("weights"))
            people = everyone.known, None, None
        elif are_counted(data):
            people = count_people(loaded, data, target, weights), None, None
        else:
            roles = {"outcome": target or loaded.outcome, "weights": weights}
            frame, columns = read_columns(data, roles, loaded.text_columns)
            people = frame, columns["outcome"], columns.get("weights")
        rows, outcome, weight = people
        name = printable(short_name(data))
        changed = loaded.recalibrate(rows, outcome, method, weight, data=name)
        for when, one in (("before", loaded), ("after", changed)):
            measures[when] = evaluate(one, rows, outcome, weight).performance
            if everyone is not None:
                ranges[when] = everyone.ranges(one)
    if output is not None:
        deliver(changed.save, output)
    if as_json:
        unknowns = {"unknown": {when: found.to_dict() for when, found in ranges.items()}}
        print_json(_as_object(changed, measures) | (unknowns if ranges else {}))
    else:
        print_card(changed)
        if measures:
            _print(measures)
        for when, found in ranges.items():
            print_ranges(found, f"{when} it", points=False)
    if output is not None:
        say(f"Score written to {output}.")


def _as_object(changed: Any, measures: dict[str, Performance]) -> dict[str, Any]:
    import json

    return {
        "score": json.loads(changed.to_json()),
        **{name: found.to_dict() for name, found in measures.items()},
    }


def _print(measures: dict[str, Performance]) -> None:

    table = plain_table(("On this data", "Before", "After"), left=1)
    for name, (words, digits) in MEASURE_NAMES.items():
        cells = (interval(getattr(found, name), digits)[0] for found in measures.values())
        table.add_row(words, *cells)
    console = make_console()
    console.print(table)
    console.print("After is on the rows that the risks were fitted to, so it looks too good.")
