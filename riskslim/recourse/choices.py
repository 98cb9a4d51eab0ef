"""What people can change a yes or no, a category or a band to; and anything, by its kind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from riskslim.errors import OptionError
from riskslim.recourse.actions import OBSERVED, ColumnActions, Condition
from riskslim.recourse.levers import Choice, Lever, Number
from riskslim.recourse.options import Options, Pieces
from riskslim.solvers._typing import BoolArray, FloatArray

__all__ = ["allowed_changes", "options_of"]


def options_of(
    lever: Lever,
    actions: ColumnActions,
    moved: Sequence[tuple[Number, float]],
    conditions: Sequence[Condition],
) -> Options:
    """Give what people can change a column to.

    Parameters
    ----------
    lever : Lever
        The column.
    actions : ColumnActions
        How it can change.
    moved : sequence of pairs of Number and float
        Columns that move with it, and their change for each unit of its own.
    conditions : sequence of Condition
        On this column.

    Raises
    ------
    OptionError
        Actions or conditions are of numbers where the column has none, or the other way round.
    """
    if isinstance(lever, Number):
        return Pieces(lever, actions, moved, conditions).options()
    return _choices(lever, actions, moved, conditions)


def _choices(
    lever: Choice,
    actions: ColumnActions,
    moved: Sequence[tuple[Number, float]],
    conditions: Sequence[Condition],
) -> Options:
    n, k = len(lever.codes), len(lever.labels)
    allowed, size = allowed_changes(lever, actions)
    is_known = lever.codes >= 0
    for other, _ in moved:
        is_known = is_known & ~np.isnan(other.values)
    now = np.where(lever.codes >= 0, lever.codes, 0)
    is_now = np.arange(k)[None, :] == now[:, None]
    reachable = (allowed[now] & is_known[:, None]) | is_now
    gain = lever.points[None, :] - lever.points[now][:, None]
    if moved and not lever.is_ordered:
        raise OptionError(
            f"actions of {lever.names[0]!r}: categories without an order move no other column"
        )
    for other, rate in moved:
        w = np.where(is_known, other.values, 0.0)
        change = rate * (np.arange(k)[None, :] - now[:, None])
        before, after = (
            other.points[np.searchsorted(other.cuts, at, "right")]
            for at in (w[:, None], w[:, None] + change)
        )
        gain = gain + after - before
    cost = np.where(is_now, 0.0, actions.cost + actions.unit_cost * size[now])
    weight = (reachable & ~is_now).astype(float)
    if actions.measure == OBSERVED or actions.values == OBSERVED:
        met = np.isin(np.arange(k), lever.codes)
        weight *= met
    return Options(
        lever,
        now,
        reachable,
        np.where(reachable, gain, 0),
        np.where(reachable, cost, np.inf),
        weight,
        np.broadcast_to(np.arange(k, dtype=float), (n, k)),
        np.zeros((n, k), dtype=bool),
        {one: np.broadcast_to(_holding(lever, one), (n, k)) for one in conditions},
    )


def allowed_changes(lever: Choice, actions: ColumnActions) -> tuple[BoolArray, FloatArray]:
    """Say from which label to which people can change, and how far that is."""
    k = len(lever.labels)
    rank = np.arange(k, dtype=float)
    allowed = np.zeros((k, k), dtype=bool)
    allowed[:, : lever.known] = True
    listed = actions.values
    is_ordered = lever.is_ordered
    if isinstance(listed, tuple):
        places = [_place(lever, value) for value in listed]
        allowed &= np.isin(np.arange(k), places)[None, :]
        if not lever.is_ordered:
            is_ordered = set(range(lever.known)) <= set(places)
            rank[places] = np.arange(len(places))
    elif listed == OBSERVED:
        allowed &= np.isin(np.arange(k), lever.codes)[None, :]
    if actions.at_least is not None or actions.at_most is not None or actions.step is not None:
        raise OptionError(
            f"actions of {lever.names[0]!r}: at_least, at_most and step are for numbers; it has "
            f"{', '.join(lever.labels[:5])}"
        )
    change = rank[None, :] - rank[:, None]
    if actions.direction in ("up", "down") and not is_ordered:
        raise OptionError(
            f"actions of {lever.names[0]!r}: its categories have no order; list all of them in "
            f"values, from low to high: {', '.join(lever.labels[: lever.known])}"
        )
    if actions.is_fixed:
        allowed[:] = False
    elif actions.direction != "both":
        allowed &= change > 0 if actions.direction == "up" else change < 0
    size = np.abs(change) if is_ordered else (change != 0).astype(float)
    if actions.max_change is not None:
        allowed &= size <= actions.max_change
    return allowed, size


def _place(lever: Choice, value: float | str) -> int:
    shown = str(value)
    if lever.labels == ("no", "yes") and value in (0, 1):
        return int(value)
    if shown not in lever.labels:
        raise OptionError(
            f"actions of {lever.names[0]!r}: it has no {shown!r}, but {', '.join(lever.labels[:8])}"
        )
    return lever.labels.index(shown)


def _holding(lever: Choice, condition: Condition) -> BoolArray:
    """Say for which labels a condition holds; a yes counts 1, a no 0."""
    if condition.levels:
        places = [_place(lever, value) for value in condition.levels]
        return np.asarray(np.isin(np.arange(len(lever.labels)), places))
    if not lever.is_ordered:
        raise OptionError(
            f"actions: a condition on {lever.names[0]!r} gives a number; it has "
            f"{', '.join(lever.labels[:5])}"
        )
    rank = np.arange(len(lever.labels))
    return np.asarray((rank >= condition.at_least) & (rank <= condition.at_most))
