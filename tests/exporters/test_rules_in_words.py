"""Rules on the card of another language: every sentence that a rule says of itself is known."""

from __future__ import annotations

import pytest

import riskslim.constraints as on
from riskslim import RiskScore
from riskslim.languages import available, language
from riskslim.languages.rules import proof_in, rule_in

RULES = (
    on.AllOrNone(["a", "b"]),
    on.Classed({"a": 1}, positive=True),
    on.Classed({"a": 1}, positive=False),
    on.CutLimit({"Age": ["a", "b"]}, 1),
    on.CutLimit({"Age": ["a", "b"]}, 2),
    on.EqualPoints(["a", "b"]),
    on.ExactlyOne(["a", "b"]),
    on.Exclude("a"),
    on.GroupCount([["a", "b"], ["c", "d"]], 1),
    on.GroupLimit(["a", "b"], at_most=1),
    on.Include("a"),
    on.Multiples(2),
    on.Multiples(2, "a*"),
    on.Nested(["a", "b"]),
    on.Nested(["a", "b"], at_most=1),
    on.Nested(["a", "b"], rising=False),
    on.NotBoth(["a", "b"]),
    on.PointOrder(["a", "b"]),
    on.PointRange("a", at_least=1, at_most=3),
    on.PointRange("a", at_most=3),
    on.PointValues([-1, 0, 1]),
    on.PointValues([0, 2], "a"),
    on.Ranked([{"a": 1}, {"a": 0}]),
    on.Ranked([{"a": 1}, {"a": 0}], by=2),
    on.RateLimit("fpr", at_most=0.05),
    on.RateLimit("tpr", at_least=0.9, group="Sex = 1"),
    on.RateLimit("error", at_most=0.1, threshold=3),
    on.RateParity("fnr", ["Sex = 0", "Sex = 1"], 0.05),
    on.Requires("a", "b"),
    on.Scored({"a": 1}, at_least=2),
    on.Sign("a", "+"),
    on.Sign("a", "-"),
    on.SizeLimit(1, 3),
    on.SizeLimit(at_most=3),
    on.SizeLimit(2, 2),
    on.TotalRange(0, 10),
    on.VariableLimit({"x": ["a", "b"]}, at_most=1),
    on.VariableLimit({"x": ["a"], "y": ["c"]}, at_most=2),
)
SENTENCES = [rule.describe() for rule in RULES] + [
    "every item counts one", "a not on the list", "points from -5 to 5", "a fixed at 2",
    "a from 0 to 5", "a at a penalty of 0.01", "multiplier from 0.25 to 1e+06",
    "multiplier from 0.25 to 40 and any intercept",
]  # fmt: skip
OTHERS = [code for code in available() if code != "en"]


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_rule_is_said(code: str, sentence: str) -> None:
    said = rule_in(language(code), sentence)
    assert said != sentence
    assert rule_in(language("en"), sentence) == sentence


@pytest.mark.parametrize(("sentence", "said"), [
    ("at most 5 features", "höchstens 5 Merkmale"),
    ("2 to 4 features", "2 bis 4 Merkmale"),
    ("points from -5 to 5", "Punkte von -5 bis 5"),
    ("Age >= 65 from 0 to 5", "Age >= 65 von 0 bis 5"),
    ("multiplier from 0.25 to 40 and any intercept",
     "Multiplikator von 0,25 bis 40, Achsenabschnitt beliebig"),
    ("false positive rate where Sex = f at most 0.05, predicting yes from 3 points",
     "Falsch-positiv-Rate bei Sex = f höchstens 0,05, Ja ab 3 Punkten"),
    ("at least 1 of Age*, Sex", "mindestens 1 von Age*, Sex"),
    ("at most 2 cut points of any of the variables", "höchstens 2 Schnitte je Variable"),
    ("at most 0.1 of 5230 people cannot reach a risk of at most 0.4",
     "höchstens 0,1 von 5230 Personen können kein Risiko von höchstens 0,4 erreichen"),
    ("what a rule of one's own says", "what a rule of one's own says"),
])  # fmt: skip
def test_german(sentence: str, said: str) -> None:
    assert rule_in(language("de"), sentence) == said


def test_they_stand_on_the_card() -> None:
    import dataclasses

    score = RiskScore.from_points({"Stroke": 2}, intercept=-1)
    score = dataclasses.replace(score, rules=("at most 1 variable", "my own"))
    text = " ".join(score.export("text", language="de").split())
    assert "höchstens 1 Variable; my own" in text


def test_proofs_are_said_in_german():
    from riskslim.recourse import training
    from riskslim.search import cutting_planes, near_optimal, sizes, supports

    names = ["search over supports", "search over supports, range by range", cutting_planes._NAME]
    cut = [f"least bound of the open nodes of the {name}, which was cut short" for name in names]
    for proof in (
        supports._PROOF,
        sizes._PROOF,
        near_optimal._PROOF,
        cutting_planes._PROOF,
        training._PROOF,
        *cut,
    ):
        assert proof_in(language("de"), proof) != proof
        assert proof_in(language("en"), proof) == proof
    assert proof_in(language("de"), "by hand") == "by hand"
