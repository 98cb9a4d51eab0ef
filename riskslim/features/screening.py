"""Many candidate cut points, of which a search is given the promising ones: and says so.

With twenty candidate cuts of each of thirty measurements there are 10^11 sets of five cuts of
different measurements, and the bound of a search, the loss with real coefficients on all
candidates that are left, falls far below what any five of them reach. Screening keeps candidates
by a heuristic. It proves nothing about the others, so it is a rule of the problem like any
other: the certificate holds among the candidates that were kept, and the card says how many.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from riskslim.constraints import Row, Setting
from riskslim.errors import OptionError
from riskslim.features.binning import Binning
from riskslim.features.lasso_path import LassoPath
from riskslim.features.variables import Cells, Thresholds, Variable
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["SCREENED", "Screened", "screened", "screened_by_path"]

SCREENED = "that screening kept"
"""How the rule ends that says how many candidates there were."""

# Features that the model has in the end, and turns in which each of them may be exchanged.
_SIZE = 10
_ROUNDS = 3
_LARGEST_STEP = 4.0
_RIDGE = 1e-6
_BLOCK = 1 << 14


@dataclass(frozen=True)
class Screened:
    """Only what screening kept is a feature: what the certificate holds among.

    Parameters
    ----------
    kept, candidates : int
        Number of features that there are, and that there were.
    what : str
        What they are.
    name : str
        ``screening`` by default.
    barred : tuple of str
        Features that are no candidates all the same, beside `kept`: they have no points.
    """

    kept: int
    candidates: int
    what: str = "cut points"
    name: str = "screening"
    barred: tuple[str, ...] = ()

    def rows(self, setting: Setting) -> list[Row]:
        """State that those which are barred have no points; what is not kept is no feature."""
        return [
            Row(f"{self.name}[{name}]", points={name: 1.0}, lower=0.0, upper=0.0)
            for name in self.barred
            if name in setting.feature_names
        ]

    def describe(self) -> str:
        """State the rule in words."""
        return f"of {self.candidates} candidate {self.what} the {self.kept} {SCREENED}"


def screened(binning: Binning, cells: Any, weights: FloatArray, keep: int) -> Binning:
    """Keep promising cut points, by a heuristic.

    A model is grown feature by feature, by the score test of each candidate given the model so
    far; then each of its features in turn makes place for the best candidate given the others.
    Once with any number of cuts of a variable, and once with one. The cuts that were ever in a
    model are kept, and those with the largest statistics, of which a variable's best counts in
    full, its second best for a half, and so on.

    Parameters
    ----------
    binning : Binning
        With all candidates.
    cells : ndarray of shape (m, d)
        Its features of every distinct row, 0 and 1. In the order of `merge_rows`, whatever the
        order of the table.
    weights : ndarray of shape (2, m)
        What the negative and the positive rows weigh that each stands for.
    keep : int
        At most so many cut points are kept. Other features all are.

    Returns
    -------
    Binning
        The same one where it has no more cut points.

    Raises
    ------
    OptionError
        There are not two classes, or features are intervals, which a cut less would change.
    """
    names = binning.features
    is_cut = np.isin(names, [name for cuts in binning.ordered.values() for name in cuts])
    if is_cut.sum() <= keep:
        return binning
    if len(weights) != 2:
        raise OptionError("screen: cuts are screened by an outcome of two values; give y")
    if any(isinstance(v, Thresholds) and v.intervals for v in binning.variables):
        raise OptionError("screen: intervals change with their neighbours; screen thresholds only")
    group = np.repeat(
        np.arange(len(binning.variables)), [len(v.features) for v in binning.variables]
    )
    model = _Model(cells, weights)
    best, grown = np.zeros(len(names)), set[int]()
    for at_most in (None, 1):
        gains, chosen = _grow(model, group, at_most)
        best, grown = np.maximum(best, gains), grown | chosen
    kept = _kept(np.where(is_cut, best, -1.0), group, {j for j in grown if is_cut[j]}, keep)
    wanted = {names[j] for j in kept}
    variables: list[Variable] = []
    for variable in binning.variables:
        if isinstance(variable, Thresholds):
            pairs = zip(variable.cuts, variable.ordered, strict=True)
            cuts = tuple(cut for cut, name in pairs if name in wanted)
            if cuts:
                variables.append(replace(variable, cuts=cuts))
        else:
            variables.append(variable)
    return replace(binning, variables=tuple(variables), candidates=int(is_cut.sum()))


def screened_by_path(
    binning: Binning,
    cells: Cells,
    labels: FloatArray,
    keep: int,
    weight: FloatArray | None = None,
) -> Binning:
    """Keep the features that come in first on the path of the lasso, by a heuristic.

    Cuts of a measurement that have not come in are no candidates of the score. A category is kept
    whole where any of its levels has come in, and blanks with their variable.

    Parameters
    ----------
    binning, cells, keep, weight
        As for `screened`; `keep` counts features of any kind.
    labels : ndarray of shape (n,)
        Between 0 and 1.

    Returns
    -------
    Binning
        The same one where it has no more features, or where they are intervals.
    """
    names = binning.features
    intervals = any(isinstance(v, Thresholds) and v.intervals for v in binning.variables)
    if len(names) <= keep or intervals:
        return binning
    weight = np.ones(len(cells)) if weight is None else weight
    wanted = {names[j] for j in LassoPath.of(cells, labels, weight).up_to(keep)}
    variables: list[Variable] = []
    for variable in binning.variables:
        if wanted.isdisjoint(variable.features):
            continue
        kept = variable
        if isinstance(variable, Thresholds):
            pairs = zip(variable.cuts, variable.ordered, strict=True)
            cuts = tuple(cut for cut, name in pairs if name in wanted)
            # Blanks alone: the variable stays, with the cut in the middle of its cuts.
            cuts = cuts or (variable.cuts[len(variable.cuts) // 2],)
            kept = replace(variable, cuts=cuts)
        variables.append(kept)
    left = {v.column for v in binning.variables} - {v.column for v in variables}
    return replace(
        binning,
        variables=tuple(variables),
        candidates=len(names),
        by_path=True,
        left_out=(*binning.left_out, *sorted(left)),
    )


def _grow(model: _Model, group: IntArray, at_most: int | None) -> tuple[FloatArray, set[int]]:
    """Grow a model and exchange its features; give the largest gains met, and all it ever had."""
    chosen: list[int] = []
    best, ever = np.zeros(len(group)), set[int]()
    for _ in range(min(_SIZE, len(group))):
        gain = model.gains(chosen)
        best = np.maximum(best, gain)
        gain[_barred(group, chosen, at_most)] = -1.0
        if gain.max() <= 0.0:
            break
        chosen.append(int(np.argmax(gain)))
    ever.update(chosen)
    for _ in range(_ROUNDS):
        changed = False
        for place, feature in enumerate(chosen):
            others = [j for j in chosen if j != feature]
            gain = model.gains(others)
            best = np.maximum(best, gain)
            gain[_barred(group, others, at_most)] = -1.0
            better = int(np.argmax(gain))
            if gain[better] > gain[feature] * (1 + 1e-9):
                chosen[place] = better
                changed = True
        ever.update(chosen)
        if not changed:
            break
    return best, ever


def _barred(group: IntArray, chosen: list[int], at_most: int | None) -> BoolArray:
    """Features that are chosen, or whose group has as many as it may have."""
    barred = np.zeros(len(group), dtype=bool)
    if at_most is not None:
        used, counts = np.unique(group[chosen], return_counts=True)
        barred = np.isin(group, used[counts >= at_most])
    barred[chosen] = True
    return barred


def _kept(best: FloatArray, group: IntArray, grown: set[int], keep: int) -> set[int]:
    """Keep what was grown, the most first, then the best of the groups."""
    places = np.arange(len(best))
    rank = np.zeros(len(best), dtype=np.int64)
    met: dict[int, int] = {}
    for j in np.lexsort((places, -best)).tolist():
        rank[j] = met.get(int(group[j]), 0)
        met[int(group[j])] = int(rank[j]) + 1
    worth = best / (1.0 + rank)
    first = sorted(grown, key=lambda j: (-best[j], j))
    rest = [j for j in np.lexsort((places, -worth)).tolist() if j not in grown and best[j] >= 0.0]
    return set([*first, *rest][:keep])


class _Model:
    """Logistic fits on few features, and the score test of every other feature beside them."""

    def __init__(self, cells: Any, weights: FloatArray) -> None:
        self._cells = cells
        self._positive = weights[1]
        self._weight = weights.sum(axis=0)

    def gains(self, chosen: list[int]) -> FloatArray:
        """Give the score test's statistic of every feature, of shape (d,)."""
        columns = np.column_stack([np.ones(len(self._cells)), self._cells[:, chosen]])
        risk = self._fit(columns)
        curve = self._weight * risk * (1.0 - risk)
        told = np.column_stack([self._positive - self._weight * risk, curve[:, None] * columns])
        # The curvature of a feature of 0 and 1 is what it shares with the intercept.
        gradient, own, *others = self._summed(told).T
        cross = np.column_stack([own, *others])
        information = columns.T @ (curve[:, None] * columns) + _RIDGE * np.eye(columns.shape[1])
        # The curvature along a feature that those chosen cannot take over.
        left = own - np.einsum("ij,ij->i", cross @ np.linalg.inv(information), cross)
        enough = left > 1e-6 * self._weight.sum()
        gain: FloatArray = np.where(enough, gradient**2 / np.where(enough, left, 1.0), 0.0)
        return gain

    def _summed(self, told: FloatArray) -> FloatArray:
        """Add up what is told of the rows, of shape (n, q), by feature: of shape (d, q)."""
        sums = np.zeros((self._cells.shape[1], told.shape[1]))
        for start in range(0, len(told), _BLOCK):
            span = slice(start, start + _BLOCK)
            sums += self._cells[span].T.astype(np.float64) @ told[span]
        return sums

    def _fit(self, columns: FloatArray) -> FloatArray:
        """Fit by Newton's method with short steps; give the risk of every row."""
        beta = np.zeros(columns.shape[1])
        for _ in range(25):
            risk = 1.0 / (1.0 + np.exp(-columns @ beta))
            slope = columns.T @ (self._positive - self._weight * risk) - _RIDGE * beta
            bend = columns.T @ ((self._weight * risk * (1.0 - risk))[:, None] * columns)
            step = np.linalg.solve(bend + _RIDGE * np.eye(len(beta)), slope)
            step = np.clip(step, -_LARGEST_STEP, _LARGEST_STEP)
            beta += step
            if np.abs(step).max() < 1e-6:
                break
        risks: FloatArray = 1.0 / (1.0 + np.exp(-columns @ beta))
        return risks
