"""``riskslim score``: a published score from its points."""

from __future__ import annotations

from pathlib import Path

import click

from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import cards_option, json_option, print_card, print_json
from riskslim.cli.paths import InputFile, deliver, output_option

__all__ = ["score"]


@click.command(epilog=EXIT_CODES_HELP)
@click.argument("card", type=InputFile(), metavar="CARD")
@output_option("Write the score to this JSON file, whole or not at all.")
@cards_option
@json_option
def score(card: Path, output: Path | None, cards: str, min_people: int, as_json: bool) -> None:
    """Make a score of CARD, a TOML file of published points, bands and risks.

    It is then evaluated, recalibrated, compared, exported and reported like any other, reads
    raw tables, and may be where a search begins (fit --start).

    \b
    A card:
      outcome = "died"
      risks = { 0 = 0.007, 1 = 0.032, 2 = 0.13 }   # or intercept and multiplier
      [items.Confusion]
      points = 1
      [items.Age]
      unit = "years"
      cuts = [65]
      points = [0, 1]

    \b
    Example:
      riskslim score curb65.toml -o curb65.json
      riskslim evaluate curb65.json ward.csv
    """
    import json

    from riskslim.scores.risk import RiskScore

    made = RiskScore.published(card)
    if output is not None:
        deliver(made.save, output)
    if as_json:
        print_json(json.loads(made.to_json()))
    else:
        print_card(made, cards, min_people)
