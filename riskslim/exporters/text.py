"""The score as a card in plain text, to be used on paper.

Totals on the card are sums of the features' points alone; the intercept is in
the risks, so that nobody has to remember to add it.
"""

from __future__ import annotations

from dataclasses import dataclass

from riskslim.exporters.columns import clean, isolate, left, wrap
from riskslim.exporters.risk_rows import ROWS_OF_ONE_COLUMN, CardRow, card_rows, number, percent
from riskslim.score import Certificate, RiskScore
from riskslim.totals import Feature

__all__ = ["WIDTH", "card"]

WIDTH = 80
_LONGEST_BAR = 24


@dataclass(frozen=True)
class _Signs:
    """Characters that the card is drawn with."""

    rule: str
    leader: str
    bar: str
    times: str


_FANCY = _Signs(rule="─", leader="·", bar="█", times="×")
_PLAIN = _Signs(rule="-", leader=".", bar="#", times="x")


def card(score: RiskScore, *, ascii_only: bool = False) -> str:
    """Print a score as a card.

    Parameters
    ----------
    score : RiskScore
        The score.
    ascii_only : bool
        Draw with ASCII characters, for terminals that have no others. Names
        stay as they are.

    Returns
    -------
    str
        Lines of at most `WIDTH` columns, without a final newline.
    """
    signs = _PLAIN if ascii_only else _FANCY
    rule = signs.rule * WIDTH
    lines = [
        rule,
        *wrap(f"RISK SCORE for {_title(score)}", WIDTH - 1, indent=" "),
        rule,
        *_feature_lines(score, signs),
        rule,
        *_table_lines(score, signs),
        rule,
        *_footer_lines(score),
        rule,
    ]
    return "\n".join(line.rstrip() for line in lines)


def _title(score: RiskScore) -> str:
    outcome = clean(score.outcome)
    negative, positive = score.labels
    if (negative, positive) in ((0, 1), (-1, 1)):
        return outcome
    return f"{outcome} = {clean(str(positive))} (not {clean(str(negative))})"


def _feature_lines(score: RiskScore, signs: _Signs) -> list[str]:
    used = score.used_features
    if not used:
        return wrap("No feature has points: everyone has the same risk.", WIDTH - 1, " ")
    points = [_points(feature, signs) for feature in used]
    points_width = max(len(text) for text in points)
    # " 1. name ...... +2 points   + ____ "
    name_width = WIDTH - points_width - 16
    lines = []
    for index, (feature, text) in enumerate(zip(used, points, strict=True), start=1):
        *upper, last = wrap(clean(feature.name), name_width)
        lead = f"{index:>3}. "
        for part in upper:
            lines.append(f"{lead}{isolate(part)}")
            lead = " " * 5
        dotted = left(last, name_width, fill=signs.leader)
        sign = " " if index == 1 else "+"
        lines.append(f"{lead}{dotted} {text:<{points_width}}  {sign} ____")
    lines.append("")
    lines.append(f"{'Total of the points  = ____':>{WIDTH - 2}}")
    return lines


def _points(feature: Feature, signs: _Signs) -> str:
    unit = "point" if abs(feature.points) == 1 else "points"
    text = f"{feature.points:+d} {unit}"
    if feature.is_binary:
        return text
    return f"{text} {signs.times} value ({number(feature.minimum)} to {number(feature.maximum)})"


def _table_lines(score: RiskScore, signs: _Signs) -> list[str]:
    rows = card_rows(score)
    if len(rows) <= ROWS_OF_ONE_COLUMN:
        lines = _one_column(score, rows, signs)
    else:
        lines = _many_columns(rows)
    if any(row.is_half_open for row in rows):
        lines += ["", *wrap("A band includes its first total and not its last.", WIDTH - 2, " ")]
    return lines


def _one_column(score: RiskScore, rows: list[CardRow], signs: _Signs) -> list[str]:
    total_width = max(5, *(len(row.total) for row in rows))
    risk_width = max(4, *(len(row.risk) for row in rows))
    counts = not score.training.is_weighted
    seen = [_observed(row, counts=counts) for row in rows]
    seen_width = max(len("Observed"), *map(len, seen))
    # Bars only where a line has room for them.
    room = min(_LONGEST_BAR, WIDTH - total_width - risk_width - seen_width - 10)
    header = f"  {'Total':>{total_width}}   {'Risk':>{risk_width}}   {'Observed':>{seen_width}}"
    lines = [header]
    for row, text in zip(rows, seen, strict=True):
        bar = signs.bar * round(row.height * room) if room >= 8 else ""
        line = f"  {row.total:>{total_width}}   {row.risk:>{risk_width}}   {text:>{seen_width}}"
        lines.append(f"{line}  {bar}")
    return lines


def _observed(row: CardRow, *, counts: bool) -> str:
    """Share of positives in the training data, and of how many rows."""
    if row.weight == 0:
        return "no rows"
    share = percent(row.positive_weight / row.weight)
    if not counts:
        return share
    return f"{share} of {round(row.weight)}"


def _many_columns(rows: list[CardRow]) -> list[str]:
    total_width = max(5, *(len(row.total) for row in rows))
    risk_width = max(4, *(len(row.risk) for row in rows))
    cell = total_width + risk_width + 7
    columns = max(1, min(4, WIDTH // cell))
    height = -(-len(rows) // columns)
    columns = -(-len(rows) // height)
    lines = [f"  {'Total':>{total_width}}   {'Risk':>{risk_width}}  " * columns]
    for index in range(height):
        cells = [
            f"  {row.total:>{total_width}}   {row.risk:>{risk_width}}  "
            for row in rows[index::height]
        ]
        lines.append("".join(cells))
    return lines


def _footer_lines(score: RiskScore) -> list[str]:
    training = score.training
    share = training.positives / training.rows if training.rows else 0.0
    weighted = ", weighted" if training.is_weighted else ""
    size = (
        f"Trained on {training.rows:,} rows{weighted}, "
        f"{training.positives:,} of them positive ({percent(share)})."
    )
    paragraphs = [f"risk = 1 / (1 + exp({_exponent(score)}))", size, _proof(score.certificate)]
    if score.rules:
        paragraphs.append(f"Rules: {'; '.join(map(clean, score.rules))}.")
    return [line for text in paragraphs for line in wrap(text, WIDTH - 2, indent=" ")]


def _exponent(score: RiskScore) -> str:
    """Write the negative of ``(intercept + total) / multiplier`` as people would."""
    inner = f"{-score.intercept} - total" if score.intercept else "-total"
    if score.multiplier == 1:
        return inner
    return f"({inner}) / {score.multiplier:.6g}"


def _proof(certificate: Certificate | None) -> str:
    if certificate is None:
        return "No certificate: no search made this score."
    objective = f"objective {certificate.objective:.6f}"
    if certificate.lower_bound is None or certificate.absolute_gap is None:
        return f"Not proved ({certificate.status}): {objective}, no lower bound."
    bound = f"{certificate.lower_bound:.6f}"
    if certificate.is_optimal:
        return (
            f"Proved optimal: {objective}, lower bound {bound}, gap {certificate.absolute_gap:.2g}."
        )
    relative = certificate.relative_gap
    gap = f"{certificate.absolute_gap:.2g}" if relative is None else percent(relative)
    return f"Not proved ({certificate.status}): {objective}, bound {bound}, gap {gap}."
