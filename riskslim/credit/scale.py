"""Points scaled to a base, as credit scorecards show them: 600 at 50 to 1, 20 to double the odds.

The logarithm of the odds of a good outcome is a linear function of the total, so any base is
another way to write the same score. What is shown are whole numbers, so one more rounding is
needed; it is made in one of two ways, and what it costs is stated.

References
----------
N. Siddiqi, "Intelligent Credit Scoring", 2nd edition, 2017, chapter 10.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from riskslim.credit.attributes import Applicants
from riskslim.errors import OptionError, ScoreError
from riskslim.exporters.characteristics import Characteristic, characteristics
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import IntArray

__all__ = ["Rounding", "Scale", "ScaledScore"]

Rounding = Literal["unit", "attribute"]


@dataclass(frozen=True)
class Scale:
    """A base to which points are scaled.

    Attributes
    ----------
    points : float
        Scaled points at `odds`.
    odds : float
        Good outcomes for one bad one, the outcome that the score predicts.
    pdo : float
        Scaled points that double the odds.
    higher_is_better : bool
        Whether more scaled points are a smaller risk.

    Raises
    ------
    OptionError
        A number is none, or not positive; names it.
    """

    points: float = 600.0
    odds: float = 50.0
    pdo: float = 20.0
    higher_is_better: bool = True

    def __post_init__(self) -> None:
        for name, value, least in (
            ("points", self.points, -math.inf),
            ("odds", self.odds, 0.0),
            ("pdo", self.pdo, 0.0),
        ):
            if not (math.isfinite(value) and value > least):
                wanted = "a number" if least < 0 else "a positive number"
                raise OptionError(f"{name}={value!r}: give {wanted}")

    @property
    def per_log_odds(self) -> float:
        """Scaled points for one unit of the logarithm of the odds of a bad outcome."""
        return (-1.0 if self.higher_is_better else 1.0) * self.pdo / math.log(2.0)

    def exact(self, log_odds: Any) -> Any:
        """Give scaled points, not rounded, at logarithms of the odds of a bad outcome."""
        return self.points + self.per_log_odds * (np.asarray(log_odds) + math.log(self.odds))


@dataclass(frozen=True)
class ScaledScore:
    """A risk score whose points are shown on another scale.

    Attributes
    ----------
    score : RiskScore
        The score itself: its risks hold.
    scale : Scale
        What was asked for.
    rounding : {"unit", "attribute"}
        What was rounded: the scaled points of one point of the score, so that scaled totals are in
        exactly the order of its totals; or the scaled points of every attribute.
    found : tuple of Characteristic
        What the score asks.
    base : int
        Scaled points that everyone has.
    points : tuple of tuple of int
        Scaled points of each attribute, by characteristic; the least is 0.
    """

    score: RiskScore
    scale: Scale
    rounding: Rounding
    found: tuple[Characteristic, ...]
    base: int
    points: tuple[tuple[int, ...], ...]

    @classmethod
    def of(
        cls, score: RiskScore, scale: Scale | None = None, rounding: Rounding = "unit"
    ) -> ScaledScore:
        """Scale the points of a score.

        Parameters
        ----------
        score : RiskScore
            Whose risks follow from an intercept and a multiplier.
        scale : Scale, optional
            600 points at 50 to 1, 20 to double the odds, by default.
        rounding : {"unit", "attribute"}
            See the class.

        Raises
        ------
        ScoreError
            The risks are looked up, or a feature has points for each unit, not for bands.
        OptionError
            The scale is so coarse that a point of the score is worth none.

        Examples
        --------
        >>> from riskslim import RiskScore
        >>> from riskslim.credit import Scale, ScaledScore
        >>> score = RiskScore.from_points({"Late": 2, "New": 1}, intercept=-3)
        >>> scaled = ScaledScore.of(score, Scale(points=600, odds=50, pdo=20))
        >>> scaled.base, scaled.points, scaled.scaled([[0, 0], [1, 1]]).tolist()
        (487, ((58, 0), (29, 0)), [574, 487])
        """
        scale = Scale() if scale is None else scale
        if rounding not in ("unit", "attribute"):
            raise OptionError(f"rounding={rounding!r}: give 'unit' or 'attribute'")
        if score.formula is None:
            raise ScoreError(
                "the risks of this score are looked up, so that its totals are on no scale of the "
                "odds; scale it before an isotonic recalibration"
            )
        found = characteristics(score)
        for one in found:
            if not one.attributes:
                raise ScoreError(
                    f"{one.name!r} has points for each unit, not for bands, and cannot be scaled; "
                    "fit the score to a raw table (riskslim build, or fit --raw)"
                )
        intercept, multiplier = score.formula
        exact = scale.per_log_odds / multiplier
        unit = float(round(exact)) if rounding == "unit" else exact
        if not unit:
            raise OptionError(
                f"pdo={scale.pdo:g}: a point of the score is worth {abs(exact):.2g} scaled points, "
                f"which round to none; give pdo={math.ceil(multiplier * math.log(2.0)):g} or more"
            )
        # The least of each characteristic is 0, and the base holds the rest.
        at_least = [min((unit * one.points).tolist()) for one in found]
        # The total at which the odds are those of the scale keeps its points.
        there = -intercept - multiplier * math.log(scale.odds)
        base = scale.points - unit * there + math.fsum(at_least)
        return cls(
            score,
            scale,
            rounding,
            found,
            round(base),
            tuple(
                tuple(round(float(value)) for value in unit * one.points - least)
                for one, least in zip(found, at_least, strict=True)
            ),
        )

    def scaled(self, X: Any) -> IntArray:
        """Give the scaled points of every row.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n, d)
            As for `RiskScore.total`, with its errors.

        Returns
        -------
        ndarray of int, shape (n,)
        """
        placed = Applicants.read(self.score, X).places(self.found)
        total = np.full(len(placed), self.base, dtype=np.int64)
        for at, points in enumerate(self.points):
            total += np.array(points, dtype=np.int64)[placed[:, at]]
        return total

    @property
    def ends(self) -> tuple[int, int]:
        """Fewest and most scaled points that anyone can have."""
        return self.base, self.base + sum(map(max, self.points))

    @property
    def unit(self) -> int | None:
        """Scaled points of one point of the score; None where attributes were rounded."""
        if self.rounding == "attribute":
            return None
        assert self.score.formula is not None
        return round(self.scale.per_log_odds / self.score.formula[1])

    @property
    def rule(self) -> tuple[int, int] | None:
        """Scaled points of a total of 0, and of each point: what any program adds to a total.

        None where attributes were rounded.
        """
        if self.unit is None:
            return None
        least = sum(min((self.unit * one.points).tolist()) for one in self.found)
        return self.base - least, self.unit

    @property
    def effective_pdo(self) -> float:
        """Scaled points that do double the odds."""
        if self.unit is None:
            return self.scale.pdo
        assert self.score.formula is not None
        return abs(self.unit) * self.score.formula[1] * math.log(2.0)

    @property
    def effective_odds(self) -> float:
        """Good outcomes for one bad one at the points where `scale` asks for its odds.

        By the rounded base and unit; where attributes were rounded, what was asked for.
        """
        if self.rule is None:
            return self.scale.odds
        assert self.score.formula is not None
        start, unit = self.rule
        intercept, multiplier = self.score.formula
        return math.exp(-(intercept + (self.scale.points - start) / unit) / multiplier)

    @property
    def error(self) -> tuple[float, float]:
        """How far scaled points lie from the exact ones, at least and at most, over everybody.

        Exact is the scale that was asked for. The risk that a scaled total stands for is read from
        the score's own table, which rounding does not change; this is what it costs to whoever
        computes the risk from scaled points and the scale's formula instead.
        """
        assert self.score.formula is not None
        intercept, multiplier = self.score.formula
        exact = self.scale.per_log_odds / multiplier
        low = high = self.base - float(self.scale.exact(intercept / multiplier))
        for one, points in zip(self.found, self.points, strict=True):
            differences = np.array(points) - exact * one.points
            low += float(differences.min())
            high += float(differences.max())
        return low, high

    def to_rows(self) -> list[dict[str, Any]]:
        """Give a row for the base and for each attribute, with points of both kinds."""
        rows: list[dict[str, Any]] = [
            {"characteristic": "", "attribute": "base", "points": None, "scaled": self.base}
        ]
        for one, points in zip(self.found, self.points, strict=True):
            rows += [
                {"characteristic": one.name, "attribute": label, "points": own, "scaled": scaled}
                for label, own, scaled in zip(
                    one.attributes, one.points.tolist(), points, strict=True
                )
            ]
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain data, as ``riskslim scale --json`` prints it."""
        low, high = self.error
        rule = None if self.rule is None else dict(zip(("start", "unit"), self.rule, strict=True))
        return {
            "points": self.scale.points,
            "odds": self.scale.odds,
            "pdo": self.scale.pdo,
            "higher_is_better": self.scale.higher_is_better,
            "rounding": self.rounding,
            "base": self.base,
            "rule": rule,
            "effective_pdo": self.effective_pdo,
            "effective_odds": self.effective_odds,
            "lowest": self.ends[0],
            "highest": self.ends[1],
            "error_low": low,
            "error_high": high,
            "attributes": self.to_rows()[1:],
        }
