"""What the report of a built score says of how it was made and does, in the report's language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from riskslim.evaluation.calibration import band_error
from riskslim.evaluation.estimates import Estimate
from riskslim.evaluation.operating_points import OperatingPoint
from riskslim.languages import Texts
from riskslim.report.wording import share_in_words
from riskslim.workflows.too_good import too_good

if TYPE_CHECKING:
    from riskslim.evaluation.result import CrossValidation
    from riskslim.workflows.build import BuiltScore

__all__ = ["best_cutoff", "is_chance", "is_much_worse", "notes", "variables_by_fold"]

# By so much of AUC a score is much worse than logistic regression.
_MUCH = 0.03


def notes(built: BuiltScore, texts: Texts) -> tuple[str, ...]:
    """Write the paragraphs, those that apply."""
    return tuple(filter(None, _notes(built, texts)))


def _notes(built: BuiltScore, texts: Texts) -> Iterator[str]:
    beside = {name: texts("built.none") for name in ("regression", "boosted")}
    beside |= {name: _auc(texts, other.auc) for name, other in built.beside.items()}
    if built.beside:
        yield texts("built.beside", **beside)
    if is_chance(built):
        yield texts("built.chance")
    elif is_much_worse(built):
        yield texts("built.worse")
    yield too_good(built, texts)
    if built.validation is None:
        yield texts("built.unjudged")
    else:
        yield from _judged(built, built.validation, texts)
    yield _methods(built, texts)


def _judged(built: BuiltScore, validation: CrossValidation, texts: Texts) -> Iterator[str]:
    tenths = [band for part in validation.calibration for band in part]
    yield texts("built.tenths", error=texts.percent(band_error(tenths)))
    best = best_cutoff(built)
    if best is not None and best.total is not None:
        names = ("sensitivity", "specificity", "ppv", "npv")
        rates = {name: _share(texts, getattr(best, name)) for name in names}
        yield texts(
            "built.cutoff", total=texts.number(best.total), risk=texts.percent(best.risk), **rates
        )
    used = variables_by_fold(built)
    if used:
        terms = ", ".join(f"{name} {count}" for name, count in used.items())
        yield texts("built.variables", folds=len(validation.folds), terms=terms)


def _methods(built: BuiltScore, texts: Texts) -> str:
    """Say for a methods section what the labels were, and how the choice was made."""
    said = [texts("built.outcomes")]
    if built.share:
        key = "built.teacher" if built.share < 1 else "built.teacher_alone"
        said = [texts(key, share=texts.percent(built.share, 0))]
        if isinstance(built.chosen.estimator.teacher, str):
            said.append(texts("built.ridges"))
    if len(built.curve) > 1:
        folds = len(next(iter(built.curve.values())))
        said.append(texts(f"built.chosen_{built.rule.replace('-', '_')}", folds=folds))
    else:
        said.append(texts("built.fixed", variables=built.variables))
    slope = built.chosen.slope_
    if slope != 1.0:
        said.append(texts("built.slope", slope=texts.fixed(slope, 2)))
    return " ".join(said)


def is_chance(built: BuiltScore) -> bool:
    """Whether the score is no better than chance on people held out."""
    auc = None if built.validation is None else built.validation.measures.auc
    return auc is not None and auc.low <= 0.5


def is_much_worse(built: BuiltScore) -> bool:
    """Whether it predicts much worse than logistic regression on all columns."""
    auc = None if built.validation is None else built.validation.measures.auc
    line = built.beside.get("regression")
    if auc is None or line is None or line.auc is None:
        return False
    return auc.value < line.auc.value - _MUCH


def best_cutoff(built: BuiltScore) -> OperatingPoint | None:
    """Give the total whose sensitivity and specificity add up to the most; None without any."""

    def both(point: OperatingPoint) -> float:
        rates = (point.sensitivity, point.specificity)
        return sum(rate.value for rate in rates if rate is not None)

    points = [
        point
        for point in (() if built.validation is None else built.validation.operating_points)
        if None not in (point.total, point.sensitivity, point.specificity)
    ]
    return max(points, key=both, default=None)


def variables_by_fold(built: BuiltScore) -> dict[str, int]:
    """Count the folds that used each variable of the score, by whatever cuts."""
    binning = built.score.binning
    labels = [] if binning is None else [variable.label for variable in binning.variables]
    used = dict.fromkeys(_variable(name, labels) for name in built.score.points)
    folds = () if built.validation is None else built.validation.folds
    by_fold = [{_variable(name, labels) for name in fold.points} for fold in folds]
    return {label: sum(label in fold for fold in by_fold) for label in used}


def _variable(feature: str, labels: list[str]) -> str:
    """Give the variable that a feature of any fold comes from: cuts differ between folds."""
    ends = (" ", ":")
    fitting = [v for v in labels if feature == v or feature.startswith(tuple(v + e for e in ends))]
    return max(fitting, key=len, default=feature)


def _auc(texts: Texts, found: Estimate | None) -> str:
    return texts("built.none") if found is None else texts.fixed(found.value, 3)


def _share(texts: Texts, found: Estimate | None) -> str:
    return "–" if found is None else share_in_words(texts, found)
