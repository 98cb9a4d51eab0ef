"""A report on decisions: its numbers are counted again here, and its page is safe and whole."""

import html.parser
import math
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, roc_auc_score

from riskslim import Dataset, DecisionScore, Solution, Status
from riskslim.cli import main
from riskslim.errors import OptionError
from riskslim.exporters.card import make_card
from riskslim.languages import language
from riskslim.report import make_report
from riskslim.report.decision_measures import measure_decisions
from riskslim.report.people import ReportPeople
from riskslim.report.tripod import tripod_items
from riskslim.scores.score_bounds import score_bounds

NAMES = ["Age >= 65", "<b>x</b>", "a & \"b\" 'c'", "<script>alert(1)</script>"]
LABELS = ("<i>no</i>", "<u>yes</u> {total}")


def score_on(X, y, intercept, points, labels=(0, 1)):
    frame = pd.concat([pd.Series(np.asarray(labels)[y], name="ill"), X], axis=1)
    data = Dataset.from_frame(frame, positive=str(labels[1]))
    solution = Solution(
        status=Status.OPTIMAL,
        points=np.array([intercept, *points]),
        feature_names=data.feature_names,
        objective=0.25,
        loss=0.25,
        lower_bound=0.25,
        nodes=7,
        cuts=0,
        lps=0,
        phase_seconds={"total": 0.5},
        proof="by hand",
    )
    return DecisionScore.from_solution(solution, data, ["<em>points</em> from -5 to 5"])


@pytest.fixture(scope="module")
def people():
    random = np.random.default_rng(3)
    X = pd.DataFrame(random.integers(0, 2, (300, 4)), columns=NAMES)
    logits = X.to_numpy() @ [2.0, -1.0, 1.5, 1.0] - 1.2
    return X, (random.random(300) < 1 / (1 + np.exp(-logits))).astype(int)


@pytest.fixture(scope="module")
def case(people):
    X, y = people
    return score_on(X, y, -2, [3, -1, 2, 1]), X, y


@pytest.fixture(scope="module")
def hostile(people):
    X, y = people
    outcome = np.asarray(LABELS)[y]
    groups = {NAMES[3]: X[NAMES[3]]}
    score = score_on(X, y, -2, [3, -1, 2, 1], LABELS)
    return {
        code: make_report(
            score, X, outcome, subgroups=groups, data_name="<i>d</i>", language_code=code
        )
        for code in ("en", "de")
    }


def fitted_on_raw(raw, folder):
    raw.to_csv(folder / "raw.csv", index=False)
    files = str(folder / "raw.csv"), str(folder / "raw.json")
    done = CliRunner().invoke(
        main,
        ["fit", files[0], "--raw", "--method", "slim", "--target", "ill", "--max-size", "2",
         "-o", files[1]],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return DecisionScore.load(files[1])


class Page(html.parser.HTMLParser):
    """Tags, identifiers and text of a page, and the cells of its tables by row."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.text, self.rows, self.cell = [], [], [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self.cell = self.rows[-1]

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.cell = None

    def handle_data(self, data):
        self.text.append(data)
        if self.cell is not None:
            self.cell[-1] += data

    def below(self, *head):
        """Rows after the one with these first cells."""
        (place,) = [i for i, row in enumerate(self.rows) if tuple(row[: len(head)]) == head]
        return self.rows[place + 1 :]


def measured(score, *rows, **groups):
    return measure_decisions(score, ReportPeople.of(score, *rows, **groups))


def percent(share):
    return language("en").percent(share)


def wilson(hits, of):
    found = binomtest(int(hits), int(of)).proportion_ci(method="wilson")
    return found.low, found.high


def counts(X, y):
    """Confusion of the rule ``3 Age - x + 2 a + script > 2``, by hand."""
    total = X.to_numpy() @ [3, -1, 2, 1]
    return total, confusion_matrix(y, total > 2).ravel()


def shares_of(tn, fp, fn, tp):
    return {
        "error_rate": (fp + fn, tn + fp + fn + tp),
        "true_positive_rate": (tp, tp + fn),
        "false_positive_rate": (fp, fp + tn),
        "positive_predictive_value": (tp, tp + fp),
        "negative_predictive_value": (tn, tn + fn),
    }


def test_rates_and_their_intervals(case):
    score, X, y = case
    found = measured(score, X, y, subgroups={"Age": X[NAMES[0]]})
    total, all_counts = counts(X, y)
    assert found.auc.value == pytest.approx(roc_auc_score(y, total))
    parts = [(found.rates, all_counts)]
    for value, group in enumerate(found.subgroups):
        inside = (X[NAMES[0]] == value).to_numpy()
        assert group.name == f"Age = {value}"
        parts.append((group.rates, counts(X[inside], y[inside])[1]))
    assert len(parts) == 3
    for rates, numbers in parts:
        for name, (hits, of) in shares_of(*numbers).items():
            rate = getattr(rates, name)
            assert rate.value == pytest.approx(hits / of), name
            assert (rate.low, rate.high) == pytest.approx(wilson(hits, of)), name


def test_weights_count_rows_several_times(case):
    score, X, y = case
    weight = np.random.default_rng(0).integers(0, 4, len(y))
    found = measured(score, X, y, weight, {"Age": X[NAMES[0]]})
    assert found.is_weighted
    copies = np.repeat(np.arange(len(y)), weight)
    again = measured(score, X.iloc[copies], y[copies], None, {"Age": X[NAMES[0]][copies]})
    pairs = [(found, again), *zip(found.subgroups, again.subgroups, strict=True)]
    for one, other in pairs:
        for name in shares_of(1, 1, 1, 1):
            assert getattr(one.rates, name).value == pytest.approx(getattr(other.rates, name).value)
    assert [e.value for e in found.observed] == pytest.approx([e.value for e in again.observed])
    roc = [(p.total, p.false_positive_rate, p.true_positive_rate) for p in found.roc]
    assert np.array(roc) == pytest.approx(
        np.array([(p.total, p.false_positive_rate, p.true_positive_rate) for p in again.roc])
    )


def test_roc_curve(case):
    score, X, y = case
    total, _ = counts(X, y)
    points = measured(score, X, y).roc
    assert [point.total for point in points] == np.unique(total).tolist()
    for point in points:
        called = total >= point.total
        assert point.true_positive_rate == pytest.approx(called[y == 1].mean())
        assert point.false_positive_rate == pytest.approx(called[y == 0].mean())


def test_every_table_of_the_page(case):
    score, X, y = case
    text = make_report(score, X, y, subgroups={"Age": X[NAMES[0]]})
    page = Page(text)
    total, (tn, fp, fn, tp) = counts(X, y)
    measured = page.below("Measure", "Value")
    assert measured[0][:2] == ["Errors", percent((fp + fn) / 300)]
    assert measured[1][:2] == ["False positives", str(fp)]
    assert measured[2][:2] == ["False negatives", str(fn)]
    low, high = map(percent, wilson(tp, tp + fn))
    assert measured[3] == [
        "Sensitivity (true positive rate)", percent(tp / (tp + fn)), f"{low} to {high}",
    ]  # fmt: skip
    assert page.below("Outcome", "decided no", "decided yes")[:2] == [
        ["positive", str(fn), str(tp), str(fn + tp)],
        ["negative", str(tn), str(fp), str(tn + fp)],
    ]
    (head,) = [row for row in page.rows if row[:2] == ["Total", "People"]]
    shown = page.below(*head)
    people, say = 0, language("en")
    for cells in shown[: [row[0] for row in shown].index("Subgroup")]:
        ends = [int(end) for end in re.findall(r"-?\d+", cells[0])]
        low = -99 if "or less" in cells[0] else ends[0]
        high = 99 if "or more" in cells[0] else ends[-1]
        inside = (total >= low) & (total <= high)
        hits, of = y[inside].sum(), inside.sum()
        people += of
        assert of >= 20
        assert cells[1:] == [
            *(str(of), str(hits), say.percent(hits / of, 0)),
            *(say.percents(*wilson(hits, of), 0), "yes" if low > 2 else "no"),
        ]
    assert people == len(y)
    (first,) = re.findall(r'<tr class="first"><th[^>]*>(-?\d+)', text)
    assert first == "3"
    groups = page.below("Subgroup")[:2]
    for value, cells in enumerate(groups):
        inside = (X[NAMES[0]] == value).to_numpy()
        _, numbers = counts(X[inside], y[inside])
        assert cells[:3] == [f"Age = {value}", str(inside.sum()), str(y[inside].sum())]
        for cell, (hits, of) in zip(cells[3:], shares_of(*numbers).values(), strict=True):
            assert cell.startswith(say.percent(hits / of, 0))


def test_plots_show_the_threshold(case):
    score, X, y = case
    text = make_report(score, X, y)
    _, (tn, fp, fn, tp) = counts(X, y)
    assert (
        f"threshold (total &gt; 2): false positive rate {percent(fp / (fp + tn))}, "
        f"sensitivity {percent(tp / (tp + fn))}."
    ) in text
    assert "a total above 2 means yes" in text
    # Written beside the point of the curve, and in the legend of the distribution.
    assert len(re.findall(r"<text[^>]*>total &gt; 2</text>", text)) == 2
    assert Page(text).tags.count("figure") == 2


def test_error_bound(case):
    score, X, y = case
    _, (_, fp, fn, _) = counts(X, y)
    hoeffding = (fp + fn) / 300 + math.sqrt(math.log(20) / 600)
    sentence = f"its error on new people like them is at most {percent(hoeffding)}"
    assert sentence in make_report(score, X, y)
    trained = score_bounds(score, X, y).if_trained_here
    assert f"If it was chosen on them, at most {percent(trained)}" in make_report(score, X, y)
    assert "Hoeffding" not in make_report(score, X, y, np.arange(300.0))


def test_no_bound_for_training_data_whose_cuts_were_learned(tmp_path):
    random = np.random.default_rng(1)
    raw = pd.DataFrame({"age": random.integers(20, 90, 200), "lab": random.normal(size=200)})
    raw["ill"] = (raw["age"] + 10 * random.normal(size=200) > 60).astype(int)
    score = fitted_on_raw(raw, tmp_path)
    assert score.binning is not None
    text = make_report(score, raw, raw["ill"])
    assert "Hoeffding" in text
    assert "Occam" not in text


def test_tripod_without_risks(case):
    score, X, y = case
    measures = measured(score, X, y)
    items = {
        item.number: item.answer
        for item in tripod_items(make_card(score, language("en")), measures, "Errors 5%")
    }
    assert len(items) == 52
    assert items["12f"] == items["24"]
    assert items["24"].startswith("Does not apply")
    assert "Calibration and decision curve do not apply" in items["12e"]
    assert "Yes if the total exceeds 2, else no." in items["15"]
    assert items["23a"] == "Errors 5%"
    assert "logistic" not in " ".join(items.values())


@pytest.mark.parametrize("code", ["en", "de"])
def test_names_stay_names(hostile, code):
    text = hostile[code]
    page = Page(text)
    assert not {"script", "b", "i", "u", "em"} & set(page.tags)
    assert len(page.ids) == len(set(page.ids))
    shown = "".join(page.text)
    for name in (*NAMES[1:], *LABELS, "<i>d</i>", "<em>points</em>", f"{NAMES[3]} = 1"):
        assert name in shown
    assert not re.search(r"\{\w+\}", text.replace("{total}", ""))
    assert not re.search(r"(?:src|href)=\"(?!#)|url\((?!#)|@import", text)
    risks = "Kalibrierungsfehler|Nettonutzen" if code == "de" else "Calibration error|Net benefit"
    assert not re.search(risks, shown)


def test_german_says_all_that_english_says(hostile):
    pages = {code: Page(text) for code, text in hostile.items()}
    assert pages["de"].tags == pages["en"].tags
    headings = [re.findall(r"<h[23][^>]*>(.*?)</h", hostile[code]) for code in ("en", "de")]
    same = {one for one, other in zip(*headings, strict=True) if one == other}
    assert same <= {"TRIPOD+AI"}


@pytest.mark.parametrize("width", [320, 1280])
def test_in_a_browser(page, show, hostile, width):
    page.set_viewport_size({"width": width, "height": 800})
    show(hostile["en"])
    assert page.evaluate("document.querySelectorAll('script, b, i, u').length") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.problems == []


def test_real_totals_one_class_and_the_same_decision_for_all():
    random = np.random.default_rng(5)
    X = pd.DataFrame({"lab": random.normal(size=200).round(2), "age": random.uniform(20, 80, 200)})
    y = (X["lab"] + random.normal(size=200) > 0).to_numpy().astype(int)
    score = score_on(X, y, -1, [2, 0])
    assert not score.has_every_total
    total = 2 * X["lab"].to_numpy()
    page = Page(make_report(score, X, y))
    (head,) = [row for row in page.rows if row[:2] == ["Total", "People"]]
    cells = [row for row in page.below(*head) if row[-1] in ("no", "yes")]
    assert sum(int(row[1]) for row in cells if row[-1] == "yes") == (total > 1).sum()
    assert sum(int(row[1]) for row in cells) == 200
    ill = y == 1
    one = Page(make_report(score, X[ill], y[ill]))
    assert one.below("Measure", "Value")[4][1] == "–"
    nobody = Page(make_report(score_on(X, y, -1, [0, 0]), X, y))
    assert nobody.below("Measure", "Value")[2][1] == str(y.sum())
    everybody = Page(make_report(score_on(X, y, 1, [0, 0]), X, y))
    assert everybody.below("Measure", "Value")[1][1] == str((y == 0).sum())


def test_command(case, tmp_path):
    score, X, y = case
    score.save(tmp_path / "decision.json")
    X.assign(ill=y).to_csv(tmp_path / "data.csv", index=False)
    arguments = ["report", str(tmp_path / "decision.json"), str(tmp_path / "data.csv")]
    out = tmp_path / "report.html"
    done = CliRunner().invoke(main, [*arguments, "--by", NAMES[0], "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert out.read_text() == make_report(
        score, X, y, subgroups={NAMES[0]: X[NAMES[0]]}, data_name="data.csv"
    )
    for option in ("--path", "--cv"):
        other = tmp_path / "other.html"
        done = CliRunner().invoke(main, [*arguments, option, "x.json", "-o", str(other)])
        assert done.exit_code == 2
        assert f"{option} is about risks" in done.output
        assert not other.exists()
    for name in ("path", "validation"):
        with pytest.raises(OptionError, match=f"{name} is about risks"):
            make_report(score, X, y, **{name: ()})


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium is installed")
def test_pdf(case, tmp_path):
    score, X, y = case
    score.save(tmp_path / "decision.json")
    X.assign(ill=y).to_csv(tmp_path / "data.csv", index=False)
    files = [str(tmp_path / name) for name in ("decision.json", "data.csv", "report.pdf")]
    done = CliRunner().invoke(main, ["report", *files[:2], "-o", files[2]])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
