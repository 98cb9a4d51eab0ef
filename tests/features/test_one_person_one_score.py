"""A person has the same total alone, beside anybody, and from whatever read their row."""

import datetime
import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from riskslim import RiskScore, RiskSLIMClassifier, ScoreBinarizer
from riskslim.cli import main
from riskslim.data.reading import read_table
from riskslim.data.spelling import common_spelling
from riskslim.errors import ScoreError
from riskslim.features.raw_table import raw_dataset
from riskslim.problems.problem import RiskSLIMProblem

# A column of two or three values is enough here to tell the outcome.
pytestmark = pytest.mark.filterwarnings("ignore:.*nearly give the outcome away")

ROWS = 60


def score_of(tmp_path, cells, **options):
    """Fit a score to one raw column, read from a CSV file."""
    lines = [f"{int(place % 3 == 0)},{cells[place % len(cells)]}" for place in range(ROWS)]
    path = tmp_path / "train.csv"
    path.write_text("Died,X\n" + "\n".join(lines) + "\n")
    data = raw_dataset(path, ScoreBinarizer(**options))
    return RiskScore.from_solution(RiskSLIMProblem(data, max_size=4).solve(), data)


def totals(score, tmp_path, *cells):
    path = tmp_path / "new.csv"
    path.write_text("Died,X\n" + "".join(f"1,{cell}\n" for cell in cells))
    return score.total(read_table(path, score.text_columns)).tolist()


CATEGORIES = [
    ("TRUE", "UNKNOWN"),
    ("01", "1A"),
    ("1E2", "ward"),
    ("10:30", "never"),
    ("1.0", "b"),
    ("+1", "b"),
    ("2024-01-01", "soon"),
    ("inf", "low"),
    (" 01 ", "1A"),
    ('"01"', "1A"),
    ("2024-01-01T10:00:00+02:00", "soon"),
]


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")
@pytest.mark.parametrize("cells", CATEGORIES, ids=[cells[0] for cells in CATEGORIES])
def test_a_category_alone_is_the_category_beside_others(tmp_path, cells):
    score = score_of(tmp_path, [cells[0], cells[1], cells[1]])
    alone, beside = totals(score, tmp_path, cells[0]), totals(score, tmp_path, *cells)
    assert alone == beside[:1]
    assert beside[0] != beside[1]


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")
def test_a_coded_category_keeps_the_spelling_of_its_training_file(tmp_path):
    score = score_of(tmp_path, ["01", "02", "02"], kinds={"X": "category"})
    assert set(score.points) <= {"X: 01", "X: 02"}
    assert totals(score, tmp_path, "01") == totals(score, tmp_path, "01", "1A")[:1]


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")
def test_text_numbers_and_booleans_of_a_frame_are_the_categories_of_the_file(tmp_path):
    score = score_of(tmp_path, ["01", "1A", "1A"])
    wanted = totals(score, tmp_path, "01")
    for cells in (["01"], [1], [1.0], pd.Series([1], dtype="Int64"), pd.Categorical(["01"])):
        assert score.total(pd.DataFrame({"X": cells})).tolist() == wanted
    mixed = pd.DataFrame({"X": pd.Series([1, "1A", "01", 1.0, True], dtype=object)})
    with pytest.warns(UserWarning, match="'True' in row 5"):
        found = score.total(mixed).tolist()
    assert [found[0], found[2], found[3]] == wanted * 3
    score = score_of(tmp_path, ["TRUE", "UNKNOWN", "UNKNOWN"])
    wanted = totals(score, tmp_path, "TRUE")
    for cells in (["TRUE"], ["true"], [True], pd.Series([True], dtype="boolean")):
        assert score.total(pd.DataFrame({"X": cells})).tolist() == wanted


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")
def test_parquet_says_the_same_as_csv(tmp_path):
    score = score_of(tmp_path, ["TRUE", "UNKNOWN", "UNKNOWN"])
    for cells in ([True], ["TRUE"]):
        pd.DataFrame({"X": cells}).to_parquet(tmp_path / "new.parquet")
        frame = read_table(tmp_path / "new.parquet", score.text_columns)
        assert score.total(frame).tolist() == totals(score, tmp_path, "TRUE")


def test_yes_and_no_beside_words_for_blanks(tmp_path):
    score = score_of(tmp_path, ["TRUE", "FALSE", "FALSE"])
    assert list(score.points) == ["X"]
    alone = totals(score, tmp_path, "TRUE")
    with pytest.warns(UserWarning, match="blank in row 2"):
        assert totals(score, tmp_path, "TRUE", "NA")[:1] == alone
    assert totals(score, tmp_path, "1") == alone
    assert score.total(pd.DataFrame({"X": [1.0]})).tolist() == alone


def test_spelled_differently_in_training_is_told_apart(tmp_path):
    frame = pd.DataFrame({"X": ["1E2", "100", "b", "b", "b"] * 20})
    with pytest.warns(UserWarning, match="spellings of one value"):
        binning = ScoreBinarizer().fit(frame, [1, 0, 0, 0, 1] * 20).binning_
    assert binning.features == ("X: 100", "X: 1E2", "X: b")
    cells = binning.encode(pd.DataFrame({"X": ["1E2", "100"]}))
    assert cells.tolist() == [[0, 1, 0], [1, 0, 0]]
    with pytest.warns(UserWarning, match="does not know"):
        cells = binning.encode(pd.DataFrame({"X": ["100.0"]}))
    # Which of the two it is nobody can say: it is filled in, as a blank is.
    assert cells.tolist() == [[0, 0, 1]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("TRUE", True), ("01", 1), ("1E2", 100.0), ("+1", 1), ("1.50", 1.5), ("-0", 0),
        ("10:30", datetime.time(10, 30)), ("2024-01-01", pd.Timestamp("2024-01-01")),
        ("2024-01-01", datetime.date(2024, 1, 1)), ("0.1", np.float32(0.1)), ("inf", np.inf),
        ("caf\u00e9", "cafe\u0301"), ("a\u200bb", "ab"), (" a  b ", "a b"),
        ("12345678901234567890", 12345678901234567890),
    ],
)  # fmt: skip
def test_spellings_of_one_value(one, other):
    assert common_spelling(one) == common_spelling(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1E2", "1E3"), ("1", "1A"), ("99:99", "99"), ("1e999999999999999999999", "inf"), ("f", "F")],
)
def test_spellings_of_two_values(one, other):
    assert common_spelling(one) != common_spelling(other)


def test_outcomes_are_known_however_they_are_spelled(tmp_path):
    runner = CliRunner()
    train = tmp_path / "train.csv"
    train.write_text("Died,a\n" + "TRUE,1\nFALSE,0\nFALSE,1\nTRUE,1\n" * 10)
    score = tmp_path / "score.json"
    assert runner.invoke(main, ["fit", str(train), "-o", str(score)]).exit_code == 0
    new = tmp_path / "new.csv"
    for spelled in ("TRUE", "true", "True"):
        pd.DataFrame({"Died": [spelled, "FALSE"], "a": [1, 0]}).to_csv(new, index=False)
        result = runner.invoke(main, ["evaluate", str(score), str(new)])
        assert result.exit_code == 0, result.output
    text = pd.DataFrame({"Died": ["TRUE", "FALSE"], "a": [1, 0]})
    text.to_parquet(tmp_path / "new.parquet")
    result = runner.invoke(main, ["evaluate", str(score), str(tmp_path / "new.parquet")])
    assert result.exit_code == 0, result.output


def test_every_command_reads_one_category(tmp_path):
    runner = CliRunner()
    train = tmp_path / "train.csv"
    train.write_text("Died,Ward\n" + "1,01\n0,1A\n0,1A\n1,01\n0,1A\n1,1A\n" * 10)
    score = tmp_path / "score.json"
    run = ["fit", str(train), "--raw", "--target", "Died", "-o", str(score)]
    assert runner.invoke(main, run).exit_code == 0
    new = tmp_path / "new.csv"
    new.write_text("Died,Ward\n1,01\n0,01\n0,01\n1,01\n")
    for command in (
        ["predict", str(score), str(new)],
        ["evaluate", str(score), str(new)],
        ["recalibrate", str(score), str(new), "--method", "intercept"],
        ["compare", str(score), str(new), "--against", "none"],
        ["report", str(score), str(new), "-o", str(tmp_path / "report.html")],
    ):
        result = runner.invoke(main, command)
        assert result.exit_code == 0, result.output
        assert "does not know" not in result.output + result.stderr


def test_a_column_of_blanks_alone_is_blank(tmp_path):
    score = score_of(tmp_path, ["01", "1A", "1A", ""])
    assert totals(score, tmp_path, "") == totals(score, tmp_path, "", "1A")[:1]


def test_a_flag_is_read_from_a_raw_table_as_it_was_learned(tmp_path):
    score = score_of(tmp_path, ["1", "0", "0", ""])
    features = pd.DataFrame({"X": [0, 1], "X missing": [1, 0]})
    raw = pd.DataFrame({"X": [np.nan, 1.0]})
    assert score.total(features).tolist() == score.total(raw).tolist()


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")
def test_names_are_found_however_an_accent_is_composed(tmp_path):
    frame = pd.DataFrame({"\u00c2ge": [30.0, 40, 50, 60] * 15})
    model = RiskSLIMClassifier(binarizer=ScoreBinarizer()).fit(frame, [0, 0, 1, 1] * 15)
    apart = frame.rename(columns={"\u00c2ge": "A\u0302ge "})
    np.testing.assert_array_equal(model.score_.total(apart), model.score_.total(frame))


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")
@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("30,2", "new.csv: column 'Stroke' is yes or no, but 2 in row 2"),
        ("30,yes", "new.csv: column 'Stroke' holds 'yes' in row 2.*give 1 for yes and 0 for no"),
        ("30 years,1", "new.csv: column 'Age' holds '30 years' in row 2.*write the number alone"),
    ],
)
def test_a_cell_that_cannot_be_scored_is_found_in_its_file(tmp_path, cells, words):
    frame = pd.DataFrame({"Age": [30.0, 40, 50, 60] * 15, "Stroke": [0, 1, 0, 1] * 15})
    outcome = [0, 0, 1, 1] * 15 if "years" in cells else frame["Stroke"]
    model = RiskSLIMClassifier(binarizer=ScoreBinarizer()).fit(frame, outcome)
    model.score_.save(tmp_path / "score.json")
    new = tmp_path / "new.csv"
    new.write_text(f"Age,Stroke\n30,1\n{cells}\n")
    result = CliRunner().invoke(main, ["predict", str(tmp_path / "score.json"), str(new)])
    assert result.exit_code == 3
    assert re.search(words, result.stderr)


def test_a_part_of_a_file_does_not_number_its_rows_as_the_file_does(tmp_path):
    score = score_of(tmp_path, ["1", "0", "0"])
    rows = read_table(tmp_path / "train.csv").assign(X=["1", "perhaps"] * (ROWS // 2))
    with pytest.raises(ScoreError, match=r"^the rows to score: .* in row 1,"):
        score.total(rows.iloc[1:])
