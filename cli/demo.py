"""``riskslim demo``: the main job on real data, from a table to a certified card."""

from __future__ import annotations

from pathlib import Path

import click

from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.paths import OutputFolder
from riskslim.cli.terminal import say

__all__ = ["demo"]

# Cut points at round values near the quartiles of each measurement, so that a
# reader can tick "radius >= 15 mm" without a calculator.
CUT_POINTS: dict[str, tuple[float, ...]] = {
    "mean texture": (16, 19, 22),
    "mean smoothness": (0.09, 0.1),
    "mean concavity": (0.05, 0.1),
    "worst radius": (13, 15, 17),
    "worst texture": (21, 25, 30),
    "worst perimeter": (85, 100, 120),
    "worst concave points": (0.07, 0.1, 0.15),
    "worst symmetry": (0.25, 0.32),
}


def breast_cancer_table(path: Path) -> None:
    """Write scikit-learn's breast cancer data as a 0/1 table, outcome first."""
    import pandas as pd
    from sklearn.datasets import load_breast_cancer

    from riskslim.files import write_atomically

    raw = load_breast_cancer(as_frame=True)
    columns = {"malignant": (raw.target == 0).astype(int)}
    for name, cuts in CUT_POINTS.items():
        for cut in cuts:
            columns[f"{name} >= {cut:g}"] = (raw.data[name] >= cut).astype(int)
    write_atomically(path, pd.DataFrame(columns).to_csv(index=False))


@click.command(epilog=EXIT_CODES_HELP)
@click.option(
    "-o",
    "--output",
    type=OutputFolder(),
    metavar="FOLDER",
    help="Write the table, the score, its card, calculator and report into this folder; an earlier "
    "one is replaced.",
)
@click.pass_context
def demo(ctx: click.Context, output: Path | None) -> None:
    """Fit a score to real data, scikit-learn's breast cancer data, and print it.

    \b
    Example:
      riskslim demo -o demo
    """
    import tempfile

    from riskslim.cli.fit import fit
    from riskslim.files import check_new_folder, write_folder

    if output is not None:
        check_new_folder(output, _MARK)
    with tempfile.TemporaryDirectory() as folder:
        table, score = Path(folder) / "breast_cancer.csv", Path(folder) / _MARK
        breast_cancer_table(table)
        say("$ riskslim fit breast_cancer.csv --target malignant --max-size 5 -o score.json")
        try:
            ctx.invoke(fit, data=table, target="malignant", max_size=5, output=score)
        finally:
            if output is not None and score.exists():
                files = write_folder(output, _pages(table, score), _MARK)
                say(f"Open {output / 'card.html'}: {', '.join(file.name for file in files)}.")


_MARK = "score.json"


def _pages(table: Path, file: Path) -> dict[str, str | bytes]:
    """Make what the folder of the demonstration holds."""
    from riskslim.data.reading import read_table
    from riskslim.report import make_report
    from riskslim.scores.risk import RiskScore

    score = RiskScore.load(file).described(
        title="Malignant breast mass", outcome="malignant", population="fine needle aspirates"
    )
    frame = read_table(table)
    return {
        "breast_cancer.csv": table.read_text(encoding="utf-8"),
        _MARK: score.to_json(),
        "card.html": score.to_html(),
        "calculator.html": score.to_calculator(),
        "report.html": make_report(score, frame, frame["malignant"], data_name=table.name),
    }
