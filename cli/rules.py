"""``riskslim rules``: what a file of rules may hold."""

from __future__ import annotations

from dataclasses import asdict

import click

from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import json_option, print_json
from riskslim.cli.terminal import make_console, plain_table

__all__ = ["rules"]

_ABOUT = """\
A file for --constraints is TOML: a list of tables [[rule]], each with a kind and the keys of
that kind. Features are named, alone or in a list, or by a pattern such as "Age*"."""


@click.command(epilog=EXIT_CODES_HELP)
@click.argument("kind", required=False, metavar="[KIND]")
@json_option
def rules(kind: str | None, as_json: bool) -> None:
    """Say which rules a file for --constraints may hold, and their keys.

    Without KIND, all kinds in a line each; with it, its keys and an example.

    \b
    Example:
      riskslim rules
      riskslim rules rate
    """
    from riskslim.constraints.records import KINDS
    from riskslim.constraints.schema import kind_of_rule

    known = [kind_of_rule(name) for name in (KINDS if kind is None else [kind])]
    if as_json:
        print_json({"kinds": [asdict(one) for one in known]})
        return
    console = make_console(markup=False)
    if kind is None:
        table = plain_table(("Kind", "What it says"), left=2)
        for one in known:
            table.add_row(one.name, one.summary)
        click.echo(_ABOUT)
        console.print(table)
        click.echo("For example:\n\n" + known[0].example)
        click.echo("Keys of a kind: riskslim rules KIND")
        return
    (one,) = known
    table = plain_table(("Key", "", "Type", "Meaning"), left=4)
    for key in one.keys:
        table.add_row(key.name, "needed" if key.is_needed else "", key.type, key.meaning)
    click.echo(one.summary)
    console.print(table)
    click.echo("For example:\n\n" + one.example, nl=False)
