"""Names in any script: drawn readably, or one message says which font is lacking."""

import warnings
import xml.etree.ElementTree as ElementTree

import pytest

from riskslim.errors import DataWarning, OptionError
from riskslim.exporters import fonts
from riskslim.report.drawing import Plot
from riskslim.workflows.built_summary import _pocket
from support.raw_scores import renamed
from support.scores import score_of, text_of_pdf

PLAIN = score_of(["a", "b"], [2, -1])
CHINESE = renamed(PLAIN, ["年龄≥65", "糖尿病"])


@pytest.fixture
def no_other_fonts(monkeypatch):
    monkeypatch.setattr(fonts, "_installed", list)
    fonts._families.cache_clear()
    yield
    fonts._families.cache_clear()


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_a_picture_of_boxes_is_refused_and_the_font_named(kind, no_other_fonts):
    wanted = f"{kind}: no installed font has the letters 尿 年 病 糖 龄 .CJK.: .* Noto Sans CJK"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(OptionError, match=wanted):
            CHINESE.export(kind)


def test_an_svg_holds_the_letters_and_one_warning_names_the_font(no_other_fonts):
    with pytest.warns(DataWarning, match="SVG: no installed font has the letters 尿") as caught:
        svg = CHINESE.export("svg")
    assert len(caught) == 1
    texts = ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter()]
    assert "糖尿病" in texts


def test_emoji_and_other_scripts_are_told_apart(no_other_fonts):
    score = renamed(PLAIN, ["चीनी 🦠", "plain"])
    with pytest.raises(OptionError, match=r"\(DEVANAGARI, symbols\): .* apt install fonts-noto\)"):
        score.export("pdf")


def test_build_leaves_the_pocket_card_out_and_warns_once(no_other_fonts):
    with pytest.warns(DataWarning, match=r"pocket.pdf is left out: pdf: no installed font"):
        files, told = _pocket(CHINESE, "en")
    assert files == {}
    assert len(told) == 1
    assert list(_pocket(PLAIN, "en")[0]) == ["pocket.pdf"]


@pytest.mark.parametrize(
    "name", ["e\u0301 a\u0308 combined", "\u0627\u0644\u0639\u0645\u0631", "\u05d2\u05d9\u05dc",
             "Ελλάς, Київ", "\u2764\ufe0f heart", "joined\u200dletters \u2066isolated\u2069"],
)  # fmt: skip
def test_letters_of_the_font_that_comes_along_need_no_other(name, no_other_fonts):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert renamed(PLAIN, [name, "b"]).export("pdf").startswith(b"%PDF")


def test_letters_are_drawn_in_an_installed_font_that_has_them(caplog):
    from matplotlib.font_manager import findfont

    other = fonts._of_font(findfont("STIXGeneral")) - fonts._of_font(findfont(fonts.OWN))
    letter = next(chr(code) for code in sorted(other) if chr(code).isalpha())
    score = renamed(PLAIN, [f"mixed {letter} letters", "b"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pdf, png = score.export("pdf"), score.export("png")
    assert not caplog.records
    assert any(f"mixed {letter} letters" in line for line in text_of_pdf(pdf))
    assert png != renamed(PLAIN, ["mixed letters", "b"]).export("png")


def test_wide_letters_stay_within_their_half_of_the_card(no_other_fonts):
    with pytest.warns(DataWarning):
        svg = renamed(PLAIN, ["糖尿病" * 15, "b"]).export("svg")
    lines = [node.text for node in ElementTree.fromstring(svg).iter() if node.text]
    broken = [line for line in lines if "糖" in line or "尿" in line]
    assert len(broken) > 1
    assert "".join(broken).count("糖") >= 15


def test_plots_of_a_report_draw_any_letters_without_a_warning(no_other_fonts):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = Plot("plot", "title", "text", lambda axes: axes.set_xlabel("糖尿病")).__html__()
    assert "糖尿病" in svg
