"""The scores of a pool, as a table on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.terminal import make_console, plain_table

if TYPE_CHECKING:
    from riskslim.scores.pool import ScorePool

__all__ = ["print_scores"]

_ROWS_SHOWN = 20
_HEADS = {"threshold": "Yes above"}


def print_scores(pool: ScorePool[Any]) -> None:
    """Print the first scores: what each has beside its points, and these."""
    from rich.markup import escape

    from riskslim.exporters.columns import clean

    table = plain_table()
    beside = [_HEADS.get(name, name.capitalize()) for name in pool[0].parameters]
    for header in ["", "Objective", "Size", *beside, *(["Cost"] if pool.costs else [])]:
        table.add_column(header, justify="right")
    table.add_column("Points", overflow="fold")
    for index, score in enumerate(pool[:_ROWS_SHOWN]):
        cells = [str(index), f"{score.certificate.objective:.6f}", str(score.size)]
        for value in score.parameters.values():
            cells.append(str(value) if isinstance(value, int) else f"{value:.4g}")
        if pool.costs:
            cells.append(f"{pool.cost(score):g}")
        points = "; ".join(f"{value:+d} {clean(name)}" for name, value in score.points.items())
        table.add_row(*cells, escape(points))
    make_console().print(table)
    if len(pool) > _ROWS_SHOWN:
        click.echo(f"and {len(pool) - _ROWS_SHOWN:,} more.")
