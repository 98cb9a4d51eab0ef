"""Tiers of totals in words, for everything that shows a score."""

from __future__ import annotations

from riskslim.exporters.columns import clean
from riskslim.languages import Texts
from riskslim.scores.intervals import places_between
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore
from riskslim.scores.tiers import Tier

__all__ = ["tier_lines"]


def tier_lines(score: PointScore, texts: Texts) -> tuple[str, ...]:
    """Say of every tier which totals it has, what to do, and how its cut-off was chosen."""
    if not isinstance(score, RiskScore) or not score.tiers:
        return ()
    nexts = [*score.tiers[1:], None]
    return tuple(
        _line(score, tier, above, texts) for tier, above in zip(score.tiers, nexts, strict=True)
    )


def _line(score: RiskScore, tier: Tier, above: Tier | None, texts: Texts) -> str:
    end = None if above is None else above.low
    if tier.low is None:
        totals = texts("rows.below", total=texts.number(end or 0))
    elif end is None:
        totals = texts("rows.or_more", total=texts.number(tier.low))
    else:
        totals = texts("bands.to_under", low=texts.number(tier.low), high=texts.number(end))
    words = [texts("tiers.tier", name=clean(tier.name), totals=totals), clean(tier.advice)]
    if tier.low is not None:
        words.append(_why(score, tier, texts))
    return " ".join(filter(None, words))


def _why(score: RiskScore, tier: Tier, texts: Texts) -> str:
    """Say how the cut-off was chosen, and what it reached."""
    assert tier.low is not None
    if tier.way in ("total", "risk"):
        return texts("tiers.risk", risk=texts.percent(score.risk(tier.low)))
    # As it was asked for.
    wanted = f"{texts.number(100 * tier.wanted)}{texts.phrases['numbers.percent']}"
    unseen = "_held_out" if tier.is_held_out else ""
    if tier.reached is None:
        return texts(f"tiers.net_benefit{unseen}", wanted=wanted)
    places = places_between(*tier.reached[1:])
    value, low, high = (texts.percent(share, places) for share in tier.reached)
    what = texts(f"tiers.{tier.way}")
    key = f"tiers.reached{unseen}"
    return texts(key, what=what, wanted=wanted, value=value, low=low, high=high)
