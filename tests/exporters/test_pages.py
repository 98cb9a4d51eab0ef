"""Cards and reports in a real browser: risks, hostile names, small screens, print, contrast."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from riskslim import Dataset, RiskScore, Solution, Status
from riskslim.languages import language
from riskslim.report import make_report

HOSTILE = [
    "<script>document.title = 'ran'</script>",
    "<img src=x onerror=\"document.title='ran'\">",
    "</style></title><b>=1+1</b> & 'q' %_",
    "\u05d0\u05d1\u05d2 <= 5",
    "x" * 200,
]


def case(names, points, multiplier=1.0):
    random = np.random.default_rng(2)
    frame = pd.DataFrame(random.integers(0, 2, (120, len(names))), columns=list(names))
    frame.insert(0, "ill", (random.random(120) < 0.4).astype(int))
    data = Dataset.from_frame(frame)
    solution = Solution(
        status=Status.OPTIMAL,
        points=np.array([-2, *points]),
        feature_names=data.feature_names,
        objective=0.5,
        loss=0.5,
        lower_bound=0.5,
        nodes=1,
        cuts=0,
        lps=0,
        phase_seconds={"total": 0.1},
        proof="by hand",
        multiplier=multiplier,
    )
    return RiskScore.from_solution(solution, data, ["<i>points</i> from -5 to 5"]), frame


CASES = {
    "plain": case(["Age >= 40", "Age >= 65", "Sex"], [1, 3, -2], 2.5),
    "hostile": case(HOSTILE, [2, -1, 3, 1, -4]),
}


def report_of(name, code="en"):
    score, frame = CASES[name]
    groups = {column: frame[column] for column in frame.columns[1:3]}
    return make_report(
        score, frame, frame["ill"], subgroups=groups, data_name=HOSTILE[0], language_code=code
    )


@pytest.mark.parametrize("code", ["en", "de"])
@pytest.mark.parametrize("name", CASES)
def test_the_card_shows_every_total_with_its_risk(page, show, name, code):
    score, _ = CASES[name]
    show(score.export("html", code, min_people=0))
    say = language(code)
    rows = page.evaluate(
        """() => [...document.querySelectorAll("table:last-of-type tbody tr")].map(
            row => [...row.cells].map(cell => cell.innerText))"""
    )
    totals = [float(row.low) for row in score.table]
    assert len(rows) == len(totals)  # few totals, and no end to fold
    for cells, total in zip(rows, totals, strict=True):
        margin = (score.intercept + total) / score.multiplier
        assert cells[0] == say.number(total)
        assert cells[1] == say.percent(0.5 * (1 + np.tanh(margin / 2)))
    assert page.evaluate("document.documentElement.lang") == code
    assert page.problems == []


@pytest.mark.parametrize("kind", ["card", "report"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_hostile_names_stay_names_on_every_screen(page, show, kind, width):
    score, _ = CASES["hostile"]
    page.set_viewport_size({"width": width, "height": 800})
    show(score.to_html() if kind == "card" else report_of("hostile"))
    assert "ran" not in page.title()
    assert page.evaluate("document.querySelectorAll('script, img, b, i').length") == 0
    text = page.inner_text("main")
    for name in HOSTILE[:3]:
        assert name in text
    assert "<i>points</i> from -5 to 5" in text
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.problems == []


def test_a_card_in_a_notebook_keeps_its_style_to_itself(page, show):
    fragment = CASES["hostile"][0]._repr_html_()
    show(f"<!doctype html><meta charset=utf-8><p id=other>text</p>{fragment}")
    assert page.evaluate("document.querySelectorAll('script, img, b, i').length") == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.querySelector('#other')).margin") == "16px 0px"
    bar = page.locator("rect").last
    assert bar.evaluate("node => getComputedStyle(node).fill") == "rgb(110, 163, 208)"
    assert bar.bounding_box()["width"] > 100
    assert page.problems == []


@pytest.mark.parametrize("kind", ["card", "report"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(page, show, contrasts, kind, scheme):
    """All text has a contrast of at least 4.5 to what is behind it (WCAG, level AA)."""
    page.emulate_media(color_scheme=scheme)
    show(CASES["plain"][0].to_html() if kind == "card" else report_of("plain"))
    # Everything that holds text of its own, but for the plots.
    page.evaluate(
        """() => document.querySelectorAll("main *").forEach(node => node.toggleAttribute(
            "data-text", !node.closest("svg") && [...node.childNodes].some(
                child => child.nodeType === 3 && child.textContent.trim())))"""
    )
    found = contrasts("[data-text]")
    assert len(found) >= 4
    for what, contrast in found.items():
        assert contrast >= 4.5, what


@pytest.mark.parametrize("kind", ["card", "calculator"])
def test_what_a_dark_screen_prints_is_dark_on_white(page, show, contrasts, kind):
    page.emulate_media(color_scheme="dark", media="print")
    score, _ = CASES["plain"]
    show(score.to_html() if kind == "card" else score.to_calculator())
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    found = contrasts("h1, p, small, th, td, .label, .worth, output")
    assert len(found) >= 4
    assert all(contrast >= 4.5 for contrast in found.values()), found


def test_the_report_has_an_outline_and_names_for_its_plots(page, show):
    show(report_of("plain"))
    levels = page.evaluate(
        "() => [...document.querySelectorAll('h1, h2, h3')].map(node => Number(node.tagName[1]))"
    )
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    images = page.get_by_role("img")
    assert images.count() == 4
    for image in images.all():
        names = image.get_attribute("aria-labelledby").split()
        assert all(page.locator(f"#{name}").text_content().strip() for name in names)
    for section in page.locator("section").all():
        assert page.locator(f"#{section.get_attribute('aria-labelledby')}").count() == 1


def test_the_report_prints_within_its_paper(page, show):
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 1000})  # A4 without its margins
    show(report_of("hostile", "de"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
    assert page.pdf(format="A4").startswith(b"%PDF")
