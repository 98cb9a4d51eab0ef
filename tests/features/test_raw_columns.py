"""Columns of raw tables that are not what they look like, and tables that are not what they say."""

import importlib.util
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner

from riskslim import RiskSLIMClassifier, ScoreBinarizer, build_score, cross_validate_score
from riskslim.cli import main
from riskslim.data import Dataset
from riskslim.data.reading import read_table
from riskslim.errors import DataError, DataWarning, OptionError
from riskslim.features.binning import Binning
from riskslim.features.given import read_cut_points

quiet = pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")

AGES = [20 + place * 7 % 59 for place in range(60)]


def rows(n=60, **columns):
    return pd.DataFrame({name: [cells[i % len(cells)] for i in range(n)] for name, cells in
                         columns.items()})  # fmt: skip


def outcome(n=60):
    return np.arange(n) % 3 == 0


def fitted(frame, **options):
    return ScoreBinarizer(**options).fit(frame, outcome(len(frame)).astype(int)).binning_


def told(frame, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fitted(frame, **options)
    return " ".join(str(w.message) for w in caught if issubclass(w.category, DataWarning))


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def falls():
    """A column of 0 and 1 with a single 2."""
    return pd.DataFrame(
        {
            "Died": outcome(80).astype(int),
            "Age": [30 + i * 7 % 60 for i in range(80)],
            "Falls": [2 if i == 41 else i % 2 for i in range(80)],
        }
    )


@quiet
@pytest.mark.parametrize("rising", [(), ("Falls",)])
def test_a_rare_value_that_a_fold_lacks_ends_nothing(rising):
    frame = falls()
    model = RiskSLIMClassifier(max_size=2, binarizer=ScoreBinarizer(), rising=rising)
    found = cross_validate_score(model, frame[["Age", "Falls"]], frame["Died"])
    assert len(found.folds) == 5
    built = build_score(frame, "Died", max_size=2, rising=rising, folds=3, inner_folds=3, n_jobs=1)
    assert len(built.validation.folds) == 3


@quiet
@pytest.mark.parametrize("rare", [1, 5.5, "x", "2020-01-01"])
def test_a_column_that_is_constant_in_a_fold_ends_nothing(rare):
    usual = {1: 0, 5.5: 1.5, "x": "y"}.get(rare, "2000-01-01")
    frame = pd.DataFrame({"X": [rare if i == 7 else usual for i in range(40)]})
    model = RiskSLIMClassifier(
        max_size=1, binarizer=ScoreBinarizer(reference_date="2024-01-01", min_share=0.01)
    )
    found = cross_validate_score(model, frame, outcome(40).astype(int), cv=4)
    assert len(found.folds) == 4


def test_kinds_are_decided_once_and_cuts_are_not():
    frame = falls()
    decided = ScoreBinarizer().decided(frame[["Age", "Falls"]])
    assert dict(decided.kinds) == {"Age": "number", "Falls": "number"}
    part = decided.fit(frame.loc[:39, ["Age", "Falls"]], frame.loc[:39, "Died"]).binning_
    assert "Falls >= 1" in part.features
    assert decided.decided(frame).kinds is not None


def test_a_fold_knows_the_rare_categories_of_the_whole_table():
    wards = ["A"] * 14 + ["B"] * 14 + ["C"] * 11 + ["rare"]
    frame = rows(Ward=wards).head(40)
    decided = ScoreBinarizer(blanks="refuse").decided(frame)
    part = decided.fit(frame.head(39), outcome(39)).binning_
    whole = fitted(frame, blanks="refuse")
    assert part.variables[0].rest == whole.variables[0].rest == ("rare",)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not part.encode(frame.tail(1)).any()
    with pytest.raises(DataError, match="does not know"):
        fitted(frame.head(39), blanks="refuse").encode(frame.tail(1))


def test_a_rule_about_a_column_without_features_says_nothing():
    with pytest.warns(DataWarning, match="is 0 in every row"):
        binarizer = ScoreBinarizer().fit(rows(Age=AGES, Falls=[0]), outcome())
    assert binarizer.constraints(rising=["Falls"]) == ()


CODES = [
    ([*range(20, 60), -999], "'-999' in 1 row"),
    ([*range(20, 60), 9999], "'9999' in 1 row"),
    ([*range(20, 60), -1], "'-1' in 1 row"),
    ([0, 1, 0, 1, 9], "'9' in 12 rows"),
    ([1.5, 2.5, 3.5, -7, -8, -9], "'-7' in 10 rows"),
    (["f", "m", "unknown"], "'unknown' in 20 rows"),
    (["f", "m", "None"], "'None' in 20 rows"),
    (["a", "b", "-999"], "'-999' in 20 rows"),
    (["FR", "DE", "NA"], "'NA' in 20 rows, which counts as blank"),
    (["FR", "DE", "?"], "'?' in 20 rows, which counts as blank"),
]


@pytest.mark.parametrize(("cells", "words"), CODES, ids=[words for _, words in CODES])
def test_codes_for_missing_values_are_told(cells, words):
    message = told(rows(60 if len(cells) < 30 else len(cells), X=cells, Age=AGES))
    assert f"column 'X' holds {words}" in message


@pytest.mark.parametrize(
    "cells", [range(20, 100), [-2, -1, 0, 1, 2], [-1, 0, 1, 2], range(90, 110), ["none", "mild"]]
)
def test_measurements_are_not_suspected(cells):
    assert "missing" not in told(rows(120, X=list(cells)))


@quiet
def test_given_codes_are_blank_in_training_and_for_ever():
    frame = rows(X=[30, 35, 40, 45, -999], Sex=["f", "m", "unknown"])
    binarizer = ScoreBinarizer(missing={"X": [-999], None: "unknown"})
    binning = binarizer.fit(frame, outcome().astype(int)).binning_
    assert {"X missing", "Sex missing"} <= set(binning.features)
    assert not any("unknown" in name for name in binning.features)
    again = Binning.from_record(binning.to_record())
    assert again == binning
    coded = pd.DataFrame({"X": [-999, -999.0], "Sex": ["unknown", "f"]})
    blank = pd.DataFrame({"X": [np.nan, np.nan], "Sex": [None, "f"]})
    text = pd.DataFrame({"X": ["-999", "-999.0"], "Sex": ["unknown", "f"]})
    np.testing.assert_array_equal(again.encode(coded), again.encode(blank))
    np.testing.assert_array_equal(again.encode(text), again.encode(blank))


def test_codes_of_a_column_that_is_not_there_are_refused():
    with pytest.raises(OptionError, match="no column 'Y'"):
        fitted(rows(X=AGES), missing={"Y": [9]})


@quiet
def test_a_code_hides_no_flag():
    assert fitted(rows(X=[0, 1, 9]), missing=[9]).features == ("X", "X missing")


@quiet
def test_the_command_line_takes_codes(tmp_path):
    frame = rows(Died=[0, 0, 1], Albumin=[30, 35, 40, 45, -999]).assign(Age=AGES)
    path, score = tmp_path / "t.csv", tmp_path / "s.json"
    frame.to_csv(path, index=False)
    assert "holds '-999' in 12 rows" in run("check", path, "--raw", "--target", "Died").output
    for code in ("-999", "Albumin=-999"):
        result = run("fit", path, "--raw", "--target", "Died", "--missing", code, "-o", score)
        assert result.exit_code == 0, result.output
        assert "-999" not in result.stdout
        assert '"-999"' in score.read_text()
    new = tmp_path / "new.csv"
    new.write_text("Albumin,Age\n-999,3\n,3\n")
    lines = run("predict", score, new).stdout.split()[1:]
    assert lines[0].split(",")[1:] == lines[1].split(",")[1:]


def test_a_category_keeps_the_name_that_looks_like_a_blank():
    frame = rows(Country=["FR", "DE", "NA"])
    binning = fitted(frame, kinds={"Country": "category"})
    assert binning.features == ("Country: DE", "Country: FR", "Country: NA")
    assert binning.encode(pd.DataFrame({"Country": ["NA"]})).tolist() == [[0, 0, 1]]


def test_a_second_date_is_called_by_its_column():
    own, mother = ["1950-01-01", "1980-05-05"], {"Mother birth date": ["1920-01-01", "1950-01-01"]}
    binning = fitted(rows(**{"Birth date": own}, **mother), reference_date="2020-01-01")
    assert [v.label for v in binning.variables] == ["Age", "Years since Mother birth date"]
    binning = fitted(rows(**mother), reference_date="2020-01-01")
    assert [v.label for v in binning.variables] == ["Years since Mother birth date"]
    both = fitted(rows(DOB=own, Born=own), reference_date="2020-01-01")
    assert [v.label for v in both.variables] == ["Age", "Years since Born"]


CLASHES = [
    {"Lactate": [1, 2, 3, None], "Lactate missing": [0, 1, 1]},
    {"Age": AGES, "Age >= 20": [0, 1, 1]},
    {"Sex": ["f", "m", "x"], "Sex: f": [0, 1, 1, 0]},
    {"A": ["b: c", "x", "y"], "A: b": ["c", "d", "e"]},
    {"X": ["1950-01-01", "1980-01-01"], "Years since X": AGES},
    {"Lactate": [1, 2, 3, None], "lactate Missing": [0, 1, 1]},
]


@quiet
@pytest.mark.parametrize("columns", CLASHES, ids=[list(columns)[1] for columns in CLASHES])
def test_names_of_features_clash_with_nothing(columns, tmp_path):
    frame = rows(**columns)
    binning = fitted(
        frame, reference_date="2020-01-01", cut_points={"Age": [20]} if "Age" in columns else None
    )
    folded = [name.casefold() for name in binning.features]
    assert len(set(folded)) == len(folded)
    assert len(binning.groups) == len(binning.variables)
    of_columns = {v.column: v.features for v in binning.variables}
    for column, features in of_columns.items():
        assert not (set(features) - {column}) & set(columns)
    frame.assign(Died=outcome().astype(int)).to_csv(tmp_path / "t.csv", index=False)
    run_options = ["--raw", "--target", "Died", "--reference-date", "2020-01-01"]
    checked = run("check", tmp_path / "t.csv", *run_options)
    made = run("fit", tmp_path / "t.csv", *run_options, "-o", tmp_path / "s.json")
    assert checked.exit_code == made.exit_code == 0, made.output


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        ("2024-01-01 10:00", "2024-01-01", 0),
        ("2000-05-05T23:59:59.5+05:00", "2024-05-05", 24),
        ("2000-05-05 00:30+0200", "2024-05-05T00:00Z", 24),
        ("2000-02-29", "2001-02-28", 0),
        ("2000-02-29", "2001-03-01", 1),
        ("20000505", "2024-05-04", 23),
        ("1820-01-01", "2300-01-01", 480),
    ],
)
def test_years_are_counted_by_the_calendar(start, end, years):
    frame = pd.DataFrame({"Seen": [start, "1990-01-01"], "Now": [end, end]})
    binning = fitted(
        rows(Seen=["1980-01-01", "1990-01-01"], Now=["2024-01-01"]), reference_date="Now"
    )
    assert binning.variables[0].values(frame, "t")[0] == years


def test_moments_of_a_file_keep_the_day_they_were_written_on(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("Seen\n2024-05-05T00:30:00+02:00\n2024-05-05T23:30:00-05:00\n")
    binning = fitted(rows(Seen=["1980-01-01", "1990-01-01"]), reference_date="2024-05-05")
    assert binning.variables[0].values(read_table(path), "t").tolist() == [0, 0]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["19400101", "19410202", "19500303"], "holds dates without separators (such as 19400101)"),
        (["31-Mar-2024", "1-Apr-2024"], "holds dates such as '31-Mar-2024'"),
        (["March 31, 2024", "Apr 1, 2024"], "holds dates such as 'March 31, 2024'"),
        (["31.12.2024", "1.1.2025"], "holds dates such as '31.12.2024'"),
        (["2024-01-01", "2024-01-02", "later"], "holds dates, but 'later' in rows 3, 6"),
        (["1", "2", "3", "<5"], "holds numbers, but '<5' in rows 4, 8"),
        (["1,5", "2,5"], "with commas such as '1,5'"),
    ],
)
def test_dates_and_numbers_that_are_text_are_refused_with_advice(cells, words):
    with pytest.raises(DataError) as caught:
        fitted(rows(X=cells, Age=AGES))
    assert words in str(caught.value)


def test_packed_dates_are_dates_however_they_are_stored():
    for cells in ([19400101, 19900202], ["19400101", "19900202"], [19400101.0, np.nan, 19900202.0]):
        binning = fitted(rows(Born=cells), reference_date="2020-01-01")
        assert binning.variables[0].label == "Age"
    frame = rows(Born=[19400101, 19900202])
    assert fitted(frame, kinds={"Born": "number"}).variables[0].reference is None


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([f"1 {i:03d}" for i in range(60)], "a separator of thousands ('1 000'"),
        ([f"1'{i:03d}" for i in range(60)], "a separator of thousands"),
        ([f"1\u00a0{i:03d}" for i in range(60)], "a separator of thousands"),
        ([f"{i}%" for i in range(60)], "a percent sign ('0%'"),
        ([f"{i} mg" for i in range(60)], "'mg' after them"),
        ([f"€{i}.50" for i in range(60)], "'€' before them"),
        (["5 mg", "10 mg", "15 mg", "20 mg"], "is taken for categories: it holds numbers"),
        ([f"{i // 4:02d}:{i % 4}0" for i in range(60)], "times of day such as"),
        ([f"20{i:02d}-03" for i in range(60)], "months such as"),
    ],
)
def test_numbers_that_are_written_as_text_are_told(cells, words):
    assert words in told(rows(X=cells, Age=AGES))


def test_plain_categories_are_not_taken_for_numbers():
    for cells in (["1A", "2B", "3C", "4D"], ["T1", "T2", "T3", "T4"], ["I", "II", "III", "IV"]):
        assert told(rows(X=cells)) == ""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Age", "Age "),
        ("Age", " Age"),
        ("A b", "A  b"),
        ("Age", "A\u200bge"),
        ("\u00c2", "A\u0302"),
    ],
)
def test_names_that_look_alike_are_refused(first, second):
    frame = pd.DataFrame([[0, 0, 1], [1, 1, 0]], columns=["Died", first, second])
    with pytest.raises(DataError, match="columns 2 and 3 look alike"):
        Dataset.from_frame(frame)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Died;Age;Lactate\n0;30;0,5\n1;31;1,5\n", "separated by ';'"),
        ("Died;Age\n0;30\n1;31\n", "separated by ';'"),
        ("sep=,\nDied,Age\n0,30\n1,31\n", "delete that line"),
        ("sep=;\nDied;Age\n0;30\n1;31\n", "delete that line"),
        ("Died\tAge\n0\t3,5\n1\t31\n", "separated by tabs"),
        ("Died|Age\n0|3,5\n1|31\n", "separated by '|'"),
    ],
)
def test_other_separators_are_told(tmp_path, text, words):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        read_table(path)
    assert words in str(caught.value)


def test_marks_of_byte_order_are_no_part_of_a_file(tmp_path):
    cuts = tmp_path / "cuts.toml"
    cuts.write_text("[Age]\ncuts = [50]\n", encoding="utf-8-sig")
    assert read_cut_points(cuts, ["Age"])["Age"].cuts == (50.0,)
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nkind = "size"\nat_most = 1\n', encoding="utf-8-sig")
    table = tmp_path / "t.csv"
    table.write_text("Died,a,b\n" + "1,1,0\n0,0,1\n0,1,1\n" * 9)
    score = tmp_path / "s.json"
    assert run("fit", table, "--constraints", rules, "-o", score).exit_code == 0
    score.write_text(score.read_text(), encoding="utf-8-sig")
    assert run("predict", score, table).exit_code == 0


def test_files_of_two_bytes_a_letter_are_told(tmp_path):
    cuts = tmp_path / "cuts.toml"
    cuts.write_text("[Age]\ncuts = [50]\n", encoding="utf-16")
    with pytest.raises(OptionError, match="not UTF-8 text; save it as UTF-8"):
        read_cut_points(cuts, ["Age"])


def test_check_counts_rows_that_differ_in_the_outcome_alone(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("Died,a\n" + "0,0\n1,0\n0,1\n1,1\n" * 2)
    for options in ((), ("--raw",)):
        output = run("check", path, "--target", "Died", *options).output
        assert "8 rows are the same as others but for the outcome" in output
        assert "wrong about 4 of them" in output


def test_check_knows_what_build_takes(tmp_path):
    path = tmp_path / "t.csv"
    rows(Died=[0, 0, 1], Sex=["f", "m"], Who=range(30)).to_csv(path, index=False)
    output = run("check", path, "--groups", "Who").output
    assert "build and fit --raw can use it" in output
    assert "Who" not in run("check", path, "--raw", "--groups", "Who").output


@quiet
def test_one_positive_row_is_too_few_to_judge_by(tmp_path):
    path = tmp_path / "t.csv"
    rows(Died=[0], a=[0, 1]).assign(Died=[1] + [0] * 59).to_csv(path, index=False)
    assert "need two rows of each class" in run("check", path, "--raw").output
    for command in (
        ["cv", path],
        ["build", path, "-o", tmp_path / "out"],
        ["path", path, "--cv", "3"],
    ):
        result = run(*command)
        assert result.exit_code == 3
        assert "needs two rows of each class" in result.output


def test_tables_of_other_libraries_keep_their_names():
    frame = pd.DataFrame({"Age": [30 + i * 7 % 50 for i in range(60)], "Sex": ["f", "m"] * 30})
    y = (frame["Age"] > 60).astype(int)
    tables = [pa.Table.from_pandas(frame)]
    if importlib.util.find_spec("polars"):
        pl = importlib.import_module("polars")
        tables += [pl.from_pandas(frame), pl.from_pandas(frame).lazy()]
    wanted = ScoreBinarizer().fit(frame, y)
    for table in tables:
        found = ScoreBinarizer().fit(table, y)
        assert found.binning_ == wanted.binning_
        np.testing.assert_array_equal(wanted.transform(table), wanted.transform(frame))
        np.testing.assert_array_equal(found.transform(frame), wanted.transform(frame))
    table = pa.Table.from_pandas(frame[["Age"]].assign(Died=y))
    assert Dataset.from_frame(table, "Died").feature_names == ("Age",)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = RiskSLIMClassifier(max_size=1).fit(tables[0].select(["Age"]), y)
    assert model.score_.feature_names == ("Age",)
    found = model.predict_proba(tables[0].select(["Age"]))
    np.testing.assert_array_equal(found, model.predict_proba(frame[["Age"]]))
    np.testing.assert_array_equal(found[:, 1], model.score_.risks(model.score_.total(tables[0])))
