"""Every way in which a file can be unreadable has one clear error."""

import gzip

import numpy as np
import pandas as pd
import pytest

from riskslim.data import Dataset
from riskslim.errors import DataError

GOOD = "y,a,b\n1,0,1\n0,1,2\n1,0,1\n"


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def refused(path, **options):
    with pytest.raises(DataError) as caught:
        Dataset.from_file(path, **options)
    message = str(caught.value)
    assert path.name in message
    return message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_csv(tmp_path, encoding):
    data = Dataset.from_file(write(tmp_path / "t.csv", GOOD, encoding))
    assert (data.outcome_name, data.feature_names, data.labels) == ("y", ("a", "b"), (0, 1))
    assert (data.n_rows, data.n_positive, data.n_distinct) == (3, 2, 2)
    assert data.is_integer


def test_windows_line_ends_and_blank_last_lines(tmp_path):
    data = Dataset.from_file(write(tmp_path / "t.csv", GOOD.replace("\n", "\r\n") + "\r\n\r\n"))
    assert data.n_rows == 3


def test_compressed_csv(tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(GOOD.encode()))
    assert Dataset.from_file(path).n_rows == 3


def test_parquet_is_the_same_as_csv(tmp_path):
    csv = write(tmp_path / "t.csv", GOOD)
    pd.read_csv(csv).to_parquet(tmp_path / "t.parquet")
    a, b = Dataset.from_file(csv), Dataset.from_file(tmp_path / "t.parquet")
    np.testing.assert_array_equal(a.features, b.features)
    np.testing.assert_array_equal(a.positive, b.positive)
    assert a.feature_names == b.feature_names


def test_target_by_name(tmp_path):
    path = write(tmp_path / "t.csv", "a,y,b\n0,1,1\n1,0,2\n")
    assert Dataset.from_file(path, target="y").feature_names == ("a", "b")


def test_unknown_target_names_the_nearest(tmp_path):
    path = write(tmp_path / "t.csv", "Outcome,a\n1,0\n0,1\n")
    assert "did you mean 'Outcome'" in refused(path, target="outcom")


def test_missing_file(tmp_path):
    assert "no such file" in refused(tmp_path / "t.csv")


def test_directory(tmp_path):
    (tmp_path / "t.csv").mkdir()
    assert "directory" in refused(tmp_path / "t.csv")


def test_unknown_ending(tmp_path):
    assert ".parquet" in refused(write(tmp_path / "t.xlsx", GOOD))


def test_empty_file(tmp_path):
    assert "empty" in refused(write(tmp_path / "t.csv", ""))


def test_header_only(tmp_path):
    assert "no rows" in refused(write(tmp_path / "t.csv", "y,a\n"))


@pytest.mark.parametrize("bad", ["1,0", "1,0,1,5"])
def test_ragged_row_is_numbered(tmp_path, bad):
    path = write(tmp_path / "t.csv", f"y,a,b\n1,0,1\n0,1,2\n{bad}\n0,1,2\n")
    message = refused(path)
    assert "row 3 has" in message
    assert "the header has 3" in message


def test_latin_1(tmp_path):
    assert "UTF-8" in refused(write(tmp_path / "t.csv", "y,größe\n1,2\n0,1\n", "latin-1"))
    assert "UTF-8" in refused(write(tmp_path / "c.csv", "y,a\n1,ü\n0,1\n", "latin-1"))


def test_utf_16(tmp_path):
    assert "UTF-16" in refused(write(tmp_path / "t.csv", GOOD, "utf-16"))


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators(tmp_path, separator):
    path = write(tmp_path / "t.csv", GOOD.replace(",", separator))
    assert "commas between the columns" in refused(path)


def test_broken_parquet(tmp_path):
    assert "Parquet" in refused(write(tmp_path / "t.parquet", "nothing of the kind"))


def test_decimal_comma_is_located(tmp_path):
    path = write(tmp_path / "t.csv", 'y,a,b\n1,0,1\n0,1,"1,5"\n')
    message = refused(path)
    assert "'b'" in message
    assert "'1,5' in row 2" in message
    assert "point" in message


def test_word_is_located(tmp_path):
    path = write(tmp_path / "t.csv", "y,a,b\n1,0,1\n0,1,high\n1,1,low\n")
    message = refused(path)
    assert "'high' in row 2" in message
    assert "rows 2 and 3" in message


@pytest.mark.parametrize("word", ["", "NA", "n/a", "NaN", "?"])
def test_missing_values_however_written(tmp_path, word):
    path = write(tmp_path / "t.csv", f"y,a,b\n1,0,1\n0,{word},1\n1,1,0\n0,{word},0\n")
    message = refused(path)
    assert "missing values in 'a' (rows 2 and 4)" in message


def test_infinite_values(tmp_path):
    path = write(tmp_path / "t.csv", "y,a,b\n1,0,1\n0,inf,1\n")
    assert "infinite values in 'a' (row 2)" in refused(path)


def test_duplicate_names(tmp_path):
    path = write(tmp_path / "t.csv", "y,a,a\n1,0,1\n0,1,1\n")
    assert "two columns are called 'a' (columns 2 and 3)" in refused(path)


def test_column_without_a_name(tmp_path):
    assert "column 1 has no name" in refused(write(tmp_path / "t.csv", ",y,a\n0,1,0\n1,0,1\n"))


def test_feature_called_like_the_intercept(tmp_path):
    path = write(tmp_path / "t.csv", "y,(Intercept),a\n1,1,1\n0,1,0\n")
    assert "name of the intercept" in refused(path)
