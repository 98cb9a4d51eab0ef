"""From a raw table to the validated score in a folder, by one call and by one command."""

import json
from dataclasses import replace
from importlib import resources

import jsonschema
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sklearn.base import clone

from riskslim import (
    RiskScore,
    RiskSLIMClassifier,
    RiskSLIMClassifierCV,
    ScoreBinarizer,
    build_score,
    cross_validate_score,
)
from riskslim.cli import main
from riskslim.errors import DataWarning, LimitError, OptionError
from riskslim.estimators import taught_selection
from riskslim.estimators.taught_selection import sizes_up_to
from riskslim.exporters.card import make_card
from riskslim.languages import language
from riskslim.scores.intervals import wilson
from riskslim.workflows import build
from riskslim.workflows.build import _with_tiers
from riskslim.workflows.built_notes import notes
from riskslim.workflows.built_summary import contents
from riskslim.workflows.too_good import too_good

QUICK = {
    "binarizer": ScoreBinarizer(), "min_variables": 1, "max_variables": 2, "folds": 3,
    "inner_folds": 3, "repeats": 1, "n_jobs": 1, "time_limit": None,
}  # fmt: skip
# Where it does not matter how often.
QUICKEST = QUICK | {"shares": (1.0,), "folds": 2, "inner_folds": 2}
FILES = {
    "score.json", "card.html", "pocket.pdf", "calculator.html", "report.html", "validation.json",
    "summary.txt",
}  # fmt: skip
FIGURES = {
    f"figures/{name}.{kind}"
    for kind in ("svg", "pdf")
    for name in (
        *("held-out-roc", "held-out-calibration", "held-out-decision"),
        *("roc", "calibration", "totals", "decision"),
    )
}


def ward(n=300, seed=1):
    """A table as a ward keeps it; the risk depends on age, lactate and ward."""
    rng = np.random.default_rng(seed)
    age = rng.integers(25, 95, n)
    lactate = rng.gamma(2, 1, n).round(1)
    where = rng.choice(["medicine", "surgery", "ICU"], n, p=[0.5, 0.3, 0.2])
    risk = 1 / (1 + np.exp(4.5 - 0.04 * age - 0.5 * lactate - 1.5 * (where == "ICU")))
    return pd.DataFrame(
        {
            "Age": age,
            "Lactate": np.where(rng.random(n) < 0.15, np.nan, lactate),
            "Ward": where,
            "Smoker": rng.choice(["yes", "no"], n),
            "Died": np.where(rng.random(n) < risk, "yes", "no"),
        }
    )


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("raw") / "ward.csv"
    ward().to_csv(path, index=False)
    return path


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def built(table):
    return build_score(table, "Died", "yes", **QUICK)


@pytest.fixture(scope="module")
def files(built):
    """What the folder of it is to hold."""
    return contents(built)


@pytest.fixture
def rendered(files, monkeypatch):
    """The folder of `built` is written from what is rendered once."""
    monkeypatch.setattr("riskslim.workflows.built_summary.contents", lambda *_: files)


def test_what_is_built(built, table):
    assert built.score.labels == ("no", "yes")
    assert built.score.certificate.is_optimal
    assert built.validation.nested
    assert len(built.validation.folds) == 3
    # It reads the raw table.
    raw = pd.read_csv(table)
    total = built.score.total(raw)
    by_hand = sum(
        points * built.score.binning.frame(raw)[name] for name, points in built.score.points.items()
    )
    np.testing.assert_array_equal(total, by_hand + built.score.base)
    assert built.validation.measures.auc.value > 0.65


def test_the_file_follows_the_schema(built):
    schema = resources.files("riskslim.exporters").joinpath("score.schema.json").read_text("utf-8")
    raw = json.loads(built.score.to_json())
    assert [entry["column"] for entry in raw["binning"]["variables"]] == [
        "Age", "Lactate", "Ward", "Smoker",
    ]  # fmt: skip
    jsonschema.validate(raw, json.loads(schema))
    raw["binning"]["variables"][0]["code"] = "x"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(raw, json.loads(schema))


def test_the_score_is_the_best_of_its_size_on_its_features(built, table):
    again = RiskSLIMClassifier(
        max_variables=built.variables,
        binarizer=ScoreBinarizer(),
        teacher="steps",
        teacher_share=built.share,
    ).fit(pd.read_csv(table).drop(columns="Died"), built.outcome == "yes")
    assert again.score_.certificate.objective == pytest.approx(
        built.score.certificate.objective, abs=1e-9
    )


def test_the_choice_is_the_best_of_one_averaged_curve(built):
    assert set(built.curve) == {(size, share) for size in (1, 2) for share in (0.0, 0.5, 1.0)}
    means = {choice: np.mean(losses) for choice, losses in built.curve.items()}
    assert means[built.variables, built.share] == min(means.values())
    assert all(len(losses) == 3 for losses in built.curve.values())


def test_other_models_stand_on_the_same_folds(built):
    assert set(built.beside) == {"regression", "boosted"}
    assert f"logistic regression on all columns {built.beside['regression'].auc.value:.3f}" in (
        built.summary
    )
    assert built.beside["regression"].auc.value > 0.65


def test_the_number_of_variables_can_be_fixed(table):
    fixed = build_score(table, "Died", "yes", **QUICKEST, variables=2)
    assert (fixed.variables, fixed.share, list(fixed.curve)) == (2, 1.0, [(2, 1.0)])
    assert "at most 2 variables" in fixed.summary


def test_held_out_people_ask_for_steeper_risks(table, monkeypatch):
    monkeypatch.setattr(taught_selection, "slope_asked_for", lambda *_: 1.3)
    built = build_score(table, "Died", "yes", **QUICK | {"shares": (1.0,)}, variables=2)
    score = built.score
    assert (score.recalibration.method, score.certificate.is_optimal) == ("held-out", True)
    # Two thirds of the rows fit a fold.
    assert score.multiplier / score.recalibration.multiplier == pytest.approx(1.2)
    risk = score.predict_proba(pd.read_csv(table))[:, 1]
    assert risk.mean() == pytest.approx((built.outcome == "yes").mean())
    files = contents(built)
    assert "in proportion to the rows of a fold" in files["report.html"]
    assert json.loads(files["validation.json"])["choice"]["slope"] == pytest.approx(1.2)
    assert RiskScore.from_json(files["score.json"]) == score


def test_without_time_to_choose_there_is_a_score_that_is_judged(table, monkeypatch):
    real, tried = build.cross_validate_score, []

    def slow(estimator, *arguments, **options):
        tried.append(type(estimator).__name__)
        if len(tried) != 2:
            raise LimitError
        return real(estimator, *arguments, **options)

    def late(*_):
        raise LimitError

    monkeypatch.setattr(build, "cross_validate_score", slow)
    monkeypatch.setattr(build, "_proved", late)
    built = build_score(table, "Died", "yes", **QUICK | {"folds": 2})
    assert tried == ["TaughtScoreCV"] * 2 + ["RawRegression", "Boosted"]
    assert (built.variables, built.share, built.curve, built.beside) == (2, 1.0, {}, {})
    assert (built.score.labels, built.score.outcome) == (("no", "yes"), "Died")
    assert built.score.size > 0
    assert len(built.validation.folds) == 2
    assert "at most 2 variables" in built.summary
    assert "the time did not suffice to choose it" in built.summary


@pytest.fixture
def unjudged(table, monkeypatch):
    """A score of which the time suffices for no fold; what was done, in order."""
    done = []

    def slow(*_, **__):
        done.append("folds")
        raise LimitError

    def fit(self, *arguments):
        done.append(f"fit of {self.repeats} splits")
        return real(self, *arguments)

    real = taught_selection.TaughtScoreCV.fit
    monkeypatch.setattr(build, "cross_validate_score", slow)
    monkeypatch.setattr(taught_selection.TaughtScoreCV, "fit", fit)
    tiers = [{"name": "Low"}, {"name": "High", "sensitivity": 0.8}]

    def make(**options):
        with pytest.warns(DataWarning, match="no tiers: nobody was held out"):
            return build_score(table, "Died", "yes", tiers=tiers, **QUICK | options), done

    return make


def test_without_time_for_any_fold_there_is_a_score_that_is_not_judged(unjudged):
    built, done = unjudged()
    assert done == ["folds", "folds", "fit of 0 splits"]
    assert built.validation is None
    assert (built.variables, built.share, built.curve, built.beside) == (2, 1.0, {}, {})
    assert built.score.labels == ("no", "yes")
    assert built.score.certificate.is_optimal
    assert built.summary.count("The score is not judged on people it has not seen") == 1
    assert "In training: AUC 0." in built.summary
    assert "On people it has not seen (" not in built.summary
    assert "the time did not suffice to choose it" in built.summary
    assert any("not judged" in note for note in notes(built, language("en")))
    files = contents(built, "de")
    assert set(files) == {"score.json", "card.html", "calculator.html", "summary.txt"}
    assert "Warning: no tiers" in files["summary.txt"]


def test_where_there_is_little_time_a_score_comes_first(unjudged):
    built, done = unjudged(time_limit=build._LITTLE_SECONDS)
    assert done == ["fit of 0 splits", "folds", "folds"]
    assert built.validation is None
    assert (built.score.labels, built.score.outcome) == (("no", "yes"), "Died")


def test_the_command_says_that_nothing_is_judged(table, tmp_path, monkeypatch):
    def slow(*_, **__):
        raise LimitError

    monkeypatch.setattr(build, "cross_validate_score", slow)
    out = tmp_path / "result"
    done = run(
        "build", table, "--target", "Died", "--positive", "yes", "--variables", 2, "--json",
        "-o", out,
    )  # fmt: skip
    assert done.exit_code == 5, done.output
    assert json.loads(done.stdout)["validation"] is None
    assert "the score is not judged" in done.stderr
    assert RiskScore.load(out / "score.json").size > 0
    assert not (out / "validation.json").exists()


def test_what_is_not_chosen_is_not_said_to_be(built, table):
    assert "everything chosen anew in each fold" in built.summary
    given = build_score(table, "Died", "yes", variables=2, **QUICKEST)
    assert len(given.curve) == 1
    assert "cuts, labels and points made anew in each fold" in given.summary
    assert "chosen anew" not in given.summary


def test_the_summary_says_what_the_proof_is_among(built):
    assert "Proof (all candidate features): no other such score" in built.summary
    rule = "of 90 candidate features the 30 that screening kept"
    narrowed = replace(built, score=replace(built.score, rules=(*built.score.rules, rule)))
    assert f"Proof ({rule}): no other such score" in narrowed.summary
    assert rule in " ".join(narrowed.score.export("text").split())


def test_numbers_of_variables_that_are_tried():
    assert sizes_up_to(8) == (3, 5, 8)
    assert sizes_up_to(2) == (2,)
    assert sizes_up_to(6, 1) == (1, 2, 3, 5, 6)
    with pytest.raises(OptionError, match="min_variables=4 is above max_variables=3"):
        sizes_up_to(3, 4)
    with pytest.raises(OptionError, match="variables=0"):
        build_score(ward(60), "Died", "yes", **QUICK, variables=0)


def test_what_cannot_be_used_is_left_out_and_told(tmp_path):
    admitted = pd.date_range("2024-01-01", periods=200).astype(str)
    frame = ward(200).assign(Admitted=admitted, Id=[f"P{i}" for i in range(200)], Town="A")
    listed = (
        r"these columns are left out: 'Admitted' is a date without a reference \(.*\); "
        r"'Id' looks like an identifier \(.*\); 'Town' is 'A' in every row$"
    )
    with pytest.warns(DataWarning, match=listed):
        built = build_score(frame, "Died", "yes", **QUICKEST, variables=1)
    assert "Admitted" not in built.score.binning.groups
    assert any("--reference-date" in note for note in built.warnings)
    assert "'Town'" in contents(built)["summary.txt"]


def test_noise_is_called_no_better_than_chance():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"noise {j}": rng.normal(size=120) for j in range(4)})
    frame["Died"] = rng.permutation(np.arange(120) % 2)
    built = build_score(frame, "Died", **QUICKEST, variables=2)
    assert "no better than chance" in built.summary


def test_ten_lines(built):
    lines = built.summary.splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("Risk of Died, from ")
    assert f"AUC {built.validation.measures.auc.value:.3f}" in built.summary
    for group in make_card(built.score, language("en")).printed:
        for item in group.items:
            assert f"{item.label} {item.short_points}" in lines[1]


def test_near_copies_of_the_outcome_are_named_and_make_no_search_endless(built):
    rng = np.random.default_rng(2)
    frame = ward(300).drop(columns="Ward")
    died = frame.Died == "yes"
    flipped = [died ^ (rng.random(300) < share) for share in (0.004, 0.01)]
    frame = frame.assign(
        Autopsy=np.where(flipped[0], "done", "none"),
        Cost=np.where(flipped[1], 100, 20) + rng.normal(0, 3, 300).round(2),
    )
    with pytest.warns(DataWarning, match="nearly give the outcome away"):
        known = build_score(frame, "Died", "yes", **QUICK | {"shares": (0.0,)})
    assert known.validation.measures.auc.value > 0.98
    alarm = known.summary.splitlines()[-1]
    assert alarm.startswith("Warning: a held-out AUC above 0.98")
    assert "'Autopsy'" in alarm
    assert "'Age'" not in alarm
    assert "drop what is known only afterwards" in alarm
    assert "held-out AUC above 0.98" in contents(known)["report.html"]
    assert too_good(built, language("en")) == ""


def test_the_folder_is_whole_and_never_overwritten(built, rendered, tmp_path):
    folder = tmp_path / "out"
    written = {path.relative_to(folder).as_posix() for path in built.save(folder)}
    assert written == FILES | FIGURES
    assert {path.name for path in folder.iterdir()} == FILES | {"figures"}
    for name in FIGURES:
        content = (folder / name).read_bytes()
        assert content.startswith(b"%PDF" if name.endswith("pdf") else b"<?xml")
    assert RiskScore.load(folder / "score.json") == built.score
    with pytest.raises(OptionError, match="not empty"):
        built.save(folder)
    (folder / "mine.txt").write_text("x")
    built.save(folder, force=True)
    assert {path.name for path in folder.iterdir()} == FILES | {"figures"}
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").write_text("x")
    with pytest.raises(OptionError, match=r"holds files but no score\.json"):
        built.save(other, force=True)
    assert {path.name for path in tmp_path.iterdir()} == {"out", "other"}


def test_a_failed_write_leaves_what_was_there(built, rendered, tmp_path, monkeypatch):
    folder = tmp_path / "out"
    built.save(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}

    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("riskslim.files._write_new", full)
    with pytest.raises(OSError, match="No space"):
        built.save(folder, force=True)
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_pages_hold_the_score(built, files):
    for name in ("card.html", "calculator.html", "report.html"):
        assert "Died" in files[name]
    assert files["pocket.pdf"].startswith(b"%PDF")
    found = json.loads(files["validation.json"])
    assert found["measures"]["auc"]["value"] == built.validation.measures.auc.value


def test_the_report_puts_people_first_whom_the_score_has_not_seen(built, files):
    page = files["report.html"]
    auc = built.validation.measures.auc.value
    tiles = page[page.index('<dl class="facts">') : page.index("</dl>")]
    assert f"<dt>AUC (held out)</dt><dd>{auc:.3f}</dd>" in tiles
    assert f"{built.validation.apparent.auc.value:.3f}" not in tiles
    unseen = page.index("Performance on people it has not seen")
    trained = page.index("Performance: in training")
    assert unseen < trained
    assert "the score was fitted to: too good by nature" in page[trained:]
    assert f"AUC {auc:.3f} (" in page[unseen:trained]
    assert page.count("<figure>") == 7
    # The held-out risks are those that the measures are of.
    held = built.validation.held_out
    risk = np.clip(held.risk, 1e-300, 1)
    losses = -np.where(held.positive, np.log(risk), np.log1p(-held.risk))
    assert losses.mean() == pytest.approx(built.validation.measures.log_loss.value)


def test_files_are_written_in_german(built, files):
    german = contents(built, "de")
    for text in ("An denselben Teilen hat", "Methoden: Die Punkte", "Wahl der Zahl der Größen"):
        assert text in german["report.html"]
    for text in ("Called positive", "Methods:", "search over supports", "Held out"):
        assert text not in german["report.html"]
    assert "Risikoscore" in german["card.html"]
    assert "Noch zu beantworten" in german["calculator.html"]
    english = files["report.html"]
    assert "On people held out: AUC" in english  # first in the items of TRIPOD+AI
    assert "Choice of the number of variables" in english


def test_the_same_for_any_number_of_jobs(built, table):
    again = build_score(table, "Died", "yes", **QUICK | {"n_jobs": 2})
    assert again.summary == built.summary
    assert again.validation.to_dict() == built.validation.to_dict()


def test_tiers_are_chosen_on_people_held_out(built):
    people = built.validation.held_out
    asked = [{"name": "Low"}, {"name": "High", "sensitivity": 0.8, "advice": "Admit."}]
    score, told = _with_tiers(built.score, asked, built.validation)
    low, reached = score.tiers[1].low, score.tiers[1].reached
    assert told == ()
    reaches = {}
    for row in built.score.table:
        called = people.risk >= built.score.risk(row.low)
        reaches[row.low] = called[people.positive].mean()
    assert low == max(total for total, share in reaches.items() if share >= 0.8)
    assert reached[0] == pytest.approx(reaches[low])
    assert reached[1:] == pytest.approx(wilson(reaches[low], people.positive.sum()))
    assert "people held out" in score.export("text")
    assert "zurückgehaltenen" in score.export("html", "de")
    again = RiskScore.from_json(score.to_json())
    assert again.tiers == score.tiers
    assert again.tiers[1].is_held_out
    asked[1] = {"name": "High", "ppv": 0.9999}
    with pytest.warns(DataWarning, match="no tiers: tier 2: no total reaches a ppv"):
        score, told = _with_tiers(built.score, asked, built.validation)
    assert score == built.score
    assert len(told) == 1
    # What means nothing is refused before the work.
    with pytest.raises(OptionError, match="tier 2: give one of"):
        build_score(pd.DataFrame(), tiers=[{"name": "Low"}, {"name": "High"}])


def test_command(table, tmp_path):
    out = tmp_path / "result"
    options = [
        "--target", "Died", "--positive", "yes", "--folds", 2, "--variables", 2, "--jobs", 1,
        "--cuts-per-variable", 1, "--rising", "Age", "--tiers", tmp_path / "tiers.toml",
    ]  # fmt: skip
    (tmp_path / "tiers.toml").write_text(
        '[[tiers]]\nname = "Low"\n[[tiers]]\nname = "High"\nspecificity = 0.5\n'
    )
    done = run("build", table, *options, "-o", out)
    assert done.exit_code == 0, done.output
    assert {path.name for path in out.iterdir()} == FILES | {"figures"}
    assert len(done.stdout.splitlines()) == 12  # ten, and the tiers
    assert "Chosen for a specificity of 50%" in done.stdout
    score = RiskScore.load(out / "score.json")
    assert sum(name.startswith("Age >=") for name in score.points) <= 1
    assert "at most 1 cut point of Age or Lactate" in score.rules
    refused = run("build", table, *options, "-o", out)
    assert refused.exit_code == 2
    assert "not empty" in refused.stderr
    scored = run("predict", out / "score.json", table)
    assert scored.exit_code == 0
    assert len(scored.stdout.splitlines()) == 301


def test_fit_and_check_take_the_raw_table(table, tmp_path):
    refused = run("fit", table, "--target", "Died", "--positive", "yes")
    assert refused.exit_code == 3
    assert "--raw" in refused.stderr
    done = run(
        "fit", table, "--raw", "--target", "Died", "--positive", "yes", "--max-size", 3,
        "-o", tmp_path / "score.json",
    )  # fmt: skip
    assert done.exit_code == 0
    assert RiskScore.load(tmp_path / "score.json").binning is not None
    near = run(
        "pool", table, "--raw", "--target", "Died", "--positive", "yes", "--max-size", 2,
        "--tolerance", 0.001, "--cuts-per-variable", 1, "--json",
    )  # fmt: skip
    assert near.exit_code == 0, near.output
    looked = run("check", table, "--raw", "--target", "Died", "--positive", "yes", "--json")
    assert looked.exit_code == 0
    found = {column["name"]: column for column in json.loads(looked.stdout)["columns"]}
    assert found["Lactate"]["features"][-1] == "Lactate missing"
    assert found["Lactate"]["blank"] == pd.read_csv(table)["Lactate"].isna().sum()
    wrong = run("fit", table, "--target", "Died", "--max-cuts", 3)
    assert wrong.exit_code == 2
    assert "--max-cuts is for --raw" in wrong.stderr


def test_interrupted_before_there_is_a_score(table):
    with pytest.raises(KeyboardInterrupt):
        build_score(table, "Died", "yes", **QUICKEST, interrupted=lambda: True)


def test_patients_with_several_rows_stay_together():
    """An identifier's outcome is the person's: only a split that parts people could learn it."""
    rng = np.random.default_rng(4)
    people = np.repeat(np.arange(60), 4)
    outcome = np.repeat(rng.permutation(np.arange(60) % 2), 4)
    frame = pd.DataFrame({"person": people, "Died": outcome})
    for j in range(4):
        frame[f"marker {j}"] = np.repeat(rng.normal(size=60), 4)
    options = QUICK | {"folds": 4}
    grouped = build_score(frame, "Died", groups="person", **options)
    assert grouped.validation.people == 60
    auc = grouped.validation.measures.auc
    assert auc.low <= 0.5 <= auc.high
    assert "person" not in grouped.score.binning.groups


def test_noise_has_an_auc_of_one_half():
    """Cuts, features and size chosen on all rows would make noise look like knowledge."""
    honest, apparent, leaked = [], [], []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame({f"noise {j}": rng.normal(size=240) for j in range(12)})
        outcome = rng.permutation(np.arange(240) % 2)
        classifier = RiskSLIMClassifier(max_size=3, node_limit=5)
        binarizer = ScoreBinarizer(max_cuts=2)
        model = RiskSLIMClassifierCV(
            clone(classifier).set_params(binarizer=binarizer), cv=2, rule="best"
        )
        found = cross_validate_score(model, frame, outcome, cv=3)
        honest.append(found.measures.auc)
        apparent.append(found.apparent.auc.value)
        # Cuts that were made on all rows, the held-out ones included, leak: the test can fail.
        features = binarizer.fit(frame, outcome).transform(frame)
        leaked.append(cross_validate_score(classifier, features, outcome, cv=3).measures.auc.value)
    # Intervals of 95 %, and a little below one half: a row that is held out is missing from the
    # others, so that what it shows by chance the others show a little less.
    assert all(auc.low <= 0.5 for auc in honest)
    assert sum(auc.low <= 0.5 <= auc.high for auc in honest) >= len(honest) - 1
    assert np.mean(apparent) > 0.58
    assert np.mean(leaked) > np.mean([auc.value for auc in honest]) + 0.05


def gbsg2():
    """Breast cancer: recurrence within three years; the columns as they come, with categories."""
    from sksurv.datasets import load_gbsg2

    raw, followed = load_gbsg2()
    return _within(raw, followed["cens"], followed["time"], 3 * 365.25, "recurrence")


def _within(raw, event, time, horizon, name):
    happened = event & (time <= horizon)
    known = happened | (time > horizon)
    return raw[known].assign(**{name: happened[known].astype(int)})


@pytest.mark.parametrize(("load", "rows"), [(gbsg2, 300)])
def test_public_tables_from_raw_to_card(load, rows, tmp_path):
    frame = load()
    frame = frame.sample(min(rows, len(frame)), random_state=0)
    path = tmp_path / "raw.csv"
    frame.to_csv(path, index=False)
    options = ["--target", frame.columns[-1], "--folds", 2, "--variables", 3, "--jobs", 1,
               "--time-limit", 3600]  # fmt: skip
    done = run("build", path, *options, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert {file.name for file in (tmp_path / "out").iterdir()} == {*FILES, "figures"}
    found = json.loads((tmp_path / "out" / "validation.json").read_text())["measures"]
    assert found["auc"]["low"] > 0.55
    in_the_large = found["calibration_in_the_large"]
    assert in_the_large["low"] <= 0 <= in_the_large["high"]
