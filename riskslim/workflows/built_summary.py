"""What a built score says about itself: ten lines, and the files of its folder."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from riskslim.errors import DataWarning, OptionError
from riskslim.evaluation.calibration import band_error
from riskslim.evaluation.estimates import Estimate
from riskslim.evaluation.risk import evaluate
from riskslim.exporters.card import make_card
from riskslim.exporters.tiers import tier_lines
from riskslim.features.screening import SCREENED
from riskslim.files import as_json_text
from riskslim.languages import language
from riskslim.workflows.built_notes import (
    best_cutoff,
    is_chance,
    is_much_worse,
    notes,
    variables_by_fold,
)
from riskslim.workflows.too_good import too_good

if TYPE_CHECKING:
    from riskslim.evaluation.result import CrossValidation
    from riskslim.scores.risk import RiskScore
    from riskslim.workflows.build import BuiltScore

__all__ = ["contents", "summary"]

_EN = language("en")
_WIDTH = 100
_RULES = {"one-se": "the fewest within one standard error of the best", "best": "the best"}


def summary(built: BuiltScore) -> str:
    """Write some ten lines that a clinician can read."""
    score = built.score
    training = score.training
    share = training.positives / training.rows
    lines = [
        f"Risk of {score.event}, from {built.source}: "
        f"{training.rows:,} rows, {training.positives:,} of them positive ({share:.1%}).",
        _points(built),
        _totals(built),
        _size(built),
        _proof(built),
    ]
    if built.validation is None:
        return "\n".join([*lines, _unjudged(built)])
    found = built.validation
    anew = "everything chosen" if len(built.curve) > 1 else "cuts, labels and points made"
    lines += [
        f"On people it has not seen ({found.plan.folds}-fold cross-validation, {anew} "
        f"anew in each fold{found.ended and '; '}{found.ended}):",
        _discrimination(built, found),
        _calibration(found),
        _decision(built),
        *(f"  {line}" for line in tier_lines(score, _EN)),
        _stability(built, found),
        *filter(None, [too_good(built, _EN)]),
    ]
    return "\n".join(lines)


def _unjudged(built: BuiltScore) -> str:
    """Say that nothing is known of people it has not seen."""
    return f"{_EN('built.unjudged')} In training: AUC {_value(_trained(built))}."


def _trained(built: BuiltScore) -> Estimate | None:
    return evaluate(built.score, built.data, built.outcome, built.weight).performance.auc


def _discrimination(built: BuiltScore, found: CrossValidation) -> str:
    return (
        f"  Discrimination: AUC {_interval(found.measures.auc)}{_others(built)}; in "
        f"training {_value(_trained(built))}.{_verdict(built)}"
    )


def _calibration(found: CrossValidation) -> str:
    tenths = [band for part in found.calibration for band in part]
    return (
        f"  Calibration: slope {_interval(found.measures.calibration_slope)}, in the large "
        f"{_interval(found.measures.calibration_in_the_large)}; mean error of tenths of the risk "
        f"{band_error(tenths):.1%}."
    )


def _size(built: BuiltScore) -> str:
    left_out = int(built.chosen.folds_left_out_)
    late = f" (the time did not suffice for {left_out} of its folds)" if left_out else ""
    if left_out and not built.curve:
        late = " (the time did not suffice to choose it)"
    used = len(variables_by_fold(built))
    features = f"{built.score.size} features of {used}" if used else "no features"
    if len(built.curve) < 2:
        return f"Size: at most {built.variables} variables, {features}{late}."
    teacher = ", fitted to the risks of a smooth model" if built.share == 1 else ""
    if 0 < built.share < 1:
        teacher = f", a smooth model having {built.share:.0%} of the labels"
    return (
        f"Size: at most {built.variables} variables, of up to {max(built.sizes)} that were tried "
        f"({features}){teacher}: {_RULES[built.rule]} in cross-validation{late}."
    )


def _others(built: BuiltScore) -> str:
    """Say how well other models predict on the same folds."""
    names = {"regression": "logistic regression on all columns", "boosted": "boosted trees"}
    known = [
        f"{names[name]} {_value(other.auc)}" for name, other in built.beside.items() if other.auc
    ]
    return f" ({', '.join(known)}, on the same folds)" if known else ""


def _verdict(built: BuiltScore) -> str:
    """Say in plain words where the score is no good, or much worse than the line beside it."""
    if is_chance(built):
        return f" {_EN('built.chance')}"
    if is_much_worse(built):
        return f" {_EN('built.worse')}"
    return ""


def _points(built: BuiltScore) -> str:
    """Name the items as the card does, each with its bands."""
    said = [
        (f"{group.title}: " if group.title else "")
        + ", ".join(f"{item.label} {item.short_points}" for item in group.items)
        for group in make_card(built.score, _EN).printed
    ]
    return textwrap.shorten(f"Points: {'; '.join(said) or 'none'}.", 12 * _WIDTH)


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
    among = next((r for r in built.score.rules if r.endswith(SCREENED)), "all candidate features")
    if certificate.is_optimal:
        return (
            f"Proof ({among}): no other such score of this size fits {_labels(built)} better (gap "
            f"{certificate.absolute_gap:.1g})."
        )
    return (
        f"Proof ({among}): the search ended at its {certificate.ended}; no such score fits "
        f"{_labels(built)} better by more than {certificate.absolute_gap:.2g} (of a loss of "
        f"{certificate.loss:.4f})."
    )


def _labels(built: BuiltScore) -> str:
    certificate = built.score.certificate
    if certificate is None or certificate.outcome_loss is None:
        return "the rows"
    labels = "the mixed labels" if certificate.teacher_share < 1 else "the smooth model's risks"
    return f"{labels} (loss against the outcomes {certificate.outcome_loss:.4f})"


def _decision(built: BuiltScore) -> str:
    best = best_cutoff(built)
    if best is None:
        return "  Decision: no total parts the people."
    return (
        f"  Called positive from a total of {best.total:g} (risk {_risk(best.risk)}): sensitivity "
        f"{_share(best.sensitivity)}, specificity {_share(best.specificity)}, PPV "
        f"{_share(best.ppv)}, NPV {_share(best.npv)}."
    )


def _stability(built: BuiltScore, found: CrossValidation) -> str:
    """Say how many folds used each variable of the score, by whatever cuts."""
    terms = [f"{label} in {count}" for label, count in variables_by_fold(built).items()]
    folds = len(found.folds)
    text = f"Its variables, in how many of {folds} folds: {', '.join(terms) or 'none'}."
    return f"  {textwrap.shorten(text, 4 * _WIDTH)}"


def _share(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate.value:.0%}"


def _value(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate.value:.3f}"


def _interval(estimate: Estimate | None) -> str:
    if estimate is None:
        return "-"
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def _chosen(built: BuiltScore) -> dict[str, Any]:
    return {
        "choice": {
            "variables": built.variables,
            "teacher_share": built.share,
            "slope": built.chosen.slope_,
            "rule": built.rule,
            "curve": [
                {"variables": size, "teacher_share": share, "losses": list(losses)}
                for (size, share), losses in built.curve.items()
            ],
        },
        "beside": {name: measures.to_dict() for name, measures in built.beside.items()},
    }


def contents(built: BuiltScore, language_code: str = "en") -> dict[str, str | bytes]:
    """Give every file of the folder by name; what people read is in a language."""
    from riskslim.report.curve import Curve
    from riskslim.report.page import report_on_risks
    from riskslim.report.parts import Parts

    score, texts = built.score, language(language_code)
    if built.validation is None:
        # There is no time for what is drawn, and a report is of people held out.
        return _carried(built, language_code)
    pocket, left_out = _pocket(score, language_code)
    parts = Parts(
        validation=built.validation,
        trained_here=True,
        data_name=built.source,
        notes=notes(built, texts),
        language_code=language_code,
        curve=Curve(built.curve, built.variables, built.share) if len(built.curve) > 1 else None,
    )
    report = report_on_risks(score, built.data, built.outcome, built.weight, parts)
    return {
        **_carried(built, language_code, left_out),
        **pocket,
        "report.html": report.page,
        **{
            f"figures/{name}.{kind}": plot.file(kind)
            for name, plot in report.plots.items()
            for kind in ("svg", "pdf")
        },
        "validation.json": as_json_text(built.validation.to_dict() | _chosen(built)) + "\n",
    }


def _carried(
    built: BuiltScore, language_code: str, left_out: Sequence[str] = ()
) -> dict[str, str | bytes]:
    """Give the files that say what the score is, and the summary with all warnings."""
    told = [f"Warning: {message}" for message in (*built.warnings, *left_out)]
    return {
        "score.json": built.score.to_json(),
        "card.html": built.score.to_html(language_code),
        "calculator.html": built.score.to_calculator(language_code),
        "summary.txt": "\n".join([built.summary, *told]) + "\n",
    }


def _pocket(score: RiskScore, language_code: str) -> tuple[dict[str, str | bytes], list[str]]:
    """Draw the pocket card; without a font for its names, warn instead, and go on."""
    try:
        return {"pocket.pdf": score.export("pdf", language_code)}, []
    except OptionError as error:
        message = f"pocket.pdf is left out: {error}"
        warnings.warn(message, DataWarning, stacklevel=3)
        return {}, [message]
