"""CQL: a library that a hospital's record system evaluates, its inputs as parameters.

Where the record keeps each input is known there alone: an author replaces a parameter by a
definition that retrieves it. A null is what is not known; without a rule of the score for it, total
and risk are null.

References
----------
HL7, "Clinical Quality Language" 1.5 (2021). Its decimals have eight digits after the point.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import singledispatch

from riskslim.errors import OptionError
from riskslim.exporters.columns import clean
from riskslim.exporters.fhir import machine_name
from riskslim.exporters.meaning import meaning_of
from riskslim.exporters.terms import (
    Category,
    Either,
    Measurement,
    Term,
    Value,
    YesNo,
    columns_read,
    free_name,
    terms,
)
from riskslim.languages import language
from riskslim.scores.decision import DecisionScore
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore

__all__ = ["cql"]

_DIGITS = 8


def cql(score: PointScore) -> str:
    """Write a library that defines ``"Total"``, and ``"Risk"`` or ``"Yes"``.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.

    Returns
    -------
    str
        Parameters are the columns that the score reads: a Decimal for a number, a Boolean for a
        yes or no, a Date for a date, a String for a category. The intercept and the multiplier
        are rounded to the digits that CQL has, and so is a risk.

    Raises
    ------
    OptionError
        A cut has more digits than CQL keeps; names it.
    """
    made = terms(score)
    title = meaning_of(score, language("en")).title
    lines = [
        f"library {machine_name(title)} version {_text(score.about.version or '1')}",
        "",
        f"// {clean(title)}",
        "// Replace a parameter by a definition that retrieves it. Null is what is not known.",
        "",
        *_parameters(made),
        "",
    ]
    taken = set(columns_read(score))
    parts = []
    for place, term in enumerate(made, start=1):
        name = f"Points {place}"
        while name in taken:
            name += " "
        taken.add(name)
        parts.append(_name(name))
        lines += [
            f"// {clean(', '.join(term.columns))}",
            f"define {_name(name)}: {_points(term)}",
            "",
        ]
    total = _name(free_name("Total", score))
    start = _decimal(score.base)
    lines += [f"define {total}: {' + '.join([start, *parts])}", "", *_results(score, total)]
    return "\n".join(lines).rstrip() + "\n"


def _parameters(made: Sequence[Term]) -> list[str]:
    """Declare each column once, with its type."""
    kinds: dict[str, str] = {}
    for term in made:
        match term:
            case Value():
                own = {term.feature.name: "Decimal"}
            case Measurement(reference=None):
                own = {term.column: "Decimal"}
            case Measurement():
                own = dict.fromkeys(term.columns, "Date")
            case YesNo():
                own = {term.column: "Boolean"}
            case Category():
                own = {term.column: "String"}
            case Either():
                own = {
                    one.column: "Boolean" if one.sign == "=" else "Decimal"
                    for one in term.conditions
                }
        for name, kind in own.items():
            if kinds.setdefault(name, kind) != kind:
                raise OptionError(
                    f"column {name!r} is read as {kinds[name]} and as {kind}, which no parameter "
                    "of CQL is; export to another format"
                )
    return [f"parameter {_name(name)} {kind}" for name, kind in kinds.items()]


def _points(term: Term) -> str:
    """Write the points of a term."""
    match term:
        case Value():
            return f"{_decimal(term.feature.points)} * {_name(term.feature.name)}"
        case Measurement():
            value = _name(term.column)
            if term.reference is not None:
                value = f"(years between {value} and {_until(term)})"
            cases = [(f"{value} = {_decimal(code)}", points) for code, points in term.special]
            cases += [
                (f"{value} >= {_decimal(least, term.column)}", points)
                for least, points in reversed(term.steps)
            ]
            return _cases(value, cases, 0, term.blank)
        case YesNo():
            value = _name(term.column)
            return _cases(value, [(value, term.yes)], 0, term.blank)
        case Category():
            value = _name(term.column)
            cases = [(f"{value} = {_text(level)}", points) for level, points in term.levels.items()]
            return _cases(value, cases, term.other, term.blank)
        case Either():
            either = " or ".join(_condition(term))
            return _cases(f"({either})", [(f"({either})", term.yes)], 0, None)


def _condition(term: Either) -> Iterator[str]:
    for one in term.conditions:
        name = _name(one.column)
        if one.sign == "=":
            yield name if one.value else f"(not {name})"
        else:
            yield f"({name} {one.sign} {_decimal(one.value, one.column)})"


def _until(term: Measurement) -> str:
    assert term.reference is not None
    if term.reference_is_column:
        return _name(term.reference)
    day = datetime.date.fromisoformat(term.reference[:10])
    return f"@{day.isoformat()}"


def _cases(
    value: str, cases: Sequence[tuple[str, int]], other: int | None, blank: int | None
) -> str:
    """Write the points of the first case that holds, and those of a null."""
    lines = [f"when {value} is null then {_points_or_null(blank)}"]
    lines += [f"when {condition} then {_decimal(points)}" for condition, points in cases]
    inner = "\n    ".join([*lines, f"else {_points_or_null(other)}"])
    return f"case\n    {inner}\n  end"


def _points_or_null(points: int | None) -> str:
    return "null as Decimal" if points is None else _decimal(points)


@singledispatch
def _results(score: PointScore, total: str) -> list[str]:  # noqa: ARG001
    """Define what follows from a total."""
    raise TypeError(f"no way to say in CQL what a total of {score!r} stands for")


@_results.register
def _(score: RiskScore, total: str) -> list[str]:
    name = _name(free_name("Risk", score))
    if score.formula is not None:
        intercept, multiplier = map(_rounded, score.formula)
        margin = f"({intercept} + {total}) / {multiplier}"
        return [f"define {name}: 1.0 / (1.0 + Exp(-({margin})))"]
    assert score.recalibration is not None
    edges, risks = score.recalibration.edges, score.recalibration.risks
    cases = [
        f"when {total} >= {_decimal(edge, 'a total')} then {_rounded(risk)}"
        for edge, risk in reversed(list(zip(edges, risks[1:], strict=True)))
    ]
    inner = "\n    ".join(
        [f"when {total} is null then null as Decimal", *cases, f"else {_rounded(risks[0])}"]
    )
    return [f"define {name}: case\n    {inner}\n  end"]


@_results.register
def _(score: DecisionScore, total: str) -> list[str]:
    return [
        f"define {_name(free_name('Yes', score))}: {total} > {_decimal(score.cutoff, 'cut-off')}"
    ]


def _decimal(value: float, named: str = "") -> str:
    """Write a number as a decimal that CQL keeps exactly."""
    exact = Decimal(repr(float(value)))
    if exact != round(exact, _DIGITS):
        raise OptionError(
            f"{named}: {value!r} has more than {_DIGITS} digits after the point, which CQL drops; "
            "round its cut points, or export to another format"
        )
    text = format(exact, "f")
    text = text if "." in text else f"{text}.0"
    return f"({text})" if exact < 0 else text


def _rounded(value: float) -> str:
    return _decimal(float(round(Decimal(repr(float(value))), _DIGITS)))


def _name(name: str) -> str:
    return f'"{_escaped(name)}"'


def _text(words: str) -> str:
    return f"'{_escaped(words)}'"


def _escaped(words: str) -> str:
    """Escape what ends a name or a text in CQL, and all that is no printable letter."""
    signs = {"\\": "\\\\", '"': '\\"', "'": "\\'", "`": "\\`"}
    return "".join(
        signs.get(letter, letter)
        if letter.isprintable()
        else "".join(f"\\u{unit:04x}" for unit in _units(letter))
        for letter in words
    )


def _units(letter: str) -> tuple[int, ...]:
    coded = letter.encode("utf-16-be", "surrogatepass")
    return tuple(int.from_bytes(coded[at : at + 2], "big") for at in range(0, len(coded), 2))
