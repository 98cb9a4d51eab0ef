"""What a search found, and what it proved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from riskslim.errors import ScoreError
from riskslim.names import INTERCEPT_NAME
from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.result import Progress, Status

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from riskslim.problems.base import ScoreProblem
    from riskslim.scores.decision import DecisionScore
    from riskslim.scores.risk import RiskScore

__all__ = ["SLIMSolution", "Solution", "finite"]


@dataclass(frozen=True, eq=False)
class Solution:
    """Incumbent, lower bound and certificate.

    Attributes
    ----------
    status : Status
        How the search ended; optimal means an absolute gap of at most 1e-9.
    points : ndarray of int, shape (d + 1,), or None
        The incumbent: the intercept, then the features' points. None if none was found. Floats,
        of which all but the first are whole, where the intercept is real.
    feature_names : tuple of str
        The d features.
    objective, loss : float
        Of the incumbent, recomputed from its integers; infinite without one.
    lower_bound : float
        No score that satisfies all constraints has a smaller objective.
    nodes, cuts, lps : int
        Nodes of the tree, cutting planes, linear programs.
    phase_seconds : mapping of str to float
        Wall-clock seconds by phase; ``"total"`` is all of it.
    proof : str
        How the lower bound was proved.
    multiplier : float
        The risk is ``1 / (1 + exp(-score / multiplier))``.
    multiplier_range : tuple of float
        Where it was chosen from; ``(1.0, 1.0)`` where it was fixed.
    log : tuple of str
        What was done, in short sentences.
    notes : tuple of str
        What deserves a look, such as a multiplier at an end of its range.
    history : tuple of Progress
        Incumbent and lower bound as the search went on, each time that either was seen to move.
    entropy : float
        Of soft labels: no score has a smaller loss, so that gaps are relative to what is above it.
    problem : ScoreProblem or None
        What was solved. A pickle does not take it along, with its data.
    """

    status: Status
    points: IntArray | FloatArray | None
    feature_names: tuple[str, ...]
    objective: float
    loss: float
    lower_bound: float
    nodes: int
    cuts: int
    lps: int
    phase_seconds: Mapping[str, float] = field(repr=False)
    proof: str
    multiplier: float = 1.0
    multiplier_range: tuple[float, float] = (1.0, 1.0)
    log: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    history: tuple[Progress, ...] = field(default=(), repr=False)
    entropy: float = 0.0
    problem: ScoreProblem | None = field(default=None, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"problem": None}

    def score(self) -> RiskScore | DecisionScore:
        """Make the score of the incumbent, with the rules that it obeys in words.

        Returns
        -------
        RiskScore or DecisionScore
            As the method has it.

        Raises
        ------
        ScoreError
            There is no incumbent, or the solution was pickled and left its problem behind.
        """
        if self.problem is None:
            raise ScoreError("the solution has no problem, as one that was pickled; solve it anew")
        return self.problem.score_of(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw incumbent and lower bound against the seconds of the search.

        Parameters
        ----------
        ax : matplotlib axes, optional
            Where to; new ones by default.

        Returns
        -------
        matplotlib axes
        """
        from riskslim.scores.path_plot import draw_history

        return draw_history(self, ax)

    @property
    def absolute_gap(self) -> float:
        """Objective minus lower bound, not below 0; infinite without an incumbent."""
        if self.points is None:
            return math.inf
        return max(self.objective - self.lower_bound, 0.0)

    @property
    def relative_gap(self) -> float:
        """Absolute gap over the objective, or what of it is above `entropy`.

        Infinite without an incumbent. Never more than 1 with soft labels: no score comes below
        their entropy, whatever the bound.
        """
        gap = self.absolute_gap
        if gap in (0.0, math.inf):
            return gap
        if self.entropy > 0.0:
            return min(gap / max(self.objective - self.entropy, 1e-300), 1.0)
        return gap / max(abs(self.objective), 1e-300)

    @property
    def seconds(self) -> float:
        """Wall-clock seconds in all."""
        return float(self.phase_seconds.get("total", sum(self.phase_seconds.values())))

    @property
    def size(self) -> int | None:
        """Number of features that the incumbent uses; None without one."""
        return None if self.points is None else int((self.points[1:] != 0).sum())

    @property
    def intercept(self) -> int | float | None:
        """Intercept of the incumbent, an integer unless it is real; None without one."""
        return None if self.points is None else self.points[0].item()

    @property
    def points_by_name(self) -> dict[str, int]:
        """Points other than 0, by feature, without the intercept."""
        if self.points is None:
            return {}
        named = zip(self.feature_names, self.points[1:].tolist(), strict=True)
        return {name: int(value) for name, value in named if value}

    def to_dict(self) -> dict[str, Any]:
        """Give what is known as an object for JSON; numbers that are not finite become None."""
        return {
            "status": str(self.status),
            "objective": finite(self.objective),
            "loss": finite(self.loss),
            "lower_bound": finite(self.lower_bound),
            "absolute_gap": finite(self.absolute_gap),
            "relative_gap": finite(self.relative_gap),
            **({"entropy": self.entropy} if self.entropy > 0 else {}),
            "size": self.size,
            "intercept": self.intercept,
            "points": self.points_by_name,
            "multiplier": self.multiplier,
            "multiplier_range": list(self.multiplier_range),
            "notes": list(self.notes),
            "proof": self.proof,
            "log": list(self.log),
            "seconds": self.seconds,
            "nodes": self.nodes,
            "cuts": self.cuts,
        }

    def __repr__(self) -> str:
        """Several lines, the certificate first."""
        facts = [f"  {name:<11}  {text}" for name, text in self._facts()]
        return "\n".join([f"{type(self).__name__}: {self.status}", *facts])

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f'<tr><th scope="row" style="text-align: left">{escape(name)}</th>'
            f'<td style="text-align: left">{escape(text)}</td></tr>'
            for name, text in self._facts()
        )
        title = escape(f"{type(self).__name__}: {self.status}")
        return f"<table><caption>{title}</caption><tbody>{rows}</tbody></table>"

    def _facts(self) -> list[tuple[str, str]]:
        """Tell what is known, by name."""
        facts = []
        if self.points is None:
            facts += [("incumbent", "none"), ("lower bound", f"{self.lower_bound:.12g}")]
        else:
            terms = [f"{value:+d} {name}" for name, value in self.points_by_name.items()]
            facts += [
                ("objective", f"{self.objective:.12g}"),
                ("loss", f"{self.loss:.12g}"),
                ("lower bound", f"{self.lower_bound:.12g}"),
                ("gap", f"{self.absolute_gap:.3g} absolute, {self.relative_gap:.3g} relative"),
                ("size", f"{self.size}"),
                ("points", ", ".join([f"{_signed(self.intercept)} {INTERCEPT_NAME}", *terms])),
            ]
            low, high = self.multiplier_range
            if low < high:
                facts.append(("multiplier", f"{self.multiplier:.6g}, of {low:g} to {high:g}"))
        work = f"{self.nodes:,} nodes, {self.cuts:,} cuts, {self.lps:,} LPs, {self.seconds:.2f} s"
        facts += [("proof", self.proof), ("work", work)]
        facts += [("log", sentence) for sentence in self.log]
        return facts + [("note", sentence) for sentence in self.notes]


@dataclass(frozen=True, eq=False, repr=False)
class SLIMSolution(Solution):
    """Incumbent, lower bound, certificate and errors of a decision score.

    The attributes of `Solution`; `loss` is the weighted share of errors in the objective, which
    counts a total of exactly 0 as an error for both classes. What follows counts people by their
    prediction: yes where intercept and points together are above 0, else no.

    Attributes
    ----------
    errors, false_positives, false_negatives : float
        Weight of the people who are predicted wrongly, in all and by outcome, without class
        weights: numbers of people where each weighs 1. NaN without an incumbent.
    n_false_positives, n_false_negatives : int
        Rows of the table, whatever they weigh.
    """

    errors: float = float("nan")
    false_positives: float = float("nan")
    false_negatives: float = float("nan")
    n_false_positives: int = 0
    n_false_negatives: int = 0

    @property
    def n_errors(self) -> int:
        """Rows of the table that are predicted wrongly, whatever they weigh."""
        return self.n_false_positives + self.n_false_negatives

    def to_dict(self) -> dict[str, Any]:
        """Give what is known as an object for JSON; numbers that are not finite become None."""
        kept = super().to_dict()
        del kept["multiplier"], kept["multiplier_range"]
        return kept | {
            "errors": finite(self.errors),
            "false_positives": finite(self.false_positives),
            "false_negatives": finite(self.false_negatives),
            "n_false_positives": self.n_false_positives,
            "n_false_negatives": self.n_false_negatives,
        }

    def _facts(self) -> list[tuple[str, str]]:
        """Tell what is known, by name."""
        facts = super()._facts()
        if self.points is not None:
            errors = (
                f"{self.errors:g}: {self.false_positives:g} false positives, "
                f"{self.false_negatives:g} false negatives"
            )
            facts.insert([name for name, _ in facts].index("lower bound"), ("errors", errors))
        return facts


def _signed(value: int | float | None) -> str:
    return f"{value:+d}" if isinstance(value, int) else f"{value:+.6g}"


def finite(value: float) -> float | None:
    """Give a number for JSON: None where it is not finite."""
    return value if math.isfinite(value) else None
