"""How the plots of a report are drawn."""

from riskslim.report.drawing import Plot


def test_an_svg_is_drawn_once_for_the_page_and_its_file():
    drawn = []
    plot = Plot("plot", "title", "text", lambda axes: drawn.append(axes))
    page, svg = plot.__html__(), plot.file("svg")
    assert len(drawn) == 1
    assert plot.file("svg") == svg
    assert page.startswith('<svg role="img" aria-labelledby="plot-title plot-desc"')
    assert plot.file("pdf").startswith(b"%PDF")
    assert len(drawn) == 2
