"""Rules of a score in another language: a score keeps what they said of themselves, in English.

The English catalogue has the sentences with gaps, in the order in which they are tried; what
stands in the gaps is put into the sentence of the other language. A rule of a user's own class
stays as it was said.
"""

from __future__ import annotations

import functools
import re

from riskslim.languages import Texts, language

__all__ = ["proof_in", "rule_in"]

_GAP = re.compile(r"\\?\{(\w+)\\?\}")
_NUMBER = r"[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|inf)"
_SHAPES = {
    **dict.fromkeys(("low", "high", "value"), _NUMBER),
    "values": rf"{_NUMBER}(?:, {_NUMBER})*",
    "amount": rf"(?:exactly|at most|at least) {_NUMBER}|{_NUMBER} to {_NUMBER}",
}


def rule_in(texts: Texts, rule: str) -> str:
    """Say a rule of a score in a language.

    Parameters
    ----------
    texts : Texts
        The language.
    rule : str
        What the rule says of itself.
    """
    return rule if texts.code == "en" else _said(texts, rule, "rules") or rule


def proof_in(texts: Texts, proof: str) -> str:
    """Say in a language how a search proved something; one that the catalogue lacks as it is."""
    return proof if texts.code == "en" else _said(texts, proof, "proofs") or proof


def _said(texts: Texts, sentence: str, section: str) -> str:
    """Say a sentence of a section; empty where it has no such one."""
    for key, pattern in _patterns(section):
        found = pattern.fullmatch(sentence)
        if found is None:
            continue
        gaps = {name: _filled(texts, name, text) for name, text in found.groupdict().items()}
        if all(gaps.values()):
            return texts(key, **gaps)
    return ""


def _filled(texts: Texts, name: str, text: str) -> str:
    """Say what stands in a gap; empty where it does not belong there."""
    if name in ("amount", "rate"):
        return _said(texts, text, f"{name}s")
    return text.replace(".", texts.decimal) if name in _SHAPES else text


@functools.cache
def _patterns(section: str) -> list[tuple[str, re.Pattern[str]]]:
    return [
        (key, re.compile(_pattern(phrase)))
        for key, phrase in language("en").phrases.items()
        if key.startswith(f"{section}.")
    ]


def _pattern(phrase: str) -> str:
    return _GAP.sub(lambda gap: f"(?P<{gap[1]}>{_SHAPES.get(gap[1], '.+')})", re.escape(phrase))
