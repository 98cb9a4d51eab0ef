"""Columns that change independently of one another, and those that implications tie together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from riskslim.errors import OptionError
from riskslim.recourse.actions import Actions, ColumnActions, Condition
from riskslim.recourse.choices import options_of
from riskslim.recourse.levers import Lever, Number
from riskslim.recourse.options import Options
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["Block", "blocks_of"]

_MOST_OPTIONS = 100_000


@dataclass(frozen=True, eq=False)
class Block:
    """Columns that are changed together.

    Attributes
    ----------
    columns : tuple of Options
        Of each.
    places : tuple of int
        Of these columns among all that can change.
    choices : ndarray of int, shape (Q, columns)
        Which option of each column a choice of the block is.
    reachable, gain, cost : ndarray of shape (n, Q)
        As of `Options`, of all columns of the block together.
    changed : ndarray of int64, shape (n, Q)
        A bit for each of all columns that it changes.
    effort : ndarray of int, shape (n, Q)
        Options between it and what is, to choose among changes that cost the same.
    obeys : ndarray of bool, shape (n, Q)
        Whether no implication is broken, as who breaks one today may stay but not move.
    """

    columns: tuple[Options, ...]
    places: tuple[int, ...]
    choices: IntArray
    reachable: BoolArray
    gain: IntArray
    cost: FloatArray
    changed: IntArray
    effort: IntArray
    obeys: BoolArray

    @property
    def mask(self) -> int:
        """Bits of its columns."""
        return sum(1 << place for place in self.places)

    def alone(self, column: int) -> tuple[BoolArray, IntArray, FloatArray]:
        """Give reach, gain and weight of the changes of one of its columns by itself."""
        options = self.columns[column]
        shape = [one.reachable.shape[1] for one in self.columns]
        at = [one.now[:, None] for one in self.columns]
        at[column] = np.arange(shape[column])[None, :]
        choice = np.ravel_multi_index(np.broadcast_arrays(*at), shape)
        reach = options.reachable & np.take_along_axis(self.obeys, choice, axis=1)
        return reach, options.gain, options.weight


def blocks_of(levers: Sequence[Lever], actions: Actions) -> list[Block]:
    """Give the blocks of all columns that can change.

    Raises
    ------
    OptionError
        What a column moves is no column of numbers, or an implication speaks of one that another
        column moves, or ties too much together.
    """
    by_name = {name: lever for lever in levers for name in lever.names}
    moved = {name for one in actions.columns for name in one.moves}
    moved_levers = {id(by_name[name]): name for name in moved}
    tied = [set(map(id, (by_name[name] for name in one.columns))) for one in actions.implications]
    for one in set().union(*tied) if tied else set():
        if one in moved_levers:
            raise OptionError(
                f"actions: an implication speaks of {moved_levers[one]!r}, which another column "
                "moves; speak of that one"
            )
    used: list[tuple[Lever, ColumnActions]] = []
    for lever in levers:
        own = actions.of(*lever.names)
        if id(lever) not in moved_levers and (
            not own.is_fixed or any(id(lever) in t for t in tied)
        ):
            used.append((lever, own))
    groups = _groups([id(lever) for lever, _ in used], tied)
    return [_block([used[place] for place in group], group, by_name, actions) for group in groups]


def _groups(keys: list[int], tied: list[set[int]]) -> list[list[int]]:
    """Join what any implication speaks of."""
    group_of = list(range(len(keys)))
    for together in tied:
        places = [group_of[place] for place, key in enumerate(keys) if key in together]
        group_of = [min(places) if group in places else group for group in group_of]
    return [
        [place for place, group in enumerate(group_of) if group == wanted]
        for wanted in sorted(set(group_of))
    ]


def _block(
    members: list[tuple[Lever, ColumnActions]],
    places: list[int],
    by_name: dict[str, Lever],
    actions: Actions,
) -> Block:
    columns = []
    own_ids = {id(lever) for lever, _ in members}
    implications = [one for one in actions.implications if id(by_name[one.columns[0]]) in own_ids]
    for lever, own in members:
        about = [
            condition
            for one in implications
            for condition in (*one.when, *one.then)
            if by_name[condition.column] is lever
        ]
        moved = []
        for name, rate in own.moves.items():
            other = by_name[name]
            if not isinstance(other, Number):
                raise OptionError(
                    f"actions of {own.name!r}: it moves {name!r}, which is no column of numbers"
                )
            moved.append((other, float(rate)))
        columns.append(options_of(lever, own, moved, list(dict.fromkeys(about))))
    sizes = [one.reachable.shape[1] for one in columns]
    if np.prod(sizes, dtype=float) > _MOST_OPTIONS:
        raise OptionError(
            f"actions: implications tie {', '.join(repr(lever.names[0]) for lever, _ in members)} "
            "together, which is more than can be looked at; give fewer of them"
        )
    choices = np.array(list(product(*map(range, sizes))), dtype=np.int64).reshape(-1, len(sizes))
    n = len(columns[0].now)
    reachable = np.ones((n, len(choices)), dtype=bool)
    stays = np.ones((n, len(choices)), dtype=bool)
    gain = np.zeros((n, len(choices)), dtype=np.int64)
    changed = np.zeros((n, len(choices)), dtype=np.int64)
    cost = np.zeros((n, len(choices)))
    effort = np.zeros((n, len(choices)), dtype=np.int64)
    obeys = np.ones((n, len(choices)), dtype=bool)
    holding: dict[Condition, BoolArray] = {}
    for place, one, at in zip(places, columns, choices.T, strict=True):
        is_now = at[None, :] == one.now[:, None]
        stays &= is_now
        reachable &= one.reachable[:, at]
        gain += one.gain[:, at]
        cost += one.cost[:, at]
        changed |= np.where(is_now, 0, 1 << place)
        effort += np.abs(at[None, :] - one.now[:, None])
        holding |= {condition: held[:, at] for condition, held in one.holds.items()}
    for implication in implications:
        when = np.logical_and.reduce([holding[condition] for condition in implication.when])
        then = np.logical_and.reduce([holding[condition] for condition in implication.then])
        obeys &= ~when | then
    # Who breaks one today may stay as he is.
    reachable &= obeys | stays
    return Block(
        tuple(columns),
        tuple(places),
        choices,
        reachable,
        np.where(reachable, gain, 0),
        np.where(reachable, cost, np.inf),
        changed,
        effort,
        obeys,
    )
