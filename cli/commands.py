"""The commands by name, each loaded when it is asked for."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module

import click

__all__ = ["COMMANDS", "LazyGroup"]

COMMANDS = {
    "build": "Build a validated score of a table as it comes.",
    "check": "Say what a table contains and what fit would refuse.",
    "compare": "Compare risk scores on the same people.",
    "count": "Count the distinct rows of a table, all that a fit needs.",
    "cutoff": "Choose from which total on a score says yes.",
    "cv": "Cross-validate scores, the choice of their size included.",
    "demo": "Fit a score to real data and leave its card and report.",
    "distill": "Fit a score to another model's probabilities; audit that model.",
    "drift": "Compare new people with those that a score was made on.",
    "evaluate": "Compare the risks or decisions of a score with outcomes.",
    "export": "Write a score as a card, calculator, workbook, SQL and others.",
    "fhir": "Write a risk assessment of each person for a health record.",
    "fit": "Find the best score for a table and prove that it is the best.",
    "path": "Find the best risk score of every size.",
    "pool": "Find every score that is nearly as good as the best.",
    "predict": "Give total and risk (or decision) of every person.",
    "reasons": "Name what counts against each person.",
    "recalibrate": "Fit the risks of a score to new outcomes; points stay.",
    "recourse": "Find what people can change to reach another risk.",
    "report": "Write a report on a score and how it does.",
    "rules": "Say which rules a file for --constraints may hold.",
    "scale": "Show the points of a score on another scale, as credit has it.",
    "score": "Make a score of published points.",
    "scorecard": "Count the attributes of a score, as scorecards have it.",
    "show": "Print the card of a score.",
    "tiers": "Give a score named tiers of risk.",
}
"""What each does, in a line of `riskslim --help`."""


class LazyGroup(click.Group):
    """Loads the module of a command when it is asked for: none to list them, one to run one.

    The command ``name`` is what ``riskslim.cli.name`` calls so.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Give the names of all commands."""
        return sorted({*COMMANDS, *self.commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            self.add_command(getattr(import_module(f"riskslim.cli.{cmd_name}"), cmd_name))
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; of a name that is none the nearest are said."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = get_close_matches(args[0], self.list_commands(ctx))
            if not near or "Did you mean" in error.message:
                raise
            hint = f"{error.message} Did you mean {' or '.join(near)}?"
            raise click.UsageError(hint, ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands, without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))
