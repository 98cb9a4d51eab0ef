"""Bounds on a score's error and on the size of points, for a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click

from riskslim.cli.terminal import make_console, plain_table

if TYPE_CHECKING:
    from riskslim.scores.score_bounds import ScoreBounds

__all__ = ["print_bounds"]


def print_bounds(found: ScoreBounds) -> None:
    """Print what theory says, in sentences, and the resolutions as a table."""
    console = make_console(soft_wrap=True)
    share = found.errors / found.rows
    kept = "limits given" if found.was_given else "limits read off the score, and paid for"
    console.print(
        f"Errors: {found.errors:,} of {found.rows:,} ({share:.2%}), yes meaning that intercept "
        "and points are above 0."
    )
    console.print(
        f"With probability {1 - found.delta:g} the error on new people is at most "
        f"{found.if_trained_here:.2%} where the score was chosen on these rows, and "
        f"{found.if_new:.2%} where they had no part in it (Occam's razor bound, Hoeffding)."
    )
    console.print(
        f"Chosen from about {_rounded(found.candidates)} coprime scores: points to "
        f"{found.max_coef}, intercept to {found.max_intercept}, at most {found.max_size} features "
        f"({kept})."
    )
    if found.cuts_were_learned:
        console.print(
            "The cut points of the features were learned from data too. The first bound does not "
            "count that choice; trust the second, on people who had no part in either."
        )
    if found.real_errors is None:
        return
    console.print(
        f"A logistic regression on the same features makes {found.real_errors:,} errors here. "
        "Points that come near it:"
    )
    table = plain_table(("Errors more", "Points to", "Paper's bound"))
    for one in found.resolutions:
        table.add_row(f"at most {one.extra_errors:,}", _size(one.rows), _size(one.norm))
    console.print(table)
    click.echo(
        "(minimum and k-th margin resolution bounds; the first column of sizes bounds the "
        "rounding of each row by itself)"
    )


def _size(points: int | None) -> str:
    return "none by this argument" if points is None else f"{points:,}"


def _rounded(count: int) -> str:
    if count < 1_000_000:
        return f"{count:,}"
    digits = math.floor(math.log10(count))
    return f"{count / 10**digits:.1f}e{digits}"
