"""A report's numbers are those of other implementations, and its page is safe and whole."""

import html.parser
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.special import expit
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, roc_auc_score

from riskslim import (
    CoefficientSet,
    Dataset,
    RiskScore,
    RiskSLIMClassifier,
    RiskSLIMProblem,
)
from riskslim.cli import main
from riskslim.credit import find_gains
from riskslim.errors import ScoreError
from riskslim.evaluation.cross_validation import cross_validate_score
from riskslim.evaluation.estimates import wilson
from riskslim.exporters.card import make_card
from riskslim.languages import language
from riskslim.recourse import find_recourse
from riskslim.report import CreditDesk, make_report
from riskslim.report.equals import compare_equals
from riskslim.report.held_out import held_out_of
from riskslim.report.measures import decision_curve, measure
from riskslim.report.people import ReportPeople
from riskslim.report.sizes import read_sizes, sizes_of
from riskslim.report.summary import summarise
from riskslim.report.tripod import tripod_items

NAMES = ["Age >= 65", "<b>x</b>", "a & \"b\" 'c'", "<script>alert(1)</script>"]


@pytest.fixture(scope="module")
def case():
    random = np.random.default_rng(3)
    frame = pd.DataFrame(random.integers(0, 2, (300, 4)), columns=NAMES)
    logits = frame.to_numpy() @ [2.0, -1.0, 1.5, 1.0] - 1.2
    y = pd.Series((random.random(300) < 1 / (1 + np.exp(-logits))).astype(int), name="ill")
    score = RiskSLIMClassifier(max_size=4).fit(frame, y).score_
    return score, frame, y


@pytest.fixture(scope="module")
def problem(case):
    _, frame, y = case
    data = Dataset.from_frame(pd.concat([y, frame], axis=1))
    points = CoefficientSet(data.feature_names, lower=-3, upper=3)
    return RiskSLIMProblem(data, points, max_size=4, multiplier="free")


@pytest.fixture(scope="module")
def pool(problem):
    return problem.pool(tolerance=0.01)


@pytest.fixture(scope="module")
def path(problem):
    return problem.path(cv=3)


@pytest.fixture(scope="module")
def validation(case):
    _, frame, y = case
    return cross_validate_score(RiskSLIMClassifier(max_size=2), frame, y, cv=3, bootstrap=2)


def test_by_total(case):
    score, frame, y = case
    found = measure(score, ReportPeople.of(score, frame, y))
    totals = score.total(frame)
    for row in found.thresholds:
        tn, fp, fn, tp = confusion_matrix(y, totals >= row.total).ravel()
        assert row.sensitivity.value == pytest.approx(tp / (tp + fn))
        assert row.specificity.value == pytest.approx(tn / (tn + fp))
        assert row.ppv.value == pytest.approx(tp / (tp + fp))
        if tn + fn:
            assert row.npv.value == pytest.approx(tn / (tn + fn))
        odds = row.risk / (1 - row.risk)
        assert row.net_benefit.value == pytest.approx((tp - fp * odds) / len(y))
    assert found.evaluation.auc == pytest.approx(roc_auc_score(y, totals))
    assert found.performance.auc.value == pytest.approx(roc_auc_score(y, totals))
    assert found.performance.log_loss.value == pytest.approx(found.evaluation.loss)
    assert found.performance.calibration_error.value == pytest.approx(
        found.evaluation.calibration_error
    )


def test_decision_curve(case):
    score, frame, y = case
    found = measure(score, ReportPeople.of(score, frame, y))
    risks = score.predict_proba(frame)[:, 1]
    by_score, everyone = decision_curve(found.people, np.array([0.2, 0.5]))
    for place, threshold in enumerate((0.2, 0.5)):
        _, fp, _, tp = confusion_matrix(y, risks >= threshold).ravel()
        odds = threshold / (1 - threshold)
        assert by_score[place] == pytest.approx((tp - fp * odds) / len(y))
        share = y.mean()
        assert everyone[place] == pytest.approx(share - (1 - share) * odds)


def test_calibration_by_total(case):
    score, frame, y = case
    found = measure(score, ReportPeople.of(score, frame, y)).evaluation
    risks = score.predict_proba(frame)[:, 1]
    edges = np.unique(risks)
    truth, predicted = calibration_curve(y, risks, n_bins=len(edges) * 400, strategy="uniform")
    assert [row.observed for row in found.table] == pytest.approx(truth.tolist())
    assert [row.predicted for row in found.table] == pytest.approx(predicted.tolist())


def test_wilson():
    assert wilson(0.5, 10) == pytest.approx((0.236593, 0.763407), abs=1e-6)
    assert wilson(0.0, 10) == pytest.approx((0.0, 0.277533), abs=1e-6)
    assert all(wilson(0.0, count)[0] == 0.0 for count in range(1, 200))
    assert all(wilson(1.0, count)[1] == 1.0 for count in range(1, 200))


def test_summary_of_the_data(case):
    score, frame, y = case
    card = make_card(score, language("en"))
    weight = np.random.default_rng(0).integers(0, 3, len(y)).astype(float)
    rows = summarise(card, ReportPeople.of(score, frame, y, weight))
    assert len(rows) == score.size
    for row in rows:
        label = row.label.replace(">=", "≥")
        (name,) = [name for name in NAMES if label.removesuffix(": no") == name.replace(">=", "≥")]
        # An item of negative points is turned: it is what is absent that has some.
        assert label.endswith(": no") == (score.points[name] < 0)
        has = frame[name] == (0 if score.points[name] < 0 else 1)
        share = float(np.average(has, weights=weight))
        assert row.people == f"{(has & (weight > 0)).sum()} ({language('en').percent(share)})"
        for cell, part in ((row.having, has), (row.lacking, ~has)):
            positive = float(np.average(y[part], weights=weight[part]))
            number = (part & (y == 1) & (weight > 0)).sum()
            assert cell == f"{number} ({language('en').percent(positive)})"


def test_people_of_the_training_are_recognised(case):
    score, frame, y = case
    assert ReportPeople.of(score, frame, y).are_those_of(score)
    assert not ReportPeople.of(score, frame[1:], y[1:]).are_those_of(score)
    assert not ReportPeople.of(score, frame, 1 - y).are_those_of(score)


def test_near_equal_scores(case, pool):
    score, frame, y = case
    merged = ReportPeople.of(score, frame, y, pool=pool).equals
    found = compare_equals(pool[1], pool, *merged)
    assert [row.is_this for row in found.best].count(True) == 1
    assert found.best[1].is_this
    objectives = [row.objective for row in found.best]
    assert objectives == sorted(objectives)
    assert not any(row.is_this for row in compare_equals(score, pool, *merged).best[8:])
    for name, share in found.used:
        assert share == pytest.approx(np.mean([name in one.points for one in pool]))
    risks = np.array(
        [
            expit((intercept + one.total(frame)) / multiplier)
            for one, *ends in zip(pool, pool.multipliers, pool.intercepts, strict=True)
            for multiplier, intercept in ((one.multiplier, one.intercept), *zip(*ends, strict=True))
        ]
    )
    high, low = risks.max(axis=0), risks.min(axis=0)
    ranges = found.multiplicity.ranges
    assert len(ranges) < len(frame) == found.people.rows.sum()
    for name, ends in (("highest", high), ("lowest", low)):
        np.testing.assert_allclose(
            np.sort(np.repeat(ranges[name], found.people.rows)), np.sort(ends)
        )
    assert found.share_of_wide == pytest.approx((high - low > 0.1).mean())
    flipped = ((risks > 0.5) != (risks[0] > 0.5)).any(axis=0).mean()
    assert found.multiplicity.ambiguity == pytest.approx(flipped)


def test_cross_validation(path):
    rows = sizes_of(path.to_dict())
    assert [row.size for row in rows] == list(path.sizes)
    for row in rows:
        mean, error = path.cv_loss(row.size)
        assert (row.cv_loss, row.standard_error) == pytest.approx((mean, error))
        assert ("best" in row.chosen) == (row.size == path.choose("best"))
        assert ("one-se" in row.chosen) == (row.size == path.choose("one-se"))
        assert row.folds == 3


def test_held_out_performance(validation):
    found = held_out_of(json.loads(json.dumps(validation.to_dict())))
    assert (found.folds, found.repeats, found.resamples) == (3, 1, 2)
    for row in found.measures:
        assert row.held_out == getattr(validation.measures, row.name)
        assert row.apparent == getattr(validation.apparent, row.name).value
        assert row.corrected == validation.optimism.corrected[row.name]
    assert dict(found.selected) == validation.selected
    with pytest.raises(ScoreError, match="no cross-validation"):
        held_out_of({})
    with pytest.raises(ScoreError, match="version 7"):
        held_out_of(validation.to_dict() | {"version": 7})
    with pytest.raises(ScoreError, match="'design'"):
        held_out_of(
            {"kind": "cross-validation", "version": 1, "optimism": None, "data": {"rows": 1}}
        )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "expected one JSON object"),
        ("{", "not JSON"),
        ('{"sizes": [{"size": 1}]}', "no path of scores"),
        ('{"sizes": [], "chosen": null}', "no cross-validation"),
        (None, "cannot read"),
    ],
)
def test_files_that_are_no_cross_validation(text, message, tmp_path):
    file = tmp_path / "path.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ScoreError, match=message) as caught:
        read_sizes(file)
    assert "path.json" in str(caught.value)


def test_every_item_of_tripod_is_there(case):
    score, frame, y = case
    card = make_card(score, language("en"))
    items = tripod_items(card, measure(score, ReportPeople.of(score, frame, y)), "AUC: 0.9")
    numbers = [item.number for item in items]
    # The statement has 27 items and 52 with their parts.
    assert len(numbers) == len(set(numbers)) == 52
    assert list(dict.fromkeys(re.sub("[a-z]", "", number) for number in numbers)) == [
        str(number) for number in range(1, 28)
    ]
    answers = {item.number: item.answer for item in items}
    assert "AUC: 0.9" in answers["23a"]
    assert "Proved optimal" in answers["12c"]
    assert not any(answers[number] for number in ("2", "3a", "5a", "17", "18a", "25", "26"))


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
def test_page(case, code, pool, path, validation):
    score, frame, y = case
    groups = {name: frame[name] for name in NAMES[:2]}
    text = make_report(
        score,
        frame,
        y,
        subgroups=groups,
        data_name="<i>d</i>",
        language_code=code,
        pool=pool,
        path=path,
        validation=validation,
        credit=CreditDesk.of(score, frame, y, period=["a", "b"] * 150, language_code=code),
        recourse=find_recourse(score, frame, {"columns": {NAMES[0]: "down"}}, 0.5),
    )
    page = Page()
    page.feed(text)
    assert "script" not in page.tags
    assert "b" not in page.tags
    assert "i" not in page.tags
    # Those of the people of the training, whom the report recognises, and of people held out.
    assert page.tags.count("figure") == 9 + 3
    assert page.tags.count("desc") == 9 + 3
    assert language(code)("report.in_training_text") in text
    assert not re.search(r"\{\w+\}", text)
    assert len(page.ids) == len(set(page.ids))
    shown = "".join(page.text)
    assert pool.complete
    # Of a real intercept what pools say of people is the least that it can be.
    assert len(re.findall("<dd>(?:at least|mindestens) ", text)) == 3
    if code == "de":
        some = replace(pool, complete=False)
        found = find_recourse(score, frame, {"columns": {NAMES[0]: "down"}}, 0.5)
        less = make_report(score, frame, y, language_code=code, pool=some, recourse=found)
        assert less.count("<dd>mindestens ") == 3
        # Without subgroups there is nothing to draw of it.
        assert 'id="h-recourse"' in less
    for name in score.points:
        assert name in shown.replace("≥", ">=")
    assert f"{NAMES[1]} = 1" in shown
    gains = find_gains(score, frame, y)
    decimal = "." if code == "en" else ","
    assert f"KS{gains.ks:.3f}".replace(".", decimal) in re.sub(r"\s", "", shown)
    assert {"en": "Share of fixed predictions", "de": "Anteil festliegender"}[code] in shown
    assert "<i>d</i>" in shown
    assert not re.search(r"(?:src|href)=\"(?!#)|url\((?!#)|@import", text)


def test_command(case, pool, path, validation, tmp_path):
    score, frame, y = case
    score.save(tmp_path / "score.json")
    rows = frame.assign(ill=y, w=np.arange(300) % 3 * 0.7)
    rows.to_csv(tmp_path / "data.csv", index=False)
    run = CliRunner().invoke
    arguments = ["report", str(tmp_path / "score.json"), str(tmp_path / "data.csv")]
    done = run(main, [*arguments, "--by", NAMES[0], "-o", str(tmp_path / "report.html")])
    assert done.exit_code == 0, done.output
    assert f"{NAMES[0].replace('>', '&gt;')} = 1" in (tmp_path / "report.html").read_text()
    extra = ["--pool", str(tmp_path / "pool.json"), "--path", str(tmp_path / "path.json")]
    extra += ["--cv", str(tmp_path / "cv.json")]
    pool.save(tmp_path / "pool.json")
    validation.save(tmp_path / "cv.json")
    (tmp_path / "path.json").write_text(json.dumps(path.to_dict()))
    extra += ["--weights", "w", "--by", NAMES[1]]
    done = run(main, [*arguments, *extra, "-o", str(tmp_path / "more.html")])
    assert done.exit_code == 0, done.output
    more = (tmp_path / "more.html").read_text()
    assert "Cross-validation" in more
    assert "Scores that are nearly as good" in more
    # Of a folder no rows are held, and every number is the same.
    (tmp_path / "parts").mkdir()
    for place in range(3):
        rows.iloc[place * 120 : (place + 1) * 120].to_parquet(tmp_path / f"parts/{place}.parquet")
    arguments[2] = str(tmp_path / "parts")
    done = run(main, [*arguments, *extra, "-o", str(tmp_path / "counted.html")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "counted.html").read_text() == more.replace("data.csv", "parts")
    arguments[2] = str(tmp_path / "data.csv")
    (tmp_path / "actions.toml").write_text(f'[columns."{NAMES[0]}"]\ndirection = "down"\n')
    extra = ["--credit", "--reference", arguments[2], "--actions", str(tmp_path / "actions.toml")]
    extra += ["--target-risk", "0.5", "--by", NAMES[1], "-o", str(tmp_path / "desk.html")]
    done = run(main, [*arguments, *extra])
    assert done.exit_code == 0, done.output
    page = (tmp_path / "desk.html").read_text()
    assert "Stability of the population" in page
    assert "Fixed" in page
    for option, whole in (("--reference", "--credit"), ("--target-risk", "--actions")):
        given = arguments[2] if option == "--reference" else "0.5"
        done = run(main, [*arguments, option, given, "-o", "x.html"])
        assert done.exit_code == 2
        assert f"{option} is for {whole}" in done.output
    done = run(main, [*arguments, "--pool", str(tmp_path / "score.json"), "-o", "x.html"])
    assert done.exit_code == 3
    assert "score.json" in done.output
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
