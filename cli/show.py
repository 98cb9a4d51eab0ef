"""``riskslim show``: the card of a score."""

from __future__ import annotations

from pathlib import Path

import click

from riskslim.cli.data_options import score_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import cards_option, json_option, print_card, print_json

__all__ = ["show"]


@click.command(epilog=EXIT_CODES_HELP)
@score_argument
@cards_option
@json_option
def show(score: Path, cards: str, min_people: int, as_json: bool) -> None:
    """Print the card of SCORE, a file that fit has written.

    \b
    Example:
      riskslim show score.json
    """
    import json

    from riskslim.exporters.json_format import load_score

    loaded = load_score(score)
    if as_json:
        print_json(json.loads(loaded.to_json()))
    else:
        print_card(loaded, cards, min_people)
