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

# Registers a kind of score that files hold.
import riskslim.scores.decision  # noqa: F401
from riskslim.errors import ScoreError
from riskslim.exporters.json_checks import check_consistency
from riskslim.exporters.json_variables import read_variables, write_variables
from riskslim.features.binning import Binning
from riskslim.files.json_object import JsonObject, parse_object
from riskslim.names import LONGEST_NAME, short
from riskslim.printable import json_text
from riskslim.scores.about import About
from riskslim.scores.items import Feature
from riskslim.scores.origin import Certificate, Training
from riskslim.scores.point_score import Label, PointScore
from riskslim.scores.risk import RiskScore
from riskslim.scores.totals import MAX_TOTALS, ScoreRow, reachable_totals

__all__ = ["SCHEMA_VERSION", "from_json", "load_score", "to_json"]

SCHEMA_VERSION = 5

# Files of this version have no kind: they are risk scores, and otherwise as the next.
_BEFORE_KINDS = 2
# Files up to this one know no variables, and list totals that need two bands of one at once.
_BEFORE_BANDS = 3

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
    certificate, changed = score.certificate, score.recalibration
    content = {
        "schema_version": SCHEMA_VERSION,
        "kind": score.kind,
        "outcome": {"name": score.outcome, "labels": list(score.labels)},
        "intercept": score.intercept,
        **score.own_record(),
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
        "table": [
            {
                **_ends(row),
                **score.row_record(row),
                "weight": row.weight,
                "positive_weight": row.positive_weight,
            }
            for row in score.table
        ],
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
        **({"variables": write_variables(score.variables)} if score.variables else {}),
        **({"shifts": _write_shifts(score)} if score.shifts else {}),
        **({"about": score.about.to_record()} if score.about.to_record() else {}),
        "certificate": certificate and _write_certificate(score, certificate),
        # The same holds for risks that were changed after the fit.
        **({} if changed is None else {"recalibration": changed.to_record()}),
        "run": {"seconds": certificate and certificate.seconds},
    }
    return json_text(content) + "\n"


def _write_shifts(score: PointScore) -> list[dict[str, Any]]:
    return [{"feature": name, "points": points} for name, points in score.shifts]


def _read_shift(raw: JsonObject) -> tuple[str, int]:
    shift = raw.name("feature"), raw.integer("points")
    raw.close()
    return shift


def _ends(row: ScoreRow) -> dict[str, float | None]:
    return {"total": row.low} if row.is_single else {"low": row.low, "high": row.high}


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
    if score.has_multiplier:
        if certificate.teacher_share > 0:
            content["teacher_share"] = certificate.teacher_share
            content["outcome_loss"] = certificate.outcome_loss
        content["cuts"] = certificate.cuts
        content["multiplier_mode"] = certificate.multiplier_mode
        content["multiplier_range"] = list(certificate.multiplier_range)
        # Only where it is: certificates of integer intercepts read as ever.
        if certificate.has_real_intercept:
            content["intercept_mode"] = "free"
    return content


def from_json(text: str) -> PointScore:
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
    if type(version) is not int or not _BEFORE_KINDS <= version <= SCHEMA_VERSION:
        raise ScoreError(
            f"schema_version is {short(version)}, this version of riskslim reads "
            f"{_BEFORE_KINDS} to {SCHEMA_VERSION}; use the version that wrote the file, or fit "
            "again"
        )
    content = JsonObject(raw, "the score")
    name = content.text("kind") if version > _BEFORE_KINDS else RiskScore.kind
    if name not in PointScore.kinds:
        known = " or ".join(map(repr, PointScore.kinds))
        raise ScoreError(f"'kind' must be {known}, not {short(name)}")
    kind: Any = PointScore.kinds[name]
    has_bands = version > _BEFORE_BANDS
    rows = [_read_row(kind, row) for row in _table_rows(content)]
    score: PointScore = kind(
        **kind.read_own(content),
        **_read_common(content, with_multiplier=kind.has_multiplier, has_bands=has_bands),
        table=tuple(row for row, _ in rows),
    )
    content.close()
    if not has_bands:
        score = _without_impossible_totals(score)
    check_consistency(score)
    for row, stated in rows:
        score.check_row(row, stated)
    return score


def load_score(path: str | os.PathLike[str]) -> PointScore:
    """Read a score of any kind from a JSON file.

    Raises
    ------
    ScoreError
        The file cannot be read or holds no score; names the file.
    """
    return PointScore.load(path)


def _table_rows(raw: JsonObject) -> list[JsonObject]:
    rows = raw.objects("table")
    if len(rows) > MAX_TOTALS:
        raise ScoreError(f"the table has {len(rows):,} rows; it has at most {MAX_TOTALS:,}")
    return rows


def _without_impossible_totals(score: PointScore) -> PointScore:
    """Leave out the totals without people that no combination of bands gives."""
    reachable = reachable_totals(score.items) if score.has_every_total else None
    if reachable is None:
        return score
    possible = set(reachable.tolist())
    table = tuple(row for row in score.table if row.weight or row.low in possible)
    changed: PointScore = replace(score, table=table)
    return changed


def _read_common(raw: JsonObject, *, with_multiplier: bool, has_bands: bool) -> dict[str, Any]:
    """Read what scores of every kind have."""
    outcome = raw.object("outcome")
    run = raw.object("run")
    seconds = run.number_or_null("seconds")
    training = raw.object("training")
    content: dict[str, Any] = {
        "outcome": outcome.name("name"),
        "labels": _read_labels(outcome.array("labels")),
        "features": tuple(map(_read_feature, raw.objects("features"))),
        "intercept": raw.number_as_written("intercept")
        if with_multiplier
        else raw.integer("intercept"),
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
    if has_bands and raw.has("variables"):
        content["variables"] = read_variables(raw.objects("variables"))
    if raw.has("shifts"):
        content["shifts"] = tuple(map(_read_shift, raw.objects("shifts")))
    if raw.has("about"):
        content["about"] = About.from_record(raw.object("about"))
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


def _read_row(kind: type[PointScore], raw: JsonObject) -> tuple[ScoreRow, Any]:
    """Read a row of the table, and what it states about its totals."""
    low: float | None
    high: float | None
    if raw.has("total"):
        low = high = raw.integer("total")
    else:
        low, high = raw.number_or_null("low"), raw.number_or_null("high")
    stated = kind.read_row(raw, low, high)
    row = ScoreRow(low, high, raw.number("weight"), raw.number("positive_weight"))
    raw.close()
    return row, stated


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
        if raw.has("teacher_share"):
            certificate = replace(
                certificate,
                teacher_share=raw.number("teacher_share"),
                outcome_loss=raw.number_or_null("outcome_loss"),
            )
        certificate = replace(
            certificate, multiplier_range=_read_range(raw.array("multiplier_range"))
        )
        if mode != certificate.multiplier_mode:
            raise ScoreError(
                f"'multiplier_mode' is {short(mode)}, but 'multiplier_range' says "
                f"{certificate.multiplier_mode!r}"
            )
        if raw.has("intercept_mode"):
            certificate = _with_real_intercept(certificate, raw.text("intercept_mode"))
    raw.close()
    return certificate


def _with_real_intercept(certificate: Certificate, mode: str) -> Certificate:
    if mode != "free" or certificate.multiplier_mode != "free":
        raise ScoreError(
            f"'intercept_mode' is {short(mode)}; it is there only where the intercept is 'free', "
            "beside a free multiplier"
        )
    return replace(certificate, has_real_intercept=True)


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
