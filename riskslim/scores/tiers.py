"""Tiers of totals, each with a name and what to do, from cut-offs of the user's choice."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.errors import DataWarning, OptionError, ScoreError
from riskslim.features.cuts import as_number
from riskslim.files.json_object import JsonObject
from riskslim.files.toml import read_toml
from riskslim.names import nearest, quoted, short
from riskslim.printable import is_printable
from riskslim.scores.cutoffs import choose_cutoff
from riskslim.scores.people import counted_rows
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from riskslim.scores.risk import RiskScore

__all__ = [
    "Tier",
    "ascend",
    "check_tiers",
    "held_out_tiers",
    "made_tiers",
    "read_tiers",
    "tier_of",
    "tiers_of_risks",
]

_WAYS = ("total", "risk", "sensitivity", "specificity", "ppv", "net_benefit")
_KEYS = ("name", "advice", *_WAYS)
_LONGEST = 300


@dataclass(frozen=True)
class Tier:
    """Totals from one on.

    Attributes
    ----------
    name : str
        "low", say.
    low : float or None
        The first total of it; None for the lowest tier.
    advice : str
        What to do, in a sentence; may be empty.
    way : str
        How the cut-off was chosen: ``"total"``, ``"risk"``, ``"sensitivity"``, ``"specificity"``,
        ``"ppv"`` or ``"net_benefit"``; empty for the lowest tier.
    wanted : float
        The number that was asked for.
    reached : tuple of three floats, or None
        Where it was chosen on people: what the cut-off has on them, and its 95 % interval.
    is_held_out : bool
        Whether these were people whose risks came from scores that were fitted without them.
    """

    name: str
    low: float | None = None
    advice: str = ""
    way: str = ""
    wanted: float = 0.0
    reached: tuple[float, float, float] | None = None
    is_held_out: bool = False

    def moved(self, change: int) -> Tier:
        """Give the same tier of totals that are more by so many points."""
        return replace(self, low=None if self.low is None else self.low + change)

    @classmethod
    def from_record(cls, raw: JsonObject) -> Tier:
        """Read what `to_record` gave."""
        low = _plain(raw.number_or_null("low"))
        reached = None if raw.is_null("reached") else raw.numbers("reached")
        if reached is not None and not (
            len(reached) == 3 and 0 <= min(reached) <= max(reached) <= 1
        ):
            raise ScoreError(f"'reached' of a tier is {short(reached)}; it has three shares")
        name, advice, way = raw.name("name"), raw.text("advice"), raw.text("way")
        if way not in ("", *_WAYS):
            raise ScoreError(f"'way' of a tier is {short(way)}; one of {', '.join(_WAYS)} or empty")
        is_held_out = raw.has("held_out") and raw.flag("held_out")
        tier = cls(name, low, advice, way, raw.number("wanted"), is_held_out=is_held_out)
        raw.close()
        return (
            tier if reached is None else replace(tier, reached=(reached[0], reached[1], reached[2]))
        )

    def to_record(self) -> dict[str, Any]:
        """Give it as plain values for JSON."""
        reached = None if self.reached is None else list(self.reached)
        held_out = {"held_out": True} if self.is_held_out else {}
        return {
            "name": self.name, "low": self.low, "advice": self.advice,
            "way": self.way, "wanted": self.wanted, "reached": reached, **held_out,
        }  # fmt: skip


def made_tiers(
    score: RiskScore,
    given: Sequence[Mapping[str, Any]],
    X: Any = None,
    y: Any = None,
    sample_weight: Any = None,
) -> tuple[Tier, ...]:
    """Cut the totals of a score into tiers.

    Parameters
    ----------
    score : RiskScore
        The score.
    given : sequence of mappings
        By ascending risk, each with a ``name`` and, if wished, an ``advice``; all but the first
        with one of ``total`` (the first of the tier), ``risk`` (the least), or of what calling
        everyone from there on positive is to reach: ``sensitivity`` (at least; the largest such
        total), ``specificity`` or ``ppv`` (at least; the smallest such total), or
        ``net_benefit`` (the total with the largest net benefit at that threshold of the risk).
    X, y, sample_weight : optional
        People to choose on, as for `RiskScore.recalibrate`; those that the score was not fitted
        to, as rates on its own are too good.

    Raises
    ------
    OptionError
        An entry means nothing, asks for people where none are given, or is reached nowhere.
    """
    people = None if X is None else _People(*counted_rows(score, X, y, sample_weight))
    return _made(score, given, people)


def held_out_tiers(
    score: RiskScore,
    given: Sequence[Mapping[str, Any]],
    risk: FloatArray,
    positive: BoolArray,
    weight: FloatArray,
    cluster: IntArray | None = None,
) -> tuple[Tier, ...]:
    """Cut the totals of a score into tiers by what its risks reach on people held out.

    Their risks come from scores that were fitted without them, and have other totals. Somebody
    is above a cut-off whose risk is at least that of its total.

    Parameters
    ----------
    score, given
        As for `made_tiers`.
    risk, weight : ndarray of shape (n,)
        Held-out risks, and weights.
    positive : ndarray of bool, shape (n,)
        Outcomes.
    cluster : ndarray of int, shape (n,), optional
        Person of each row, where some have several.

    Raises
    ------
    OptionError
        As `made_tiers`.
    """
    totals = np.array(_totals(score))
    place = np.searchsorted(score.risks(totals), risk, side="right") - 1
    people = _People(totals[np.maximum(place, 0)], positive, weight, cluster, is_held_out=True)
    return _made(score, given, people)


def read_tiers(path: Path) -> list[dict[str, Any]]:
    """Read tiers from a TOML file with tables ``[[tiers]]`` and nothing else.

    Raises
    ------
    OptionError
        It is no such file, or an entry means nothing.
    """
    try:
        content = read_toml(path)[1]
    except ValueError as error:
        raise OptionError(f"tiers in {path}: {error}") from error
    given: list[dict[str, Any]] = content.get("tiers") or []
    is_tables = isinstance(given, list) and all(isinstance(one, dict) for one in given)
    if set(content) != {"tiers"} or not is_tables:
        raise OptionError(f"tiers in {path}: give tables [[tiers]] and nothing else")
    check_tiers(given)
    return given


def check_tiers(given: Sequence[Mapping[str, Any]]) -> None:
    """Refuse entries that mean nothing, whatever the score and the people."""
    asked = [
        _asked(one, f"tier {place}", is_first=place == 1) for place, one in enumerate(given, 1)
    ]
    if len(asked) < 2:
        raise OptionError("tiers: give two or more")
    if len({tier.name for tier in asked}) < len(asked):
        raise OptionError("tiers: give each a name of its own")


@dataclass(frozen=True, eq=False)
class _People:
    """Those that cut-offs are chosen on."""

    total: FloatArray
    positive: BoolArray
    weight: FloatArray
    cluster: IntArray | None = None
    is_held_out: bool = False


def _made(
    score: RiskScore, given: Sequence[Mapping[str, Any]], people: _People | None
) -> tuple[Tier, ...]:
    check_tiers(given)
    tiers = [
        _tier(score, _asked(one, where, is_first=place == 1), people, where)
        for place, one in enumerate(given, start=1)
        for where in [f"tier {place}"]
    ]
    if not ascend(tiers):
        shown = ", ".join(f"{tier.low:g}" for tier in tiers if tier.low is not None)
        raise OptionError(f"tiers: they begin at the totals {shown}, which do not ascend")
    return tuple(tiers)


def tiers_of_risks(score: RiskScore) -> tuple[Tier, ...]:
    """Let the tiers of a score that begin at a risk follow its risks, which were changed.

    Warns
    -----
    DataWarning
        A tier is left out: no total has its risk any more, or the next one begins with it.
    """
    kept: list[Tier] = []
    for tier in score.tiers:
        if tier.way != "risk":
            kept.append(tier)
            continue
        low = _plain(_total_of_risk(score, tier.wanted))
        if low is not None:
            kept.append(replace(tier, low=low))
    # Cut-offs by total and on people stay: one that lies no longer above those before it goes.
    tiers: list[Tier] = []
    for tier in kept:
        while tiers and _begin(tiers[-1]) >= _begin(tier):
            tiers.pop()
        tiers.append(tier)
    lost = [tier.name for tier in score.tiers if tier.name not in {one.name for one in tiers}]
    if lost:
        warnings.warn(
            f"tiers: no totals of their own are left for {quoted(lost)} with the new risks; left "
            "out, so give tiers anew",
            DataWarning,
            stacklevel=4,
        )
    return tuple(tiers)


def tier_of(tiers: Sequence[Tier], total: float) -> Tier | None:
    """Give the tier that a total is in; None where there are no tiers."""
    return next((tier for tier in reversed(tiers) if _begin(tier) <= total), None)


def _begin(tier: Tier) -> float:
    return -math.inf if tier.low is None else tier.low


def ascend(tiers: Sequence[Tier]) -> bool:
    """Whether tiers begin with that of the lowest totals, and each above the last."""
    known = [tier.low for tier in tiers if tier.low is not None]
    is_open = all(tier.low is None for tier in tiers[:1])
    return is_open and len(known) == len(tiers[1:]) and all(a < b for a, b in pairwise(known))


def _asked(given: Mapping[str, Any], where: str, *, is_first: bool) -> Tier:
    """Read an entry: a tier that has no cut-off yet."""
    for key in given:
        if key not in _KEYS:
            raise OptionError(f"{where}: unknown key {key!r}; {nearest(key, _KEYS, 'keys')}")
    for key in ("name", "advice"):
        text = given.get(key, "")
        if not isinstance(text, str) or len(text) > _LONGEST or not is_printable(text):
            raise OptionError(f"{where}: the {key} is {short(text)}; give one line of text")
    if not given.get("name"):
        raise OptionError(f"{where}: give a name")
    named = str(given["name"]), str(given.get("advice", ""))
    ways = [way for way in _WAYS if way in given]
    if is_first:
        if ways:
            raise OptionError(f"{where}: the first has all totals below the next; drop {ways[0]}")
        return Tier(named[0], advice=named[1])
    if len(ways) != 1:
        raise OptionError(f"{where}: give one of {', '.join(_WAYS)}")
    (way,) = ways
    wanted = as_number(given[way])
    if wanted is None or (way != "total" and not 0 < wanted < 1):
        what = "a number" if way == "total" else "a share between 0 and 1"
        raise OptionError(f"{where}: {way} is {short(given[way])}; give {what}")
    return Tier(named[0], None, named[1], way, wanted)


def _tier(score: RiskScore, asked: Tier, people: _People | None, where: str) -> Tier:
    """Choose the cut-off of a tier."""
    way, wanted = asked.way, asked.wanted
    if not way:
        return asked
    if way == "total":
        return replace(asked, low=_plain(wanted))
    if way == "risk":
        return replace(asked, low=_plain(_first_of_risk(score, wanted, where)))
    if people is None:
        raise OptionError(f"{where}: {way} is chosen on people; give data")
    counted = people.total, people.positive, people.weight
    low, reached = choose_cutoff(counted, way, wanted, where, people.cluster)
    return replace(asked, low=_plain(low), reached=reached, is_held_out=people.is_held_out)


def _first_of_risk(score: RiskScore, wanted: float, where: str) -> float:
    found = _total_of_risk(score, wanted)
    if found is None:
        raise OptionError(f"{where}: no total has a risk of {wanted:g}")
    return found


def _total_of_risk(score: RiskScore, wanted: float) -> float | None:
    """Give the first total with such a risk."""
    return next((total for total in _totals(score) if score.risk(total) >= wanted), None)


def _totals(score: RiskScore) -> list[float]:
    return sorted({end for row in score.table for end in (row.low, row.high) if end is not None})


def _plain(total: float | None) -> float | None:
    """Give a whole number as such."""
    return int(total) if total is not None and float(total).is_integer() else total
