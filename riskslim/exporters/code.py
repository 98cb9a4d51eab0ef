"""Scores as code: functions in Python and JavaScript without dependencies, and a SQL query.

Names are written as string literals (identifiers in SQL) by the quoting of each
language, so that no name can become code.
"""

from __future__ import annotations

import json

from riskslim.exporters.columns import clean
from riskslim.score import RiskScore

__all__ = ["javascript", "python", "sql"]


def python(score: RiskScore) -> str:
    """Write a module with ``total(values)`` and ``risk(values)``; needs Python alone.

    Parameters
    ----------
    score : RiskScore
        The score.

    Returns
    -------
    str
        ``values`` is a mapping from the features' names to numbers; a name that is missing
        raises `KeyError`, a value that is no finite number `ValueError`.
    """
    points = "".join(f"    {name!a}: {value:d},\n" for name, value in score.points.items())
    about, constants, body = _python_risk(score)
    return f'''# {clean(score.outcome)!a}: {about}
{"import bisect" + chr(10) if score.formula is None else ""}import math

POINTS = {{
{points}}}
{constants}


def total(values):
    """Sum of points times values, without the intercept."""
    result = 0.0
    for name, points in POINTS.items():
        value = float(values[name])
        if not math.isfinite(value):
            raise ValueError(f"{{name!r}} is not a finite number")
        result += points * value
    return result


def risk(values):
    """Probability of the positive outcome."""
{body}
'''


def _python_risk(score: RiskScore) -> tuple[str, str, str]:
    """Comment, constants and body of the function for the risk."""
    if score.formula is None:
        edges, risks = _steps(score)
        about = "risk = RISKS[number of EDGES that the total has reached]"
        body = "    return RISKS[bisect.bisect_right(EDGES, total(values))]"
        return about, f"EDGES = {edges!r}\nRISKS = {risks!r}", body
    intercept, multiplier = score.formula
    return (
        "risk = 1 / (1 + exp(-(INTERCEPT + total) / MULTIPLIER))",
        f"INTERCEPT = {intercept!r}\nMULTIPLIER = {multiplier!r}",
        """    margin = (INTERCEPT + total(values)) / MULTIPLIER
    decay = math.exp(-abs(margin))
    return (1.0 if margin >= 0 else decay) / (1.0 + decay)""",
    )


def _steps(score: RiskScore) -> tuple[list[float], list[float]]:
    """Totals at which looked-up risks step up, and the risks."""
    assert score.recalibration is not None
    return list(score.recalibration.edges), list(score.recalibration.risks)


def script_literal(value: object) -> str:
    """Write a JavaScript literal that is also safe inside an HTML script element."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def javascript(score: RiskScore) -> str:
    """Write a script with ``riskscore.total(values)`` and ``riskscore.risk(values)``.

    Parameters
    ----------
    score : RiskScore
        The score.

    Returns
    -------
    str
        For browsers and Node; ``values`` is an object of numbers by name. A name that is
        missing or a value that is no finite number throws `TypeError`.
    """
    points = ",\n    ".join(
        f"[{script_literal(name)}, {value:d}]" for name, value in score.points.items()
    )
    constants, body = _javascript_risk(score)
    return f""""use strict";
var riskscore = (function () {{
  var outcome = {script_literal(clean(score.outcome))};
{constants}
  var points = [
    {points}
  ];
  function total(values) {{
    return points.reduce(function (sum, item) {{
      var value = Object.prototype.hasOwnProperty.call(values, item[0]) ? values[item[0]] : NaN;
      if (typeof value === "boolean") value = Number(value);
      if (typeof value !== "number" || !isFinite(value)) {{
        throw new TypeError(JSON.stringify(item[0]) + " is not a finite number");
      }}
      return sum + item[1] * value;
    }}, 0);
  }}
  function risk(values) {{
{body}
  }}
  return {{ outcome: outcome, points: points, total: total, risk: risk }};
}})();
if (typeof module !== "undefined" && module.exports) module.exports = riskscore;
"""


def _javascript_risk(score: RiskScore) -> tuple[str, str]:
    """Constants and body of the function for the risk."""
    if score.formula is None:
        edges, risks = _steps(score)
        return (
            f"  var edges = {json.dumps(edges)};\n  var risks = {json.dumps(risks)};",
            """    var reached = total(values), step = 0;
    while (step < edges.length && reached >= edges[step]) step++;
    return risks[step];""",
        )
    intercept, multiplier = score.formula
    return (
        f"  var intercept = {intercept!r};\n  var multiplier = {multiplier!r};",
        """    var margin = (intercept + total(values)) / multiplier;
    var decay = Math.exp(-Math.abs(margin));
    return (margin >= 0 ? 1 : decay) / (1 + decay);""",
    )


def sql(score: RiskScore, table: str = "people") -> str:
    """Write a query that adds total and risk to a table.

    Parameters
    ----------
    score : RiskScore
        The score.
    table : str
        Name of the table, which has a column for each feature with points.

    Returns
    -------
    str
        Standard SQL with ``EXP``, as SQLite (3.35 or later), DuckDB and PostgreSQL have it.
        A total with a NULL in it is NULL, and so is its risk.
    """
    terms = [f"{value:+d} * {_identifier(name)}" for name, value in score.points.items()]
    total = "\n      ".join(["0e0", *terms])
    name = _identifier(table)
    cases = "\n    ".join(_sql_cases(score))
    return f"""SELECT
  scored.*,
  CASE
    {cases}
  END AS risk
FROM (
  SELECT
    {name}.*,
    (
      {total}
    ) AS total
  FROM {name}
) AS scored;
"""


def _sql_cases(score: RiskScore) -> list[str]:
    if score.formula is None:
        edges, risks = _steps(score)
        return [
            "WHEN total IS NULL THEN NULL",
            *(
                f"WHEN total < {_double(edge)} THEN {_double(risk)}"
                for edge, risk in zip(edges, risks[:-1], strict=True)
            ),
            f"ELSE {_double(risks[-1])}",
        ]
    intercept, multiplier = score.formula
    sign = "" if intercept < 0 else "+"
    margin = f"(total {sign}{intercept!r}) / {multiplier!r}"
    return [
        f"WHEN {margin} >= 0 THEN 1.0 / (1.0 + EXP(-({margin})))",
        f"ELSE EXP({margin}) / (1.0 + EXP({margin}))",
    ]


def _double(value: float) -> str:
    """Write a number that SQL takes for a double, not for a decimal of its own precision."""
    text = repr(value)
    return text if "e" in text else f"{text}e0"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
