"""``riskslim fhir``: an assessment of each person, as record systems keep it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from riskslim.cli.columns import read_columns
from riskslim.cli.data_options import data_argument, score_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import print_content
from riskslim.cli.paths import deliver, output_option

__all__ = ["fhir"]


@click.command(epilog=EXIT_CODES_HELP)
@score_argument
@data_argument
@click.option(
    "--id",
    "identifier",
    metavar="COLUMN",
    required=True,
    help="Column that identifies a person: a reference to Patient/... where FHIR takes it as one.",
)
@output_option("Write the bundle to this JSON file rather than to standard output.")
def fhir(score: Path, data: Path, identifier: str, output: Path | None) -> None:
    """Write a FHIR R4 bundle with a RiskAssessment of each person in DATA.

    What is not known of a person gives a range of the risk. The questionnaire that computes
    SCORE is another matter: riskslim export SCORE --to fhir, or --to cql for a library.

    \b
    Example:
      riskslim fhir score.json ward.csv --id Patient -o assessments.json
    """
    from riskslim.errors import DataError
    from riskslim.exporters.fhir import assessments
    from riskslim.files import write_atomically
    from riskslim.scores.risk import RiskScore

    loaded = RiskScore.load(score)
    frame, columns = read_columns(data, {"identifier": identifier}, loaded.text_columns)
    people = columns["identifier"]
    if people.isna().any():
        row = int(people.isna().to_numpy().argmax()) + 1
        raise DataError(f"{data}: row {row} of {identifier!r} is blank; every person needs one")
    bundle = assessments(loaded, frame, people.tolist())
    content = json.dumps(bundle, ensure_ascii=False, indent=2) + "\n"
    if output is not None:
        deliver(lambda path: write_atomically(path, content), output)
    else:
        print_content(content)
