"""Scores as code: functions in Python and JavaScript without dependencies.

A risk score becomes ``total`` and ``risk``, a decision score ``total`` and ``yes``, 1 or 0.

Names are written as string literals by the quoting of each language, so that no name can
become code.
"""

from __future__ import annotations

import json
from importlib import resources

from riskslim.data.spelling import BLANK_WORDS
from riskslim.exporters.columns import clean
from riskslim.exporters.kinds import ByKind
from riskslim.exporters.reason_terms import reason_terms
from riskslim.exporters.terms import (
    Category,
    Either,
    Measurement,
    Term,
    Value,
    YesNo,
    reads_raw_table,
    terms,
)
from riskslim.scores.decision import DecisionScore
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore

__all__ = ["javascript", "python"]


def python(score: PointScore) -> str:
    """Write a module with ``total(values)`` and ``risk(values)`` or ``yes(values)``.

    That of a score of a raw table has ``reasons(values)`` too.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.

    Returns
    -------
    str
        Needs Python alone. ``values`` is a mapping from the names of columns (features, or the
        columns of the raw table that they are made of) to cells; None, NaN and the words for a
        blank are blanks of a raw table. A name that is missing raises `KeyError`; a value that
        is no finite number (or no date, or a blank without a rule) `ValueError`.
    """
    says, constants, function = _python_parts(score)
    raw = reads_raw_table(score)
    head = _reading("reading.py", "()", f"{sorted(BLANK_WORDS)!a}") if raw else _points(score)
    total = _python_raw_total(score) if raw else _python_total(score.base)
    outcome = clean(score.about.event or score.outcome)
    reasons = _python_reasons(score) if raw else ""
    return f"# {outcome!a}: {says}\n{head}\n{constants}\n{total}{function}{reasons}"


def _points(score: PointScore) -> str:
    points = "".join(f"    {name!a}: {value:d},\n" for name, value in score.points.items())
    return f"import math\n\nPOINTS = {{\n{points}}}"


def _python_total(base: int) -> str:
    return f'''

def total(values):
    """Sum of points times values, without the intercept."""
    result = {float(base)!r}
    for name, points in POINTS.items():
        value = float(values[name])
        if not math.isfinite(value):
            raise ValueError(f"{{name!r}} is not a finite number")
        result += points * value
    return result
'''


def _python_raw_total(score: PointScore) -> str:
    added = "".join(f"        + {_python_points(term)}\n" for term in terms(score))
    return f'''

def total(values):
    """Sum of the points of the columns of a raw table, without the intercept."""
    return (
        {float(score.base)!r}
{added}    )
'''


def _python_reasons(score: PointScore) -> str:
    found = reason_terms(score)
    listed = "".join(
        f"        ({one.name!a}, {' + '.join(map(_python_points, one.terms))} - ({one.least!r})),\n"
        for one in found
    )
    if not listed:
        return ""
    return f'''

def reasons(values):
    """Names and points beyond the fewest of what counts against somebody, the most first."""
    lost = [
{listed}    ]
    return sorted((one for one in lost if one[1] > 0), key=lambda one: -one[1])
'''


def _python_points(term: Term) -> str:
    """Write the call that gives the points of a term."""
    name = f"{term.columns[0]!a}"
    if isinstance(term, Value):
        return f"{term.feature.points:d} * finite(values[{name}], {name})"
    if isinstance(term, Either):
        return f"of_any(values, {_conditions(term)!a}, {term.yes}, {list(term.codes)!a})"
    ends = f"{term.blank}, {list(term.codes)!a})"
    match term:
        case Measurement(reference=None):
            steps = f"{list(term.steps)!r}, {dict(term.special)!r}"
            return f"of_number(values, {name}, {steps}, {ends}"
        case Measurement():
            until = f"{term.reference!a}, {term.reference_is_column}"
            return f"of_years(values, {name}, {until}, {list(term.steps)!r}, {ends}"
        case YesNo():
            return f"of_yes_no(values, {name}, {term.yes}, {ends}"
        case Category():
            levels = f"{dict(term.levels)!a}, {term.other}"
            return f"of_category(values, {name}, {levels}, {ends}"


def _conditions(term: Either) -> list[tuple[str, str, float]]:
    return [(one.column, one.sign, one.value) for one in term.conditions]


def _reading(name: str, empty: str, blanks: str) -> str:
    """Give what reads cells in a language, with the words for a blank put in."""
    folder = resources.files("riskslim.exporters") / "templates"
    text = (folder / name).read_text(encoding="utf-8")
    return text.replace(f"BLANKS = {empty}", f"BLANKS = {blanks}", 1)


_PYTHON_RISK = '''

def risk(values):
    """Probability of the positive outcome."""
    margin = (INTERCEPT + total(values)) / MULTIPLIER
    decay = math.exp(-abs(margin))
    return (1.0 if margin >= 0 else decay) / (1.0 + decay)
'''

_PYTHON_YES = '''

def yes(values):
    """1 where the positive outcome is decided, else 0."""
    return int(total(values) > THRESHOLD)
'''


_PYTHON_STEPS = '''

def risk(values):
    """Probability of the positive outcome."""
    reached = total(values)
    return RISKS[sum(reached >= edge for edge in EDGES)]
'''


_python_parts: ByKind[tuple[str, str, str]] = ByKind("as code")
"""Comment, constants and function of what a total stands for."""


@_python_parts.register
def _(score: DecisionScore) -> tuple[str, str, str]:
    return "yes where total > THRESHOLD", f"THRESHOLD = {score.cutoff:.17g}", _PYTHON_YES


@_python_parts.register
def _(score: RiskScore) -> tuple[str, str, str]:
    if score.formula is None:
        edges, risks = _steps(score)
        says = "risk = RISKS[number of EDGES that the total has reached]"
        return says, f"EDGES = {edges!r}\nRISKS = {risks!r}", _PYTHON_STEPS
    intercept, multiplier = score.formula
    says = "risk = 1 / (1 + exp(-(INTERCEPT + total) / MULTIPLIER))"
    return says, f"INTERCEPT = {intercept!r}\nMULTIPLIER = {multiplier!r}", _PYTHON_RISK


def _steps(score: RiskScore) -> tuple[list[float], list[float]]:
    """Totals at which looked-up risks step up, and the risks."""
    assert score.recalibration is not None
    return list(score.recalibration.edges), list(score.recalibration.risks)


def script_literal(value: object) -> str:
    """Write a JavaScript literal that is also safe inside an HTML script element."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def javascript(score: PointScore) -> str:
    """Write a script with ``riskscore.total(values)``, and ``riskscore.risk`` or ``.yes``.

    That of a score of a raw table has ``riskscore.reasons`` too.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.

    Returns
    -------
    str
        For browsers and Node; ``values`` is an object of numbers by name; of a raw table, of
        numbers, texts and null, dates written as year-month-day. A name that is missing, a
        value that is no finite number (or no date, or a blank without a rule) throws
        `TypeError`.
    """
    points = ",\n    ".join(
        f"[{script_literal(name)}, {value:d}]" for name, value in score.points.items()
    )
    total = _script_raw_total(score) if reads_raw_table(score) else _script_total(score.base)
    name, (constants, function) = score.number_name, _script_parts(score)
    reasons = _script_reasons(score) if reads_raw_table(score) else ""
    also = ", reasons: reasons" if reasons else ""
    return f""""use strict";
var riskscore = (function () {{
  var outcome = {script_literal(clean(score.about.event or score.outcome))};
{constants}
  var points = [
    {points}
  ];
{total}
{function}{reasons}
  return {{ outcome: outcome, points: points, total: total, {name}: {name}{also} }};
}})();
if (typeof module !== "undefined" && module.exports) module.exports = riskscore;
"""


def _script_total(base: int) -> str:
    return f"""\
  function total(values) {{
    return points.reduce(function (sum, item) {{
      var value = Object.prototype.hasOwnProperty.call(values, item[0]) ? values[item[0]] : NaN;
      if (typeof value === "boolean") value = Number(value);
      if (typeof value !== "number" || !isFinite(value)) {{
        throw new TypeError(JSON.stringify(item[0]) + " is not a finite number");
      }}
      return sum + item[1] * value;
    }}, {base});
  }}"""


def _script_raw_total(score: PointScore) -> str:
    added = "".join(f"\n      + {_script_points(term)}" for term in terms(score))
    reading = _reading("reading.js", "[]", script_literal(sorted(BLANK_WORDS)))
    return f"""{reading}\
  function total(values) {{
    return {score.base}{added};
  }}"""


def _script_reasons(score: PointScore) -> str:
    found = reason_terms(score)
    listed = ",".join(
        f"\n      [{script_literal(one.name)}, "
        f"{' + '.join(map(_script_points, one.terms))} - ({one.least!r})]"
        for one in found
    )
    if not listed:
        return ""
    return f"""
  // Names and points beyond the fewest of what counts against somebody, the most first.
  function reasons(values) {{
    var lost = [{listed}
    ];
    return lost.filter(function (one) {{ return one[1] > 0; }})
      .sort(function (one, other) {{ return other[1] - one[1]; }});
  }}"""


def _script_points(term: Term) -> str:
    """Write the call that gives the points of a term."""
    if isinstance(term, Either):
        given = (_conditions(term), term.yes, term.codes)
        return f"ofAny(values, {', '.join(map(script_literal, given))})"
    name, *others = map(script_literal, _script_arguments(term))
    match term:
        case Value(feature):
            return f"{feature.points:d} * finite(cellOf(values, {name}), {name})"
        case Measurement(reference=None):
            call = "ofNumber"
        case Measurement():
            call = "ofYears"
        case YesNo():
            call = "ofYesNo"
        case Category():
            call = "ofCategory"
    return f"{call}(values, {', '.join([name, *others])})"


def _script_arguments(term: Value | Measurement | YesNo | Category) -> list[object]:
    name = term.columns[0]
    match term:
        case Value():
            return [name]
        case Measurement(reference=None):
            return [name, term.steps, term.special, term.blank, term.codes]
        case Measurement():
            return [
                name,
                term.reference,
                term.reference_is_column,
                term.steps,
                term.blank,
                term.codes,
            ]
        case YesNo():
            return [name, term.yes, term.blank, term.codes]
        case Category():
            return [name, list(term.levels.items()), term.other, term.blank, term.codes]


_SCRIPT_RISK = """\
  function risk(values) {
    var margin = (intercept + total(values)) / multiplier;
    var decay = Math.exp(-Math.abs(margin));
    return (margin >= 0 ? 1 : decay) / (1 + decay);
  }"""

_SCRIPT_YES = """\
  function yes(values) {
    return Number(total(values) > threshold);
  }"""


_SCRIPT_STEPS = """\
  function risk(values) {
    var reached = total(values), step = 0;
    while (step < edges.length && reached >= edges[step]) step++;
    return risks[step];
  }"""


_script_parts: ByKind[tuple[str, str]] = ByKind("as code")
"""Constants and function of what a total stands for."""


@_script_parts.register
def _(score: DecisionScore) -> tuple[str, str]:
    return f"  var threshold = {score.cutoff:.17g};", _SCRIPT_YES


@_script_parts.register
def _(score: RiskScore) -> tuple[str, str]:
    if score.formula is None:
        edges, risks = _steps(score)
        constants = f"  var edges = {json.dumps(edges)};\n  var risks = {json.dumps(risks)};"
        return constants, _SCRIPT_STEPS
    intercept, multiplier = score.formula
    return f"  var intercept = {intercept!r};\n  var multiplier = {multiplier!r};", _SCRIPT_RISK
