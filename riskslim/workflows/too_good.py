"""Scores that are too good to be true: which columns make them so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from riskslim.data.outcome import label_of_each
from riskslim.languages import Texts

if TYPE_CHECKING:
    from riskslim.workflows.build import BuiltScore

__all__ = ["too_good"]

# What is known beforehand hardly ever gives such an area under the ROC curve.
_TOO_GOOD = 0.98
# A column drives it whose points alone come within so much of that.
_NEAR = 0.03


def too_good(built: BuiltScore, texts: Texts) -> str:
    """Say that the held-out AUC is hardly real, and which columns make it; empty where it may be.

    Parameters
    ----------
    built : BuiltScore
        With its data.
    texts : Texts
        The language.

    Returns
    -------
    str
        A sentence or two, which name the column whose points alone tell the outcome best, and
        those that come near it.
    """
    auc = None if built.validation is None else built.validation.measures.auc
    if auc is None or auc.value <= _TOO_GOOD:
        return ""
    areas = _areas(built)
    best = max(areas.values(), default=0.0)
    driving = [name for name, area in areas.items() if area >= best - _NEAR]
    return texts(
        "built.too_good", auc=texts.fixed(_TOO_GOOD, 2), names=", ".join(map(repr, driving))
    )


def _areas(built: BuiltScore) -> dict[str, float]:
    """Area under the ROC curve of the points of each column alone, the largest first."""
    from sklearn.metrics import roc_auc_score

    score = built.score
    assert score.binning is not None
    points = score.points
    cells = dict(zip(points, score.columns(built.data).T, strict=True))
    positive = label_of_each(built.outcome, score.labels) == 1
    found = {}
    for variable in score.binning.part(points).variables:
        own = [points[name] * cells[name] for name in variable.features if name in cells]
        total = np.sum(own, axis=0)
        found[variable.column] = float(roc_auc_score(positive, total, sample_weight=built.weight))
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))
