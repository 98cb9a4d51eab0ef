"""Every phrase of a language is said somewhere, and every language says the same ones."""

from __future__ import annotations

import re
from pathlib import Path

import riskslim
import riskslim.cli
from riskslim.languages import _catalogue, available, language

KINDS = (".py", ".j2", ".js")
ROOT = Path(riskslim.__file__).parent
# Read whole: sentences of rules and the ends of searches are looked for in these.
WHOLE = ("rules", "proofs", "amounts", "rates", "status")
# What code puts around the word that it looks up.
ENDS = ("_given", "_new", "_prompt", "_labels", "_under", "_held_out", "_weighted")
BEGINNINGS = ("risk_", "decision_", "chosen_", "answer_", "change_", "target_")


def unused(keys: list[str], source: str) -> list[str]:
    """Find the phrases that no code asks for, by the whole key or by the word that ends it."""
    words = set(re.findall(r"[\"'.\[]([\w. -]+)(?=[\"'\]:{])", source))
    words |= set(re.findall(r"\b(\w+)=", source))
    literal = set(re.findall(r"[\"'](\w+\.[\w-]+)[\"']", source))
    sections = set(re.findall(r"[\"'](\w+)\.[\w-]*[\"'{]", source))

    def is_asked(key: str) -> bool:
        section, word = key.split(".", 1)
        if key in literal or section in WHOLE:
            return True
        for end in ENDS:
            word = word.removesuffix(end)
        tried = {word, *(word.removeprefix(beginning) for beginning in BEGINNINGS)}
        return section in sections and bool(tried & words)

    return [key for key in keys if not is_asked(key.replace("one_se", "one-se"))]


def source() -> str:
    roots = (ROOT, Path(riskslim.cli.__file__).parent)
    files = (path for root in roots for path in root.rglob("*") if path.suffix in KINDS)
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def test_every_phrase_is_asked_for() -> None:
    keys = list(language("en").phrases)
    assert unused(keys, source()) == []
    assert unused(["report.totals_by", "points.per_unit"], source()) != []


def test_languages_have_the_same_phrases_and_gaps() -> None:
    english = language("en").phrases
    gap = re.compile(r"\{\w*\}")
    for code in available():
        phrases = _catalogue(code)
        assert set(phrases) == set(english)
        different = [
            key
            for key, text in phrases.items()
            if sorted(set(gap.findall(text))) != sorted(set(gap.findall(english[key])))
        ]
        assert different == []
