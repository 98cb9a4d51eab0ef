"""Years between dates: the card says which dates, and that they are years."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from riskslim import RiskScore, ScoreBinarizer
from riskslim.features.raw_table import raw_dataset


@pytest.mark.parametrize(("code", "years", "note"), [
    ("en", "(years)", "completed years from Geburtsdatum to Aufnahme."),
    ("de", "(Jahre)", "vollendete Jahre von Geburtsdatum bis Aufnahme."),
])  # fmt: skip
def test_a_card_says_how_years_are_counted(code: str, years: str, note: str, tmp_path) -> None:
    born = pd.date_range("1930-01-01", periods=60, freq="300D")
    frame = pd.DataFrame(
        {"Died": np.arange(60) % 3 == 0, "Geburtsdatum": born, "Aufnahme": "2020-05-01"}
    )
    frame.astype({"Died": int}).to_csv(tmp_path / "t.csv", index=False)
    labels = {"Geburtsdatum": {"label": "Geburtsdatum", "cuts": [50, 70]}}
    binarizer = ScoreBinarizer(reference_date="Aufnahme", cut_points=labels)
    data = raw_dataset(tmp_path / "t.csv", binarizer, "Died")
    points = {"Geburtsdatum >= 50": 1, "Geburtsdatum >= 70": 2}
    score = RiskScore.from_points(points, intercept=-2, data=data)
    for form in ("text", "markdown", "html", "latex", "svg", "calculator"):
        text = " ".join(score.export(form, language=code).replace("\\", "").split())
        assert note in text, form
        assert f"Geburtsdatum {years}" in text, form
