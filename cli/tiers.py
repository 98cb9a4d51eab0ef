"""``riskslim tiers``: names and advice for low and high totals, with cut-offs that are chosen."""

from __future__ import annotations

from pathlib import Path

import click

from riskslim.cli.columns import read_columns
from riskslim.cli.data_options import score_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import print_card
from riskslim.cli.paths import InputFile, deliver, output_option

__all__ = ["tiers"]


@click.command(epilog=EXIT_CODES_HELP)
@score_argument
@click.argument("tiers", type=InputFile(), metavar="TIERS")
@click.option(
    "--data",
    type=InputFile(),
    metavar="DATA",
    help="People on whom cut-offs are chosen: not those that the score was fitted to.",
)
@click.option("--target", metavar="COLUMN", help="Column with the outcome.  [default: the score's]")
@click.option("--weights", metavar="COLUMN", help="Column with a weight for each row.")
@output_option("Write the score with its tiers to this JSON file, whole or not at all.")
def tiers(
    score: Path,
    tiers: Path,
    data: Path | None,
    target: str | None,
    weights: str | None,
    output: Path | None,
) -> None:
    """Give SCORE the tiers of TIERS, which every card, calculator and report then names.

    \b
    TIERS is a TOML file, by ascending risk:
      [[tiers]]
      name = "Low risk"
      advice = "Home, with advice when to come back."
      [[tiers]]
      name = "High risk"
      advice = "Admit."
      sensitivity = 0.95    # or total, risk, specificity, ppv, net_benefit

    \b
    Example:
      riskslim tiers score.json tiers.toml --data test.csv -o tiered.json
    """
    from riskslim.scores.risk import RiskScore
    from riskslim.scores.tiers import read_tiers

    loaded, given = RiskScore.load(score), read_tiers(tiers)
    if data is None:
        tiered = loaded.with_tiers(given)
    else:
        frame, columns = read_columns(
            data, {"outcome": target or loaded.outcome, "weights": weights}, loaded.text_columns
        )
        tiered = loaded.with_tiers(given, frame, columns["outcome"], columns.get("weights"))
    if output is not None:
        deliver(tiered.save, output)
    print_card(tiered)
