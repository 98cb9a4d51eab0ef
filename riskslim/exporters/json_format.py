"""Scores as JSON: a schema version, an exact round trip, and no guessing.

The schema stands beside this file as ``score.schema.json``. Floats are written
by their shortest representation that reads back to the same number, so a score
that is saved, loaded and saved again gives the same bytes.
"""

from __future__ import annotations

import math
import os
from dataclasses import replace
from typing import Any

from riskslim.errors import ScoreError
from riskslim.exporters.json_checks import check_consistency
from riskslim.exporters.json_object import JsonObject, parse_object
from riskslim.features.binning import Binning
from riskslim.names import LONGEST_NAME, short
from riskslim.printable import json_text
from riskslim.scores.decision import DecisionScore
from riskslim.scores.origin import Certificate, Training
from riskslim.scores.point_score import Label, PointScore
from riskslim.scores.recalibration import Recalibration
from riskslim.scores.risk import RiskScore
from riskslim.scores.totals import MAX_TOTALS, Feature, ScoreRow

__all__ = ["SCHEMA_VERSION", "from_json", "load_score", "to_json"]

SCHEMA_VERSION = 3

# Files of this version have no kind: they are risk scores, and otherwise the same.
_BEFORE_KINDS = 2

# The risks in the table are there for other readers. Libraries of other
# machines may round exp differently, in the last places only.
_RISK_TOLERANCE = 1e-9

# A card of more items would have hundreds of pages.
_MOST_USED = 10_000
_LABEL = LONGEST_NAME


def to_json(score: PointScore) -> str:
    """Write a score as JSON text.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.

    Returns
    -------
    str
        Ends in a newline. All that differs from run to run stands under ``"run"``.
    """
    certificate = score.certificate
    content = {
        "schema_version": SCHEMA_VERSION,
        "kind": score.kind,
        "outcome": {"name": score.outcome, "labels": list(score.labels)},
        "intercept": score.intercept,
        **({"multiplier": score.multiplier} if isinstance(score, RiskScore) else {}),
        "features": [
            {
                "name": feature.name,
                "points": feature.points,
                "minimum": feature.minimum,
                "maximum": feature.maximum,
                "integer": feature.integer,
            }
            for feature in score.features
        ],
        "table": [_write_row(score, row) for row in score.table],
        "training": {
            "rows": score.training.rows,
            "positives": score.training.positives,
            "weight": score.training.weight,
            "positive_weight": score.training.positive_weight,
            **({"is_soft": True} if score.training.is_soft else {}),
        },
        "rules": list(score.rules),
        # Only where there is one: a score of a table of numbers reads as ever.
        **({"binning": score.binning.to_record()} if score.binning else {}),
        "certificate": certificate and _write_certificate(score, certificate),
        # The same holds for risks that were changed after the fit.
        **_write_recalibration(score),
        "run": {"seconds": certificate and certificate.seconds},
    }
    return json_text(content) + "\n"


def _write_certificate(score: PointScore, certificate: Certificate) -> dict[str, Any]:
    content: dict[str, Any] = {
        "status": certificate.status,
        "objective": certificate.objective,
        "loss": certificate.loss,
        "lower_bound": certificate.lower_bound,
        "absolute_gap": certificate.absolute_gap,
        "relative_gap": certificate.relative_gap,
        "proof": certificate.proof,
        "nodes": certificate.nodes,
    }
    if isinstance(score, RiskScore):
        content["cuts"] = certificate.cuts
        content["multiplier_mode"] = certificate.multiplier_mode
        content["multiplier_range"] = list(certificate.multiplier_range)
    return content


def from_json(text: str) -> RiskScore | DecisionScore:
    """Read a score from JSON text.

    Parameters
    ----------
    text : str
        As `to_json` writes it.

    Returns
    -------
    RiskScore or DecisionScore
        Equal to the one that was written.

    Raises
    ------
    ScoreError
        No JSON, another schema version, keys missing or unknown, values of the
        wrong type, or a table, ranges, counts, risks or decisions that do not follow from the
        points and from each other.
    """
    raw = parse_object(text)
    version = raw.pop("schema_version", None)
    if type(version) is not int or version not in (_BEFORE_KINDS, SCHEMA_VERSION):
        raise ScoreError(
            f"schema_version is {short(version)}, this version of riskslim reads "
            f"{_BEFORE_KINDS} and {SCHEMA_VERSION}; use the version that wrote the file, or fit "
            "again"
        )
    content = JsonObject(raw, "the score")
    kind = content.text("kind") if version > _BEFORE_KINDS else RiskScore.kind
    if kind not in (RiskScore.kind, DecisionScore.kind):
        raise ScoreError(f"'kind' must be 'risk' or 'decision', not {short(kind)}")
    return _read_risk(content) if kind == RiskScore.kind else _read_decision(content)


def load_score(path: str | os.PathLike[str]) -> RiskScore | DecisionScore:
    """Read a score of either kind from a JSON file.

    Raises
    ------
    ScoreError
        The file cannot be read or holds no score; names the file.
    """
    score = PointScore.load(path)
    assert isinstance(score, RiskScore | DecisionScore)
    return score


def _table_rows(raw: JsonObject) -> list[JsonObject]:
    rows = raw.objects("table")
    if len(rows) > MAX_TOTALS:
        raise ScoreError(f"the table has {len(rows):,} rows; it has at most {MAX_TOTALS:,}")
    return rows


def _read_risk(raw: JsonObject) -> RiskScore:
    rows = [_read_row(row) for row in _table_rows(raw)]
    multiplier = raw.number("multiplier")
    score = RiskScore(
        **_read_common(raw, with_multiplier=True),
        multiplier=multiplier,
        table=tuple(row for row, _ in rows),
        recalibration=(
            _read_recalibration(raw.object("recalibration")) if raw.has("recalibration") else None
        ),
    )
    raw.close()
    check_consistency(score)
    for _, risks in rows:
        _check_risks(score, risks)
    return score


def _read_decision(raw: JsonObject) -> DecisionScore:
    rows = [_read_decided_row(row) for row in _table_rows(raw)]
    score = DecisionScore(
        **_read_common(raw, with_multiplier=False), table=tuple(row for row, _ in rows)
    )
    raw.close()
    check_consistency(score)
    for row, yes in rows:
        if score.says_yes(row) is not yes:
            raise ScoreError(
                f"the table states {yes!r} for totals from {row.low!r} to {row.high!r}, the "
                f"threshold {score.threshold} gives {not yes!r}: the file was changed by hand"
            )
    return score


def _read_common(raw: JsonObject, *, with_multiplier: bool) -> dict[str, Any]:
    """Read what scores of both kinds have."""
    outcome = raw.object("outcome")
    run = raw.object("run")
    seconds = run.number_or_null("seconds")
    training = raw.object("training")
    content: dict[str, Any] = {
        "outcome": outcome.name("name"),
        "labels": _read_labels(outcome.array("labels")),
        "features": tuple(map(_read_feature, raw.objects("features"))),
        "intercept": raw.integer("intercept"),
        "training": Training(
            rows=training.integer("rows"),
            positives=training.integer("positives"),
            weight=training.number("weight"),
            positive_weight=training.number("positive_weight"),
            is_soft=training.flag("is_soft") if training.has("is_soft") else False,
        ),
        "rules": tuple(_read_rules(raw.array("rules"))),
        "binning": Binning.from_record(raw.take("binning")) if raw.has("binning") else None,
        "certificate": _read_certificate(
            raw.take("certificate"), seconds, with_multiplier=with_multiplier
        ),
    }
    for part in (outcome, run, training):
        part.close()
    _check_size(content["features"])
    return content


def _check_size(features: tuple[Feature, ...]) -> None:
    """Refuse what no search makes and no page holds, before it is laid out."""
    used = sum(feature.points != 0 for feature in features)
    if used > _MOST_USED:
        raise ScoreError(f"{used:,} features have points; a score has at most {_MOST_USED:,}")


def _read_feature(raw: JsonObject) -> Feature:
    feature = Feature(
        name=raw.name("name"),
        points=raw.integer("points"),
        minimum=raw.number("minimum"),
        maximum=raw.number("maximum"),
        integer=raw.flag("integer"),
    )
    raw.close()
    return feature


def _read_row(raw: JsonObject) -> tuple[ScoreRow, list[tuple[float, float]]]:
    """Read a row of the table, and the (total, risk) pairs that it states."""
    low: float | None
    high: float | None
    risks: list[tuple[float, float]]
    if raw.has("total"):
        total = raw.integer("total")
        low = high = total
        risks = [(total, raw.number("risk"))]
    else:
        low, high = raw.number_or_null("low"), raw.number_or_null("high")
        stated = [(low, raw.number_or_null("risk_low")), (high, raw.number_or_null("risk_high"))]
        risks = [(total, risk) for total, risk in stated if total is not None and risk is not None]
    row = ScoreRow(low, high, raw.number("weight"), raw.number("positive_weight"))
    raw.close()
    return row, risks


def _read_decided_row(raw: JsonObject) -> tuple[ScoreRow, bool]:
    """Read a row of a decision score's table, and whether it states a yes."""
    low: float | None
    high: float | None
    if raw.has("total"):
        low = high = raw.integer("total")
    else:
        low, high = raw.number_or_null("low"), raw.number_or_null("high")
    row = ScoreRow(low, high, raw.number("weight"), raw.number("positive_weight"))
    yes = raw.flag("yes")
    raw.close()
    return row, yes


def _check_risks(score: RiskScore, risks: list[tuple[float, float]]) -> None:
    for total, risk in risks:
        if abs(score.risk(total) - risk) > _RISK_TOLERANCE:
            raise ScoreError(
                f"the table states a risk of {risk!r} at total {total!r}, intercept and "
                f"multiplier give {score.risk(total)!r}: the file was changed by hand"
            )


def _read_labels(raw: list[Any]) -> tuple[Label, Label]:
    if len(raw) != 2 or not all(
        isinstance(label, bool | int | float) or (isinstance(label, str) and len(label) <= _LABEL)
        for label in raw
    ):
        raise ScoreError(f"'labels' must be two numbers, strings or booleans, not {short(raw)}")
    return raw[0], raw[1]


def _read_rules(raw: list[Any]) -> list[str]:
    if not all(isinstance(rule, str) for rule in raw):
        raise ScoreError(f"'rules' must be strings, not {short(raw)}")
    return raw


def _read_certificate(
    value: Any, seconds: float | None, *, with_multiplier: bool
) -> Certificate | None:
    if value is None:
        return None
    raw = JsonObject(value, "'certificate'")
    if seconds is None:
        raise ScoreError("'run' lacks 'seconds', which a score with a certificate has")
    certificate = Certificate(
        status=raw.text("status"),
        objective=raw.number("objective"),
        loss=raw.number("loss"),
        lower_bound=raw.number_or_null("lower_bound"),
        absolute_gap=raw.number_or_null("absolute_gap"),
        relative_gap=raw.number_or_null("relative_gap"),
        proof=raw.text("proof"),
        nodes=raw.integer("nodes"),
        cuts=raw.integer("cuts") if with_multiplier else 0,
        seconds=seconds,
    )
    if with_multiplier:
        mode = raw.text("multiplier_mode")
        certificate = replace(
            certificate, multiplier_range=_read_range(raw.array("multiplier_range"))
        )
        if mode != certificate.multiplier_mode:
            raise ScoreError(
                f"'multiplier_mode' is {short(mode)}, but 'multiplier_range' says "
                f"{certificate.multiplier_mode!r}"
            )
    raw.close()
    return certificate


def _write_recalibration(score: PointScore) -> dict[str, Any]:
    found = score.recalibration if isinstance(score, RiskScore) else None
    if found is None:
        return {}
    record = {"method": found.method, "data": found.data, "rows": found.rows}
    record |= {"positives": found.positives, "is_weighted": found.is_weighted}
    if found.risks:
        record |= {"edges": list(found.edges), "risks": list(found.risks)}
    else:
        record |= {"intercept": found.intercept, "multiplier": found.multiplier}
    if found.prevalence is not None:
        record["prevalence"] = found.prevalence
    return {"recalibration": record}


def _read_recalibration(raw: JsonObject) -> Recalibration:
    found = Recalibration(
        method=raw.text("method"),
        intercept=raw.number("intercept") if raw.has("intercept") else None,
        multiplier=raw.number("multiplier") if raw.has("multiplier") else None,
        edges=raw.numbers("edges") if raw.has("edges") else (),
        risks=raw.numbers("risks") if raw.has("risks") else (),
        data=raw.name("data"),
        rows=raw.integer("rows"),
        positives=raw.integer("positives"),
        is_weighted=raw.flag("is_weighted"),
        prevalence=raw.number("prevalence") if raw.has("prevalence") else None,
    )
    raw.close()
    return found


def _read_range(raw: list[Any]) -> tuple[float, float]:
    if not (
        len(raw) == 2
        and all(type(end) in (int, float) and math.isfinite(end) for end in raw)
        and 0 < raw[0] <= raw[1]
    ):
        raise ScoreError(
            f"'multiplier_range' must be two positive numbers, the smaller first, not {short(raw)}"
        )
    return float(raw[0]), float(raw[1])


def _write_row(score: PointScore, row: ScoreRow) -> dict[str, float | None]:
    weights = {"weight": row.weight, "positive_weight": row.positive_weight}
    single = row.is_single and row.low is not None
    ends = {"total": row.low} if single else {"low": row.low, "high": row.high}
    if isinstance(score, DecisionScore):
        return {**ends, "yes": score.says_yes(row), **weights}
    assert isinstance(score, RiskScore)
    low, high = (None if end is None else score.risk(end) for end in (row.low, row.high))
    return {
        **ends,
        **({"risk": low} if single else {"risk_low": low, "risk_high": high}),
        **weights,
    }
