"""Cards and reports in a real browser: risks, hostile names, small screens, print, contrast."""

from __future__ import annotations

import re
import shutil
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from riskslim import Dataset, RiskScore, Solution, Status
from riskslim.languages import language
from riskslim.report import make_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed")

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


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    context = browser.new_context(offline=True)
    tab = context.new_page()
    tab.problems = []
    tab.on("console", lambda message: tab.problems.append(message.text))
    tab.on("pageerror", lambda error: tab.problems.append(str(error)))
    tab.on("request", lambda request: tab.problems.append(request.url))
    yield tab
    context.close()


def show(page, tmp_path, text):
    file = tmp_path / "page.html"
    file.write_text(text, encoding="utf-8")
    page.goto(file.as_uri())
    page.problems[:] = [text for text in page.problems if not text.startswith("file:")]


def report_of(name, code="en"):
    score, frame = CASES[name]
    groups = {column: frame[column] for column in frame.columns[1:3]}
    return make_report(
        score, frame, frame["ill"], subgroups=groups, data_name=HOSTILE[0], language_code=code
    )


@pytest.mark.parametrize("code", ["en", "de"])
@pytest.mark.parametrize("name", CASES)
def test_the_card_shows_every_total_with_its_risk(page, name, code, tmp_path):
    score, _ = CASES[name]
    show(page, tmp_path, score.to_html(code))
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
def test_hostile_names_stay_names_on_every_screen(page, kind, width, tmp_path):
    score, _ = CASES["hostile"]
    page.set_viewport_size({"width": width, "height": 800})
    show(page, tmp_path, score.to_html() if kind == "card" else report_of("hostile"))
    assert "ran" not in page.title()
    assert page.evaluate("document.querySelectorAll('script, img, b, i').length") == 0
    text = page.inner_text("main")
    for name in HOSTILE[:3]:
        assert name in text
    assert "<i>points</i> from -5 to 5" in text
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.problems == []


def test_a_card_in_a_notebook_keeps_its_style_to_itself(page, tmp_path):
    fragment = CASES["hostile"][0]._repr_html_()
    show(page, tmp_path, f"<!doctype html><meta charset=utf-8><p id=other>text</p>{fragment}")
    assert page.evaluate("document.querySelectorAll('script, img, b, i').length") == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.querySelector('#other')).margin") == "16px 0px"
    bar = page.locator("rect").last
    assert bar.evaluate("node => getComputedStyle(node).fill") == "rgb(110, 163, 208)"
    assert bar.bounding_box()["width"] > 100
    assert page.problems == []


@pytest.mark.parametrize("kind", ["card", "report"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(page, kind, scheme, tmp_path):
    """All text has a contrast of at least 4.5 to what is behind it (WCAG, level AA)."""
    page.emulate_media(color_scheme=scheme)
    show(page, tmp_path, CASES["plain"][0].to_html() if kind == "card" else report_of("plain"))
    pairs = page.evaluate(
        """() => [...document.querySelectorAll("main *")].filter(node =>
            !node.closest("svg") && [...node.childNodes].some(
                child => child.nodeType === 3 && child.textContent.trim())).map(node => {
            const ink = getComputedStyle(node).color;
            let paper = "rgba(0, 0, 0, 0)";
            for (let at = node; at && paper === "rgba(0, 0, 0, 0)"; at = at.parentElement)
                paper = getComputedStyle(at).backgroundColor;
            return [node.tagName + "." + node.className, ink, paper];
        })"""
    )
    assert len(pairs) > 20

    def luminance(color):
        parts = np.array([float(part) for part in re.findall(r"[\d.]+", color)[:3]]) / 255
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    for what, ink, paper in pairs:
        dark, light = sorted((luminance(ink), luminance(paper)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (what, ink, paper)


def test_the_report_has_an_outline_and_names_for_its_plots(page, tmp_path):
    show(page, tmp_path, report_of("plain"))
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


def test_the_report_prints_within_its_paper(page, tmp_path):
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 1000})  # A4 without its margins
    show(page, tmp_path, report_of("hostile", "de"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
    assert page.pdf(format="A4").startswith(b"%PDF")
