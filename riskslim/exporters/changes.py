"""Into which bands people can change their answers, as a calculator is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from riskslim.exporters.columns import clean
from riskslim.languages import Texts

__all__ = ["BandChanges", "ItemChanges", "target_in_words"]

_PLAIN_LABELS = ("0", "1", "-1", "False", "True")


@dataclass(frozen=True)
class ItemChanges:
    """How the answer to one item can change.

    Attributes
    ----------
    allowed : tuple of tuples of bool
        From which band into which; of a yes or no without bands, no comes first.
    ends : tuple of (float or None, float or None, bool, bool), or empty
        Of a measurement: the least and the largest value of each band that can be reached, None
        for no end, and whether the ends themselves are outside.
    most : float or None
        Largest change of a measurement, which only its number tells.
    """

    allowed: tuple[tuple[bool, ...], ...]
    ends: tuple[tuple[float | None, float | None, bool, bool], ...] = ()
    most: float | None = None


@dataclass(frozen=True)
class BandChanges:
    """What a calculator says would change its result.

    Attributes
    ----------
    target_risk : float or None
        The risk that is to be reached; None for a decision.
    wanted : {"low", "high"}
        A risk of at most that, or of at least that; no, or yes.
    items : mapping of str to ItemChanges
        Those that can change, by the first of their features.
    """

    target_risk: float | None
    wanted: Literal["low", "high"]
    items: Mapping[str, ItemChanges]


def target_in_words(texts: Texts, target_risk: float | None, wanted: str, answer: object) -> str:
    """Say what is to be reached: a risk, or the answer of a decision score."""
    if target_risk is None:
        said = clean(str(answer))
        if said in _PLAIN_LABELS:
            said = texts("decision.yes" if wanted == "high" else "decision.no")
        return texts("recourse.target_decision", answer=said)
    return texts(f"recourse.target_{wanted}", risk=texts.percent(target_risk))
