"""Scores as PMML 4.4 scorecards, for engines that run models."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from xml.etree import ElementTree as Xml

from riskslim.data.spelling import BLANK_WORDS
from riskslim.decision import DecisionScore
from riskslim.errors import ScoreError
from riskslim.exporters.terms import (
    Category,
    Measurement,
    Term,
    Value,
    YesNo,
    code_numbers,
    free_name,
    terms,
)
from riskslim.names import quoted
from riskslim.point_score import PointScore
from riskslim.score import RiskScore
from riskslim.totals import Feature

__all__ = ["pmml"]

_NAMESPACE = "http://www.dmg.org/PMML-4_4"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CAPITALS = (str.lower, str.upper, str.capitalize)
# XML 1.0 has no way to write these, not even escaped.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def pmml(score: PointScore) -> str:
    """Write a PMML 4.4 document with one Scorecard.

    The predicted value is the total; the output fields are ``total`` and ``risk``, or ``total``
    and ``yes`` (1 or 0); ``score_total`` and so on where a column that the score knows has the
    name. A score of a raw table reads its columns: numbers, dates and texts.

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
    # The schema asks for at least one field, also where none has points.
    listed = terms(score) or tuple(map(Value, score.features[:1]))
    _check_names(name for term in listed for name in term.columns)
    _dictionary(root, listed)
    years = _years(root, listed, score)
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
    usage = {} if score.size else {"usageType": "supplementary"}
    for name in dict.fromkeys(name for term in listed for name in term.columns):
        field = {"name": _text(name), **usage, "invalidValueTreatment": "asIs"}
        Xml.SubElement(schema, "MiningField", field)
    _output(card, score)
    characteristics = Xml.SubElement(card, "Characteristics")
    for number, term in enumerate(terms(score), start=1):
        one = Xml.SubElement(characteristics, "Characteristic", {"name": f"item {number}"})
        _attributes(one, term, years)
    if not score.used_features:
        # The schema asks for at least one.
        one = Xml.SubElement(characteristics, "Characteristic", {"name": "everyone"})
        Xml.SubElement(Xml.SubElement(one, "Attribute", {"partialScore": "0"}), "True")
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, "unicode") + "\n"


def _check_names(names: Iterable[str]) -> None:
    """Refuse names that are one where XML cannot write their letters."""
    known: dict[str, str] = {}
    for name in names:
        other = known.setdefault(_text(name), name)
        if other != name:
            raise ScoreError(
                f"XML has no letters to tell {quoted([other, name])} apart; fit the score with "
                "other names to write it as PMML"
            )


def _dictionary(root: Xml.Element, listed: Sequence[Term]) -> None:
    """List the columns with their types; of texts also the words for a blank."""
    fields = Xml.SubElement(root, "DataDictionary")
    columns = {name: term for term in listed for name in term.columns}
    for name, term in columns.items():
        operations, kind = _type(term)
        field = {"name": _text(name), "optype": operations, "dataType": kind}
        made = Xml.SubElement(fields, "DataField", field)
        for word in sorted(_blanks(term, kind)):
            Xml.SubElement(made, "Value", {"value": _text(word), "property": "missing"})


def _blanks(term: Term, kind: str) -> set[str]:
    """Give what stands for a blank, as far as a field of a type can hold it."""
    if isinstance(term, Value):
        return set()
    if kind == "double":
        return {repr(number).removesuffix(".0") for number in code_numbers(term.codes)}
    if not isinstance(term, Category):
        return {code for code in term.codes if _DAY.fullmatch(code)}
    words = {way(word) for word in (*BLANK_WORDS, *term.codes) for way in _CAPITALS}
    codes = [repr(number).removesuffix(".0") for number in code_numbers(term.codes)]
    of_numbers = {f"{code}{end}" for code in codes for end in ("", ".0")}
    return (words | of_numbers | set(term.codes)) - set(term.words)


def _type(term: Term) -> tuple[str, str]:
    match term:
        case Category():
            return "categorical", "string"
        case Measurement(reference=str()):
            return "continuous", "date"
    return "continuous", "double"


def _years(root: Xml.Element, listed: Sequence[Term], score: PointScore) -> dict[str, str]:
    """Derive completed years from dates; give the names of the fields that hold them, by column.

    A date as a number, 20240331, less another one is ten thousand times the years, and
    something that is negative only where the birthday is still to come.
    """
    names = {}
    dates = [term for term in listed if isinstance(term, Measurement) and term.reference]
    made = Xml.SubElement(root, "TransformationDictionary") if dates else root
    for term in dates:
        own = {
            name: _derived(made, free_name(f"day of {name}", score), "integer")
            for name in term.columns
        }
        for name, field in own.items():
            written = _apply(field, "formatDatetime")
            Xml.SubElement(written, "FieldRef", {"field": _text(name)})
            Xml.SubElement(written, "Constant", {"dataType": "string"}).text = "%Y%m%d"
        years = _derived(made, free_name(f"years since {term.column}", score), "double")
        names[term.column] = years.attrib["name"]
        quotient = _apply(_apply(years, "floor"), "/")
        difference = _apply(quotient, "-")
        _constant(quotient, 10000.0)
        if not term.reference_is_column:
            _constant(difference, float(str(term.reference)[:10].replace("-", "")))
        for field in reversed(own.values()):
            Xml.SubElement(difference, "FieldRef", {"field": field.attrib["name"]})
    return names


def _derived(parent: Xml.Element, name: str, kind: str) -> Xml.Element:
    field = {"name": _text(name), "optype": "continuous", "dataType": kind}
    return Xml.SubElement(parent, "DerivedField", field)


def _attributes(parent: Xml.Element, term: Term, years: Mapping[str, str]) -> None:
    """Write the points of a term: the first attribute that holds gives them; none is an error."""
    name = term.columns[0]
    match term:
        case Value(feature):
            _product(parent, feature)
            return
        case YesNo(yes=yes):
            choices = [("equal", "1", yes), ("equal", "0", 0)]
        case Measurement():
            choices = [("greaterOrEqual", repr(least), has) for least, has in term.steps[::-1]]
            # There are no years before birth, nor a number below this one.
            least = 0.0 if term.reference else -sys.float_info.max
            choices.append(("greaterOrEqual", repr(least), 0))
        case Category():
            choices = [
                ("equal", level, has) for level, has in term.spellings.items() if has != term.other
            ]
            choices.append(("isNotMissing", "", term.other))
    if term.blank is not None:
        _blank(parent, term.columns, term.blank)
    for operator, value, points in choices:
        given = {"value": _text(value)} if operator != "isNotMissing" else {}
        _predicate(_attribute(parent, points), years.get(name, name), operator, given)


def _attribute(parent: Xml.Element, points: int) -> Xml.Element:
    return Xml.SubElement(parent, "Attribute", {"partialScore": str(points)})


def _predicate(
    parent: Xml.Element, field: str, operator: str, given: Mapping[str, str] | None = None
) -> None:
    what = {"field": _text(field), "operator": operator, **(given or {})}
    Xml.SubElement(parent, "SimplePredicate", what)


def _blank(parent: Xml.Element, columns: Sequence[str], points: int) -> None:
    attribute = _attribute(parent, points)
    if len(columns) > 1:
        attribute = Xml.SubElement(attribute, "CompoundPredicate", {"booleanOperator": "or"})
    for name in columns:
        _predicate(attribute, name, "isMissing")


def _output(card: Xml.Element, score: PointScore) -> None:
    """Total, and risk = 1 / (1 + exp(-(intercept + total) / multiplier)) or total > threshold."""
    output = Xml.SubElement(card, "Output")
    continuous = {"optype": "continuous", "dataType": "double"}
    total = _text(free_name("total", score))
    Xml.SubElement(
        output, "OutputField", {"name": total, **continuous, "feature": "predictedValue"}
    )
    name = _text(free_name("risk" if isinstance(score, RiskScore) else "yes", score))
    result = Xml.SubElement(
        output, "OutputField", {"name": name, **continuous, "feature": "transformedValue"}
    )
    if isinstance(score, DecisionScore):
        choice = _apply(result, "if")
        exceeds = _apply(choice, "greaterThan")
        Xml.SubElement(exceeds, "FieldRef", {"field": total})
        _constant(exceeds, score.cutoff)
        _constant(choice, 1.0)
        _constant(choice, 0.0)
        return
    assert isinstance(score, RiskScore)
    if score.formula is None:
        _steps(result, score, total)
        return
    intercept, multiplier = score.formula
    quotient = _apply(result, "/")
    _constant(quotient, 1.0)
    denominator = _apply(quotient, "+")
    _constant(denominator, 1.0)
    margin = _apply(_apply(denominator, "exp"), "/")
    difference = _apply(margin, "-")
    _constant(difference, -float(intercept) + 0.0)
    Xml.SubElement(difference, "FieldRef", {"field": total})
    _constant(margin, multiplier)


def _steps(parent: Xml.Element, score: RiskScore, total: str) -> None:
    """Risks that are looked up: one interval of totals for each."""
    assert score.recalibration is not None
    edges, risks = score.recalibration.edges, score.recalibration.risks
    found = Xml.SubElement(parent, "Discretize", {"field": total, "dataType": "double"})
    for low, high, risk in zip((None, *edges), (*edges, None), risks, strict=True):
        one = Xml.SubElement(found, "DiscretizeBin", {"binValue": repr(risk)})
        ends = {"leftMargin": low, "rightMargin": high}
        margins = {name: repr(end) for name, end in ends.items() if end is not None}
        Xml.SubElement(one, "Interval", {"closure": "closedOpen", **margins})


def _product(parent: Xml.Element, feature: Feature) -> None:
    """Points times the value."""
    attribute = Xml.SubElement(parent, "Attribute")
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
