"""Make the pictures of the documentation: ``python notebooks/docs/pictures.py``.

Fits the score of ``riskslim demo``, and photographs its card, calculator and report in Chromium.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
from playwright.sync_api import sync_playwright
from sklearn.datasets import load_breast_cancer

from riskslim import RiskScore, RiskSLIMClassifier, ScoreBinarizer
from riskslim.cli.demo import breast_cancer_table
from riskslim.report import make_report

FOLDER = Path(__file__).parent / "pictures"
A4 = {"width": 794, "height": 1123}


def demo_score(path: Path) -> tuple[RiskScore, pd.DataFrame]:
    """Fit the score that ``riskslim demo`` fits."""
    breast_cancer_table(path)
    table = pd.read_csv(path)
    X, y = table.drop(columns="malignant"), table["malignant"]
    return RiskSLIMClassifier(max_size=5).fit(X, y).score_, table


def score_with_bands() -> RiskScore:
    """Fit a score whose measurements have several cuts."""
    raw = load_breast_cancer(as_frame=True)
    X = raw.data[["worst radius", "worst texture", "mean smoothness"]]
    y = (raw.target == 0).astype(int).rename("malignant")
    return RiskSLIMClassifier(max_size=6, binarizer=ScoreBinarizer(max_cuts=4)).fit(X, y).score_


def photograph(
    browser: Any,
    page: Path,
    name: str,
    scale: float = 1.5,
    numbers: tuple[str, ...] = ("105",),
    **options: Any,
) -> None:
    """Take a picture of a page; of a calculator with every item answered, or numbers typed in."""
    media = options.pop("media", "screen")
    context = browser.new_context(offline=True, device_scale_factor=scale, **options)
    tab = context.new_page()
    tab.emulate_media(media=media, color_scheme=options.get("color_scheme", "light"))
    tab.goto(page.as_uri())
    if media == "print":
        # The margins of the paper, which only a printer adds.
        tab.add_style_tag(content="body { padding: 16mm 15mm }")
    for index, row in enumerate(tab.get_by_role("radiogroup").all()):
        row.get_by_role("radio", name="no" if index % 2 else "yes", exact=True).check()
    for field, number in zip(tab.get_by_role("spinbutton").all(), numbers, strict=False):
        field.fill(number)
    tab.mouse.move(0, 0)
    tab.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
    tab.screenshot(path=FOLDER / name)
    context.close()


def main() -> None:
    """Make them all."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("the pictures are taken in Chromium, which is not installed")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        folder = Path(place)
        score, table = demo_score(folder / "breast_cancer.csv")
        (FOLDER / "pocket-card.svg").write_text(score.to_svg(), encoding="utf-8")
        calculator, report = folder / "calculator.html", folder / "report.html"
        calculator.write_text(score.to_calculator(), encoding="utf-8")
        banded = score_with_bands()
        (FOLDER / "pocket-card-bands.svg").write_text(banded.to_svg(), encoding="utf-8")
        with_bands = folder / "bands.html"
        with_bands.write_text(banded.to_calculator(), encoding="utf-8")
        page = make_report(score, table, table["malignant"], data_name="breast_cancer.csv")
        report.write_text(page, encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        phone: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}
        photograph(browser, calculator, "calculator-phone.png", **phone)
        photograph(browser, calculator, "calculator-dark.png", color_scheme="dark", **phone)
        desktop = {"width": 1280, "height": 660}
        photograph(browser, calculator, "calculator-desktop.png", 1.0, viewport=desktop)
        measured = ("17.2", "24.5", "0.12")
        photograph(browser, with_bands, "calculator-bands.png", 1.0, measured, viewport=desktop)
        photograph(browser, report, "report.png", media="print", viewport=A4)
        browser.close()


if __name__ == "__main__":
    main()
