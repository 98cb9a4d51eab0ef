"""A report's numbers are those of other implementations, and its page is safe and whole."""

import html.parser
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, roc_auc_score

from riskslim import RiskScore, RiskSLIMClassifier
from riskslim.cli import main
from riskslim.report import make_report
from riskslim.report.measures import measure, wilson

NAMES = ["Age >= 65", "<b>x</b>", "a & \"b\" 'c'", "<script>alert(1)</script>"]


@pytest.fixture(scope="module")
def case():
    random = np.random.default_rng(3)
    frame = pd.DataFrame(random.integers(0, 2, (300, 4)), columns=NAMES)
    logits = frame.to_numpy() @ [2.0, -1.0, 1.5, 1.0] - 1.2
    y = pd.Series((random.random(300) < 1 / (1 + np.exp(-logits))).astype(int), name="ill")
    score = RiskSLIMClassifier(max_size=4).fit(frame, y).score_
    return score, frame, y


def test_by_total(case):
    score, frame, y = case
    found = measure(score, frame, y)
    totals = score.total(frame)
    for row in found.thresholds:
        tn, fp, fn, tp = confusion_matrix(y, totals >= row.total).ravel()
        assert row.sensitivity == pytest.approx(tp / (tp + fn))
        assert row.specificity == pytest.approx(tn / (tn + fp))
        assert row.ppv == pytest.approx(tp / (tp + fp))
        if tn + fn:
            assert row.npv == pytest.approx(tn / (tn + fn))
        odds = row.risk / (1 - row.risk)
        assert row.net_benefit == pytest.approx((tp - fp * odds) / len(y))
    assert found.evaluation.auc == pytest.approx(roc_auc_score(y, totals))


def test_decision_curve(case):
    score, frame, y = case
    found = measure(score, frame, y)
    risks = score.predict_proba(frame)[:, 1]
    by_score, everyone = found.decision_curve(np.array([0.2, 0.5]))
    for place, threshold in enumerate((0.2, 0.5)):
        _, fp, _, tp = confusion_matrix(y, risks >= threshold).ravel()
        odds = threshold / (1 - threshold)
        assert by_score[place] == pytest.approx((tp - fp * odds) / len(y))
        share = y.mean()
        assert everyone[place] == pytest.approx(share - (1 - share) * odds)


def test_calibration_by_total(case):
    score, frame, y = case
    found = measure(score, frame, y).evaluation
    risks = score.predict_proba(frame)[:, 1]
    edges = np.unique(risks)
    truth, predicted = calibration_curve(y, risks, n_bins=len(edges) * 400, strategy="uniform")
    assert [row.observed for row in found.table] == pytest.approx(truth.tolist())
    assert [row.predicted for row in found.table] == pytest.approx(predicted.tolist())


def test_wilson():
    assert wilson(0.5, 10) == pytest.approx((0.236593, 0.763407), abs=1e-6)
    assert wilson(0.0, 10) == pytest.approx((0.0, 0.277533), abs=1e-6)


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.ids, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.parametrize("code", ["en", "de"])
def test_page(case, code):
    score, frame, y = case
    groups = {name: frame[name] for name in NAMES[:2]}
    text = make_report(score, frame, y, subgroups=groups, data_name="<i>d</i>", language_code=code)
    page = Page()
    page.feed(text)
    assert "script" not in page.tags
    assert "b" not in page.tags
    assert "i" not in page.tags
    assert page.tags.count("figure") == 4
    assert page.tags.count("desc") == 4
    assert len(page.ids) == len(set(page.ids))
    shown = "".join(page.text)
    for name in score.points:
        assert name in shown.replace("≥", ">=")
    assert f"{NAMES[1]} = 1" in shown
    assert "<i>d</i>" in shown
    assert not re.search(r"(?:src|href)=\"(?!#)|url\((?!#)|@import", text)


def test_command(case, tmp_path):
    score, frame, y = case
    score.save(tmp_path / "score.json")
    frame.assign(ill=y).to_csv(tmp_path / "data.csv", index=False)
    run = CliRunner().invoke
    arguments = ["report", str(tmp_path / "score.json"), str(tmp_path / "data.csv")]
    done = run(main, [*arguments, "--by", NAMES[0], "-o", str(tmp_path / "report.html")])
    assert done.exit_code == 0, done.output
    assert f"{NAMES[0].replace('>', '&gt;')} = 1" in (tmp_path / "report.html").read_text()
    done = run(main, [*arguments, "--by", "Agee", "-o", str(tmp_path / "other.html")])
    assert done.exit_code != 0
    assert "no column 'Agee'" in done.output
    assert not (tmp_path / "other.html").exists()


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium is installed")
def test_pdf(case, tmp_path):
    score, frame, y = case
    score.save(tmp_path / "score.json")
    frame.assign(ill=y).to_csv(tmp_path / "data.csv", index=False)
    files = [str(tmp_path / name) for name in ("score.json", "data.csv", "report.pdf")]
    done = CliRunner().invoke(main, ["report", *files[:2], "-o", files[2]])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_a_score_with_real_values():
    random = np.random.default_rng(5)
    X = pd.DataFrame({"lab": random.normal(size=200).round(2), "age": random.uniform(20, 80, 200)})
    y = pd.Series((X["lab"] + random.normal(size=200) > 0).astype(int), name="ill")
    score: RiskScore = RiskSLIMClassifier(max_size=2).fit(X, y).score_
    assert not score.has_every_total
    assert "<svg" in make_report(score, X, y)
