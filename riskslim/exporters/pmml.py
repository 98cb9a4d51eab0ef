"""Scores as PMML 4.4 scorecards, for engines that run models."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Xml

from riskslim.decision import DecisionScore
from riskslim.point_score import PointScore
from riskslim.score import RiskScore
from riskslim.totals import Feature

__all__ = ["pmml"]

_NAMESPACE = "http://www.dmg.org/PMML-4_4"
# XML 1.0 has no way to write these, not even escaped.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def pmml(score: PointScore) -> str:
    """Write a PMML 4.4 document with one Scorecard.

    The predicted value is the total; the output fields are ``total`` and ``risk``, or ``total``
    and ``yes`` (1 or 0).

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.

    Returns
    -------
    str
        XML, beginning with its declaration.
    """
    root = Xml.Element("PMML", {"xmlns": _NAMESPACE, "version": "4.4"})
    header = Xml.SubElement(
        root, "Header", {"description": _text(f"{score.kind.title()} score for {score.outcome}")}
    )
    Xml.SubElement(header, "Application", {"name": "riskslim"})
    fields = Xml.SubElement(root, "DataDictionary")
    # The schema asks for at least one field, also where none has points.
    listed = score.used_features or score.features[:1]
    for feature in listed:
        Xml.SubElement(
            fields,
            "DataField",
            {"name": _text(feature.name), "optype": "continuous", "dataType": "double"},
        )
    card = Xml.SubElement(
        root,
        "Scorecard",
        {
            "modelName": _text(score.outcome),
            "functionName": "regression",
            "initialScore": "0",
            "useReasonCodes": "false",
        },
    )
    schema = Xml.SubElement(card, "MiningSchema")
    for feature in listed:
        usage = {} if feature.points else {"usageType": "supplementary"}
        name = {"name": _text(feature.name)}
        Xml.SubElement(schema, "MiningField", {**name, **usage, "invalidValueTreatment": "asIs"})
    _output(card, score)
    characteristics = Xml.SubElement(card, "Characteristics")
    for number, feature in enumerate(score.used_features, start=1):
        _characteristic(characteristics, number, feature)
    if not score.used_features:
        # The schema asks for at least one.
        one = Xml.SubElement(characteristics, "Characteristic", {"name": "everyone"})
        Xml.SubElement(Xml.SubElement(one, "Attribute", {"partialScore": "0"}), "True")
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, "unicode") + "\n"


def _output(card: Xml.Element, score: PointScore) -> None:
    """Total, and risk = 1 / (1 + exp(-(intercept + total) / multiplier)) or total > threshold."""
    output = Xml.SubElement(card, "Output")
    continuous = {"optype": "continuous", "dataType": "double"}
    Xml.SubElement(
        output, "OutputField", {"name": "total", **continuous, "feature": "predictedValue"}
    )
    name = "risk" if isinstance(score, RiskScore) else "yes"
    result = Xml.SubElement(
        output, "OutputField", {"name": name, **continuous, "feature": "transformedValue"}
    )
    if isinstance(score, DecisionScore):
        choice = _apply(result, "if")
        exceeds = _apply(choice, "greaterThan")
        Xml.SubElement(exceeds, "FieldRef", {"field": "total"})
        _constant(exceeds, score.cutoff)
        _constant(choice, 1.0)
        _constant(choice, 0.0)
        return
    assert isinstance(score, RiskScore)
    if score.formula is None:
        _steps(result, score)
        return
    intercept, multiplier = score.formula
    quotient = _apply(result, "/")
    _constant(quotient, 1.0)
    denominator = _apply(quotient, "+")
    _constant(denominator, 1.0)
    margin = _apply(_apply(denominator, "exp"), "/")
    difference = _apply(margin, "-")
    _constant(difference, -float(intercept) + 0.0)
    Xml.SubElement(difference, "FieldRef", {"field": "total"})
    _constant(margin, multiplier)


def _steps(parent: Xml.Element, score: RiskScore) -> None:
    """Risks that are looked up: one interval of totals for each."""
    assert score.recalibration is not None
    edges, risks = score.recalibration.edges, score.recalibration.risks
    found = Xml.SubElement(parent, "Discretize", {"field": "total", "dataType": "double"})
    for low, high, risk in zip((None, *edges), (*edges, None), risks, strict=True):
        one = Xml.SubElement(found, "DiscretizeBin", {"binValue": repr(risk)})
        ends = {"leftMargin": low, "rightMargin": high}
        margins = {name: repr(end) for name, end in ends.items() if end is not None}
        Xml.SubElement(one, "Interval", {"closure": "closedOpen", **margins})


def _characteristic(parent: Xml.Element, number: int, feature: Feature) -> None:
    """Points times the value."""
    one = Xml.SubElement(parent, "Characteristic", {"name": f"item {number}"})
    attribute = Xml.SubElement(one, "Attribute")
    Xml.SubElement(attribute, "True")
    product = _apply(Xml.SubElement(attribute, "ComplexPartialScore"), "*")
    _constant(product, float(feature.points))
    Xml.SubElement(product, "FieldRef", {"field": _text(feature.name)})


def _apply(parent: Xml.Element, function: str) -> Xml.Element:
    return Xml.SubElement(parent, "Apply", {"function": function})


def _constant(parent: Xml.Element, value: float) -> None:
    Xml.SubElement(parent, "Constant", {"dataType": "double"}).text = repr(value)


def _text(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
