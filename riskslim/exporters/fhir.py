"""FHIR R4: a questionnaire that adds itself up, and an assessment of each person.

Each item is a choice among its bands, or a number where a feature has points for each unit. Total
and risk are computed by FHIRPath, in the extension of Structured Data Capture for calculated items,
from the codes of the answers, so that a form filler needs no scores of answers.

References
----------
HL7, "FHIR Release 4" (2019), resources Questionnaire and RiskAssessment; HL7, "Structured Data
Capture" (2022), calculated expressions; HL7, "FHIRPath" 2.0 (2020).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from decimal import Decimal
from functools import singledispatch
from typing import Any

from riskslim.errors import ScoreError
from riskslim.exporters.characteristics import Characteristic, characteristics
from riskslim.exporters.columns import clean
from riskslim.exporters.meaning import meaning_of, total_key
from riskslim.languages import Texts, language
from riskslim.scores.decision import DecisionScore
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore

__all__ = ["assessments", "fhir", "machine_name", "questionnaire"]

_HL7 = "http://hl7.org/fhir"
_CALCULATED = f"{_HL7}/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
_ORDINAL = f"{_HL7}/StructureDefinition/ordinalValue"
_IDENTIFIER = re.compile(r"[A-Za-z0-9.-]{1,64}")
_LONGEST_NAME = 200


def fhir(score: PointScore) -> str:
    """Write the questionnaire as JSON text; parameters and errors as for `questionnaire`."""
    return json.dumps(questionnaire(score), ensure_ascii=False, indent=2) + "\n"


def questionnaire(score: PointScore, code: str = "en") -> dict[str, Any]:
    """Make a Questionnaire whose total, and what it means, are calculated.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.
    code : str
        Language of the words.

    Returns
    -------
    dict
        Of JSON. Items are ``item-1`` and so on, in the order of the card, then ``total``, what it
        means, and ``tier`` where the score has tiers; the answers of an item are ``band-1`` and so
        on. Total and the rest are empty as long as an item has no answer.
    """
    texts = language(code)
    found = characteristics(score, code)
    total = _total(found)
    about, meaning = score.about, meaning_of(score, texts)
    address = f"urn:uuid:{_identifier(score)}"
    asked = [_item(place, one) for place, one in enumerate(found, start=1)]
    is_whole = all(one.attributes for one in found)
    made: dict[str, Any] = {
        "resourceType": "Questionnaire",
        "url": address,
        "name": machine_name(meaning.title),
        "title": meaning.title,
        "status": "draft",
        "subjectType": ["Patient"],
        "description": meaning.instruction,
    }
    if about.version:
        made["version"] = clean(about.version)
    if about.contact:
        made["publisher"] = clean(about.contact)
    if about.population:
        made["purpose"] = clean(about.population)
    answered = " and ".join(f"{_answer(place)}.exists()" for place in range(1, len(found) + 1))
    answered = answered or "true"
    results = [
        _calculated(
            "total",
            texts(total_key(score)),
            "integer" if is_whole else "decimal",
            f"iif({answered}, {total}, {{}})",
        ),
        *(
            _calculated(name, words, kind, f"iif({answered}, {expression}, {{}})")
            for name, words, kind, expression in _results(score, f"({total})", texts)
        ),
    ]
    return {**made, "item": [*asked, *results]}


def _item(place: int, one: Characteristic) -> dict[str, Any]:
    made = {"linkId": f"item-{place}", "prefix": f"{place}.", "text": one.name, "required": True}
    if not one.attributes:
        return {**made, "type": "decimal"}
    options = [
        {
            "extension": [{"url": _ORDINAL, "valueDecimal": points}],
            "valueCoding": {"code": f"band-{band}", "display": label},
        }
        for band, (label, points) in enumerate(
            zip(one.attributes, one.points.tolist(), strict=True), start=1
        )
    ]
    return {**made, "type": "choice", "answerOption": options}


def _calculated(link: str, words: str, kind: str, expression: str) -> dict[str, Any]:
    calculation = {"language": "text/fhirpath", "expression": expression}
    return {
        "extension": [{"url": _CALCULATED, "valueExpression": calculation}],
        "linkId": link,
        "text": words,
        "type": kind,
        "readOnly": True,
    }


def _answer(place: int) -> str:
    return f"%resource.item.where(linkId = 'item-{place}').answer.value"


def _total(found: Sequence[Characteristic]) -> str:
    """Write the sum of the points of the answers."""
    terms = []
    for place, one in enumerate(found, start=1):
        if not one.attributes:
            (feature,) = one.item.features
            terms.append(f"{_answer(place)} * {_number(feature.points)}")
            continue
        points = one.points.tolist()
        terms += [
            f"iif({_answer(place)}.code = 'band-{band}', {_number(own)}, 0)"
            for band, own in enumerate(points, start=1)
            if own
        ]
    return " + ".join(terms) or "0"


def _number(value: float) -> str:
    """Write a number in FHIRPath, which has no exponents; below 0 in brackets."""
    text = f"{value:d}" if isinstance(value, int) else format(Decimal(repr(float(value))), "f")
    return f"({text})" if value < 0 else text


@singledispatch
def _results(score: PointScore, total: str, texts: Texts) -> list[tuple[str, str, str, str]]:  # noqa: ARG001
    """Give name, words, type and expression of all that follows from a total."""
    raise TypeError(f"no way to say in FHIR what a total of {score!r} stands for")


@_results.register
def _(score: RiskScore, total: str, texts: Texts) -> list[tuple[str, str, str, str]]:
    if score.formula is not None:
        intercept, multiplier = score.formula
        margin = f"({_number(intercept)} + {total}) / {_number(multiplier)}"
        risk = f"1.0 / (1.0 + ((0.0 - {margin}).exp()))"
    else:
        assert score.recalibration is not None
        edges, risks = score.recalibration.edges, score.recalibration.risks
        risk = _steps(total, [_number(edge) for edge in edges], [_number(one) for one in risks])
    given = [("risk", texts("card.risk"), "decimal", risk)]
    if score.tiers:
        names = [_text(f"{tier.name}: {tier.advice}".removesuffix(": ")) for tier in score.tiers]
        edges_of = [_number(tier.low) for tier in score.tiers if tier.low is not None]
        given.append(("tier", texts("tiers.word"), "string", _steps(total, edges_of, names)))
    return given


@_results.register
def _(score: DecisionScore, total: str, texts: Texts) -> list[tuple[str, str, str, str]]:
    says = f"{total} > {_number(score.cutoff)}"
    return [("yes", texts("decision.result"), "boolean", says)]


def _steps(value: str, edges: Sequence[str], results: Sequence[str]) -> str:
    """Write what a value has reached, of one result more than there are edges."""
    text = results[0]
    for edge, result in zip(edges, results[1:], strict=True):
        text = f"iif({value} >= {edge}, {result}, {text})"
    return text


def _text(words: str) -> str:
    escaped = clean(words).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def machine_name(title: str) -> str:
    """Give a name that programs may take: letters and digits, a capital first."""
    words = re.findall(r"[A-Za-z0-9]+", title)
    name = "".join(word[:1].upper() + word[1:] for word in words)
    return (name if name[:1].isalpha() else f"Score{name}")[:_LONGEST_NAME]


def _identifier(score: PointScore) -> uuid.UUID:
    """Give the same identifier for the same score, wherever it is made."""
    return uuid.uuid5(uuid.NAMESPACE_OID, score.to_json())


def assessments(
    score: RiskScore, X: Any, people: Sequence[Any], code: str = "en"
) -> dict[str, Any]:
    """Make a Bundle with a RiskAssessment of each person.

    Parameters
    ----------
    score : RiskScore
        The score.
    X : DataFrame or array-like of shape (n, d)
        As for `RiskScore.total_ranges`: what is not known gives a range of the risk.
    people : sequence of shape (n,)
        Identifier of each: a reference to ``Patient/...`` where FHIR allows it as one.
    code : str
        Language of the words.

    Returns
    -------
    dict
        Of JSON: a collection, without a time, so that the same people give the same text.

    Raises
    ------
    ScoreError
        The data do not fit the score, or there are not as many identifiers as rows.
    """
    texts = language(code)
    low, high = score.total_ranges(X)
    if len(people) != len(low):
        raise ScoreError(f"expected {len(low)} identifiers, one for each row, not {len(people)}")
    risks = score.risks(low).tolist(), score.risks(high).tolist()
    title, own = meaning_of(score, texts).title, _identifier(score)
    entries = []
    for place, person in enumerate(people):
        name = clean(str(person))
        ends = low[place].item(), high[place].item()
        resource = {
            "resourceType": "RiskAssessment",
            "id": str(uuid.uuid5(own, f"{place} {name}")),
            "status": "final",
            "method": {"text": title},
            "subject": _subject(name),
            "prediction": [
                {
                    "outcome": {"text": clean(score.event)},
                    **_probability(risks[0][place], risks[1][place]),
                    "rationale": f"{texts(total_key(score))}: {_range(*ends, texts)}",
                }
            ],
        }
        entries.append({"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource})
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _subject(name: str) -> dict[str, Any]:
    if _IDENTIFIER.fullmatch(name):
        return {"reference": f"Patient/{name}"}
    return {"identifier": {"value": name}}


def _probability(low: float, high: float) -> dict[str, Any]:
    if low == high:
        return {"probabilityDecimal": low}
    percent = {"unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}
    return {
        "probabilityRange": {
            "low": {"value": 100.0 * min(low, high), **percent},
            "high": {"value": 100.0 * max(low, high), **percent},
        }
    }


def _range(low: float, high: float, texts: Texts) -> str:
    ends = [texts.number(end, 15) for end in (low, high)]
    return ends[0] if low == high else texts("rows.between", low=ends[0], high=ends[1])
