"""What a built score says about itself: ten lines, and the files of its folder."""

from __future__ import annotations

import textwrap
import warnings
from typing import TYPE_CHECKING

from riskslim.errors import DataWarning, OptionError
from riskslim.evaluation.estimates import Estimate
from riskslim.evaluation.operating_points import OperatingPoint
from riskslim.files import as_json_text

if TYPE_CHECKING:
    from riskslim.scores.risk import RiskScore
    from riskslim.workflows.build import BuiltScore

__all__ = ["contents", "summary"]

_WIDTH = 100
_RULES = {"one-se": "the fewest within one standard error of the best", "best": "the best"}


def summary(built: BuiltScore) -> str:
    """Write some ten lines that a clinician can read."""
    score, found = built.score, built.validation
    training = score.training
    share = training.positives / training.rows
    lines = [
        f"Risk of {score.outcome} = {score.labels[1]}, from {built.source}: "
        f"{training.rows:,} rows, {training.positives:,} of them positive ({share:.1%}).",
        _points(built),
        _totals(built),
        f"Size: {score.size} of at most {built.max_size} features, {_RULES[built.rule]} in "
        "cross-validation.",
        _proof(built),
        f"On people it has not seen ({found.plan.folds}-fold cross-validation, everything chosen "
        f"anew in each fold{found.ended and '; '}{found.ended}):",
        f"  Discrimination: AUC {_interval(found.measures.auc)}; in training "
        f"{_value(found.apparent.auc)}.",
        f"  Calibration: slope {_interval(found.measures.calibration_slope)}, in the large "
        f"{_interval(found.measures.calibration_in_the_large)}; mean error "
        f"{found.measures.calibration_error.value:.1%}.",
        _decision(built),
        _stability(built),
    ]
    return "\n".join(lines)


def _points(built: BuiltScore) -> str:
    points = built.score.points
    terms = [f"{value:+d} {name}" for name, value in points.items()]
    return textwrap.shorten(f"Points: {'; '.join(terms) or 'none'}.", 4 * _WIDTH)


def _totals(built: BuiltScore) -> str:
    ends = [row.low for row in built.score.table if row.low is not None]
    low, high = min(ends), max(ends)
    return (
        f"Totals from {low:g} (risk {_risk(built.score.risk(low))}) to {high:g} "
        f"(risk {_risk(built.score.risk(high))})."
    )


def _risk(risk: float) -> str:
    return "<0.1%" if risk < 0.001 else ">99.9%" if risk > 0.999 else f"{risk:.1%}"


def _proof(built: BuiltScore) -> str:
    certificate = built.score.certificate
    if certificate is None or certificate.absolute_gap is None:
        return "Proof: none."
    if certificate.is_optimal:
        return (
            "Proof: no other such score of this size fits the rows better (gap "
            f"{certificate.absolute_gap:.1g})."
        )
    return (
        f"Proof: the search ended at its {certificate.ended}; no such score fits better by more "
        f"than {certificate.absolute_gap:.2g} (of a loss of {certificate.loss:.4f})."
    )


def _decision(built: BuiltScore) -> str:
    points = [p for p in built.validation.operating_points if p.total is not None]
    known = [p for p in points if p.sensitivity is not None and p.specificity is not None]
    if not known:
        return "  Decision: no total parts the people."
    best = max(known, key=_youden)
    return (
        f"  Called positive from a total of {best.total:g} (risk {_risk(best.risk)}): sensitivity "
        f"{_share(best.sensitivity)}, specificity {_share(best.specificity)}, PPV "
        f"{_share(best.ppv)}, NPV {_share(best.npv)}."
    )


def _youden(point: OperatingPoint) -> float:
    rates = (point.sensitivity, point.specificity)
    return sum(rate.value for rate in rates if rate is not None)


def _stability(built: BuiltScore) -> str:
    """Say how many folds used each variable of the score, by whatever cuts."""
    folds = built.validation.folds
    binning = built.score.binning
    labels = [] if binning is None else [variable.label for variable in binning.variables]
    used = dict.fromkeys(_variable(name, labels) for name in built.score.points)
    by_fold = [{_variable(name, labels) for name in fold.points} for fold in folds]
    terms = [f"{label} in {sum(label in fold for fold in by_fold)}" for label in used]
    text = f"Its variables, in how many of {len(folds)} folds: {', '.join(terms) or 'none'}."
    return f"  {textwrap.shorten(text, 4 * _WIDTH)}"


def _variable(feature: str, labels: list[str]) -> str:
    """Give the variable that a feature of any fold comes from: cuts differ between folds."""
    ends = (" ", ":")
    fitting = [v for v in labels if feature == v or feature.startswith(tuple(v + e for e in ends))]
    return max(fitting, key=len, default=feature)


def _share(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate.value:.0%}"


def _value(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate.value:.3f}"


def _interval(estimate: Estimate | None) -> str:
    if estimate is None:
        return "-"
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def contents(built: BuiltScore) -> dict[str, str | bytes]:
    """Give every file of the folder by name."""
    from riskslim.report import make_report

    score, text = built.score, summary(built)
    pocket, left_out = _pocket(score)
    told = [f"Warning: {message}" for message in (*built.warnings, *left_out)]
    return {
        "score.json": score.to_json(),
        "card.html": score.to_html(),
        **pocket,
        "calculator.html": score.to_calculator(),
        "report.html": make_report(
            score,
            built.data,
            built.outcome,
            built.weight,
            data_name=built.source,
            notes=tuple(line.strip() for line in text.splitlines()[3:]),
        ),
        "validation.json": as_json_text(built.validation.to_dict()) + "\n",
        "summary.txt": "\n".join([text, *told]) + "\n",
    }


def _pocket(score: RiskScore) -> tuple[dict[str, str | bytes], list[str]]:
    """Draw the pocket card; without a font for its names, warn instead, and go on."""
    try:
        return {"pocket.pdf": score.export("pdf")}, []
    except OptionError as error:
        message = f"pocket.pdf is left out: {error}"
        warnings.warn(message, DataWarning, stacklevel=3)
        return {}, [message]
