"""Scores of given points, whatever the data say, and PDFs as another program reads them."""

import numpy as np
import pandas as pd
import pytest

from riskslim import Dataset, DecisionScore, RiskScore, Solution, Status


def score_of(names, points, *, intercept=-3, multiplier=1.0, values=2, outcome="ill", seed=0):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        random.integers(0, values, (60, len(names))).astype(float), columns=list(names)
    )
    frame.iloc[0], frame.iloc[1] = 0, values - 1
    frame.insert(0, outcome, (np.arange(60) % 3 == 0).astype(int))
    data = Dataset.from_frame(frame)
    solution = Solution(
        status=Status.OPTIMAL,
        points=np.array([intercept, *points]),
        feature_names=data.feature_names,
        objective=0.25,
        loss=0.249998,
        lower_bound=0.25 - 1e-12,
        nodes=7,
        cuts=11,
        lps=13,
        phase_seconds={"total": 0.5},
        proof="by hand",
        multiplier=multiplier,
    )
    return RiskScore.from_solution(solution, data, ["points from -5 to 5"])


def decision_of(names, points, *, intercept=-3, values=2, labels=(0, 1), unit=1):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        random.integers(0, values, (60, len(names))).astype(float), columns=list(names)
    )
    frame.iloc[0], frame.iloc[1] = 0, values - 1
    frame.insert(0, "ill", np.array(labels)[(np.arange(60) % 3 == 0).astype(int)])
    data = Dataset.from_frame(frame, positive=str(labels[1]))
    solution = Solution(
        status=Status.OPTIMAL,
        points=np.array([intercept, *points]),
        feature_names=data.feature_names,
        objective=0.25,
        loss=0.249998,
        lower_bound=0.25 - 1e-12,
        nodes=7,
        cuts=0,
        lps=0,
        phase_seconds={"total": 0.5},
        proof="by hand",
    )
    return DecisionScore.from_solution(solution, data, ["points from -5 to 5"], unit)


def text_of_pdf(content):
    """Lines of a PDF, as another program reads them."""
    pdfium = pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed")
    pages = [page.get_textpage().get_text_bounded() for page in pdfium.PdfDocument(content)]
    return [" ".join(line.split()) for page in pages for line in page.splitlines()]
