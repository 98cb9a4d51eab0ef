"""Scores as PMML 4.4 scorecards, for engines that run models."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as Xml

from riskslim.data.spelling import BLANK_WORDS
from riskslim.errors import ScoreError
from riskslim.exporters.kinds import ByKind
from riskslim.exporters.reason_terms import MOST_REASONS, reason_terms
from riskslim.exporters.terms import (
    Category,
    Either,
    Measurement,
    Term,
    Value,
    YesNo,
    code_numbers,
    free_name,
    terms,
)
from riskslim.names import quoted
from riskslim.scores.decision import DecisionScore
from riskslim.scores.items import Feature
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore

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
    name. A score of a raw table reads its columns: numbers, dates and texts. Where each of its
    characteristics is one of the scorecard, ``reason_1`` and so on name those that give the most
    points beyond their fewest.

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
    outcome = score.about.event or score.outcome
    title = score.about.title or f"{score.kind.title()} score for {outcome}"
    header = Xml.SubElement(root, "Header", {"description": _text(title)})
    Xml.SubElement(header, "Application", {"name": "riskslim"})
    # The schema asks for at least one field, also where none has points.
    listed = terms(score) or tuple(map(Value, score.features[:1]))
    _check_names(name for term in listed for name in term.columns)
    _dictionary(root, listed)
    fields = _derived_fields(root, listed, score)
    found = reason_terms(score)
    # Of several terms that are one characteristic none is a reason by itself.
    are_single = all(len(one.terms) == 1 for one in found)
    reasons = {one.terms[0].columns: one for one in found} if are_single else {}
    card = Xml.SubElement(
        root,
        "Scorecard",
        {
            "modelName": _text(outcome),
            "functionName": "regression",
            "initialScore": str(score.base),
            "useReasonCodes": "true" if reasons else "false",
            **({"reasonCodeAlgorithm": "pointsAbove"} if reasons else {}),
        },
    )
    schema = Xml.SubElement(card, "MiningSchema")
    usage = {} if score.size else {"usageType": "supplementary"}
    for name, kind in {name: _type(term)[1] for term in listed for name in term.columns}.items():
        # Engines take NaN and infinity for large numbers.
        treatment = "returnInvalid" if kind == "double" else "asIs"
        field = {"name": _text(name), **usage, "invalidValueTreatment": treatment}
        Xml.SubElement(schema, "MiningField", field)
    _output(card, score, min(len(reasons), MOST_REASONS))
    characteristics = Xml.SubElement(card, "Characteristics")
    for number, term in enumerate(terms(score), start=1):
        given = {"name": f"item {number}"}
        if term.columns in reasons:
            name, _, least = reasons[term.columns]
            given |= {"reasonCode": _text(name), "baselineScore": f"{least!r}"}
        one = Xml.SubElement(characteristics, "Characteristic", given)
        _attributes(one, term, fields)
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
        if kind == "double":
            ends = {
                "leftMargin": repr(-sys.float_info.max),
                "rightMargin": repr(sys.float_info.max),
            }
            Xml.SubElement(made, "Interval", {"closure": "closedClosed", **ends})
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


def _derived_fields(
    root: Xml.Element, listed: Sequence[Term], score: PointScore
) -> dict[str, _Derived]:
    """Derive what points depend on where it is not the cell itself, by column."""
    made = Xml.Element("TransformationDictionary")
    fields = {}
    for term in listed:
        if isinstance(term, Measurement) and term.reference:
            fields[term.column] = _Derived(_years(made, term, score))
        elif isinstance(term, Category):
            fields[term.column] = _spelled(made, term, score)
    if len(made):
        root.append(made)
    return fields


class _Derived(NamedTuple):
    """Names of derived fields: what the cell says, and the number that a text says."""

    value: str
    number: str = ""


def _years(made: Xml.Element, term: Measurement, score: PointScore) -> str:
    """Derive completed years from dates; give the name of the field that holds them.

    A date as a number, 20240331, less another one is ten thousand times the years, and
    something that is negative only where the birthday is still to come.
    """
    own = {
        name: _derived(made, free_name(f"day of {name}", score), "integer") for name in term.columns
    }
    for name, field in own.items():
        written = _apply(field, "formatDatetime")
        _reference(written, name)
        _constant(written, "%Y%m%d")
    years = _derived(made, free_name(f"years since {term.column}", score), "double")
    quotient = _apply(_apply(years, "floor"), "/")
    difference = _apply(quotient, "-")
    _constant(quotient, 10000.0)
    if not term.reference_is_column:
        _constant(difference, float(str(term.reference)[:10].replace("-", "")))
    for field in reversed(own.values()):
        _reference(difference, field.attrib["name"])
    return years.attrib["name"]


def _spelled(made: Xml.Element, term: Category, score: PointScore) -> _Derived:
    """Derive what a text says, missing where that is a blank, and the number that it is."""
    words = _derived(made, free_name(f"words of {term.column}", score), "string", "categorical")
    single = _apply(_apply(words, "trimBlanks"), "replace", missing="")
    _reference(single, term.column)
    _constant(single, "[ \t\u00a0]+")
    _constant(single, " ")
    text = _derived(made, free_name(f"text of {term.column}", score), "string", "categorical")
    choice = _apply(text, "if")
    says = _apply(choice, "isNotIn")
    _reference(says, words.attrib["name"])
    for word in sorted(_blanks(term, "string")):
        _constant(says, _text(word))
    _reference(choice, words.attrib["name"])
    name = text.attrib["name"]
    if not term.numbers:
        return _Derived(name)
    number = _derived(made, free_name(f"number of {term.column}", score), "double")
    choice = _apply(number, "if")
    is_number = _apply(choice, "matches", missing="false")
    _reference(is_number, name)
    _constant(is_number, r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$")
    _reference(choice, name)
    return _Derived(name, number.attrib["name"])


def _derived(
    parent: Xml.Element, name: str, kind: str, operations: str = "continuous"
) -> Xml.Element:
    field = {"name": _text(name), "optype": operations, "dataType": kind}
    return Xml.SubElement(parent, "DerivedField", field)


def _attributes(parent: Xml.Element, term: Term, fields: Mapping[str, _Derived]) -> None:
    """Write the points of a term: the first attribute that holds gives them; none is an error."""
    name = term.columns[0]
    field, number = fields.get(name, _Derived(name))
    match term:
        case Value(feature):
            _product(parent, feature)
            return
        case Either():
            _any_of(parent, term)
            return
        case YesNo(yes=yes):
            choices = [(field, "equal", "1", yes), (field, "equal", "0", 0)]
        case Measurement():
            # There are no years before birth, nor a number below this one.
            least = 0.0 if term.reference else -sys.float_info.max
            steps = [*term.steps[::-1], (least, 0)]
            choices = [(field, "equal", repr(code), has) for code, has in term.special]
            choices += [(field, "greaterOrEqual", repr(least), has) for least, has in steps]
        case Category():
            texts = [(field, level, has) for level, has in term.spellings.items()]
            numbers = [(number, repr(value), has) for value, has in term.numbers.items()]
            choices = [
                (name, "equal", value, has)
                for name, value, has in (*texts, *numbers)
                if has != term.other
            ]
            if term.other is not None:
                choices.append((field, "isNotMissing", "", term.other))
    if term.blank is not None:
        _blank(parent, [field] if isinstance(term, Category) else term.columns, term.blank)
    for tested, operator, value, points in choices:
        given = {"value": _text(value)} if operator != "isNotMissing" else {}
        _predicate(_attribute(parent, points), tested, operator, given)


_OPERATORS = {
    "<": ("lessThan", "greaterOrEqual"),
    "<=": ("lessOrEqual", "greaterThan"),
    ">": ("greaterThan", "lessOrEqual"),
    ">=": ("greaterOrEqual", "lessThan"),
    "=": ("equal", "notEqual"),
}


def _any_of(parent: Xml.Element, term: Either) -> None:
    """Write a yes where one condition holds, then a no where none does; neither is an error."""
    for points, joined, opposite in ((term.yes, "or", 0), (0, "and", 1)):
        attribute = _attribute(parent, points)
        if len(term.conditions) > 1:
            attribute = Xml.SubElement(attribute, "CompoundPredicate", {"booleanOperator": joined})
        for one in term.conditions:
            operator = _OPERATORS[one.sign][opposite]
            _predicate(attribute, one.column, operator, {"value": repr(one.value)})


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


def _output(card: Xml.Element, score: PointScore, reasons: int) -> None:
    """Write so many reasons, the total, and what it means.

    The risk is 1 / (1 + exp(-(intercept + total) / multiplier)), a decision total > threshold.
    """
    output = Xml.SubElement(card, "Output")
    for rank in range(1, reasons + 1):
        given = {"optype": "categorical", "dataType": "string", "feature": "reasonCode"}
        name = _text(free_name(f"reason_{rank}", score))
        Xml.SubElement(output, "OutputField", {"name": name, **given, "rank": str(rank)})
    continuous = {"optype": "continuous", "dataType": "double"}
    total = _text(free_name("total", score))
    Xml.SubElement(
        output, "OutputField", {"name": total, **continuous, "feature": "predictedValue"}
    )
    name = _text(free_name(score.number_name, score))
    result = Xml.SubElement(
        output, "OutputField", {"name": name, **continuous, "feature": "transformedValue"}
    )
    _compute(score, result, total)


_compute: ByKind[None] = ByKind("in PMML")
"""Write what a total, which is a field of that name, stands for."""


@_compute.register
def _(score: DecisionScore, result: Xml.Element, total: str) -> None:
    choice = _apply(result, "if")
    exceeds = _apply(choice, "greaterThan")
    Xml.SubElement(exceeds, "FieldRef", {"field": total})
    _constant(exceeds, score.cutoff)
    _constant(choice, 1.0)
    _constant(choice, 0.0)


@_compute.register
def _(score: RiskScore, result: Xml.Element, total: str) -> None:
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
    _reference(product, feature.name)


def _apply(parent: Xml.Element, function: str, missing: str | None = None) -> Xml.Element:
    """Apply a function, which gives another value, if one is named, where an argument lacks."""
    given = {} if missing is None else {"mapMissingTo": missing}
    return Xml.SubElement(parent, "Apply", {"function": function, **given})


def _reference(parent: Xml.Element, name: str) -> None:
    Xml.SubElement(parent, "FieldRef", {"field": _text(name)})


def _constant(parent: Xml.Element, value: float | str) -> None:
    kind = "string" if isinstance(value, str) else "double"
    text = value if isinstance(value, str) else repr(value)
    Xml.SubElement(parent, "Constant", {"dataType": kind}).text = text


def _text(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
