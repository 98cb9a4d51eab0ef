"""What a table must be: outcome, weights, numbers; and what deserves a warning."""

import numpy as np
import pandas as pd
import pytest

from riskslim.data import Dataset
from riskslim.errors import DataError, DataWarning

pytestmark = pytest.mark.fast

X = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
Y = np.array([0, 1, 1, 0])


def refused(*arguments, **options):
    with pytest.raises(DataError) as caught:
        Dataset.from_arrays(*arguments, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("outcome", "positive", "labels"),
    [
        ([0, 1, 1, 0], None, (0, 1)),
        ([-1, 1, 1, -1], None, (-1, 1)),
        ([-1.0, 1.0, 1.0, -1.0], None, (-1, 1)),
        ([False, True, True, False], None, (False, True)),
        (["no", "yes", "yes", "no"], "yes", ("no", "yes")),
        ([1, 2, 2, 1], 2, (1, 2)),
        ([1, 2, 2, 1], "2", (1, 2)),
        ([2.5, 3.5, 3.5, 2.5], 3.5, (2.5, 3.5)),
    ],
)
def test_labels(outcome, positive, labels):
    data = Dataset.from_arrays(X, np.array(outcome), positive=positive)
    assert data.labels == labels
    assert all(
        type(found) is type(wanted) for found, wanted in zip(data.labels, labels, strict=True)
    )
    assert data.n_positive == 2
    by_row = dict(zip(map(tuple, data.features), data.positive, strict=True))
    assert by_row == {(0, 1): 0, (1, 0): 1, (1, 1): 1}


def test_positive_may_be_the_smaller_label():
    data = Dataset.from_arrays(X, Y, positive=0)
    assert data.labels == (1, 0)


def test_unknown_positive_lists_the_values():
    message = refused(X, np.array(["a", "b", "b", "a"]), positive="c")
    assert "'c'" in message
    assert "'a' (rows 1 and 4)" in message
    assert "'b' (rows 2 and 3)" in message


def test_two_values_without_positive():
    message = refused(X, np.array(["a", "b c", "b c", "a"]))
    assert "positive='b c'" in message
    assert "--positive 'b c'" in message


def test_constant_outcome():
    assert "only one class" in refused(X, np.zeros(4))


def test_three_values():
    message = refused(X, np.array([0, 1, 2, 1]))
    assert "3 distinct values" in message
    assert "2 (row 3)" in message


def test_missing_outcome():
    assert "missing in row 2" in refused(X, np.array([0, np.nan, 1, 0]))


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([1, -1, 1, -2], "negative weights 'sample_weight' in rows 2 and 4"),
        ([1, np.nan, 1, 1], "missing weights 'sample_weight' in row 2"),
        ([1, 1, np.inf, 1], "infinite weights 'sample_weight' in row 3"),
        ([0, 0, 0, 0], "all weights"),
        ([1, 0, 0, 1], "one class only"),
        ([1, 1], "2 sample weights for 4 rows"),
        ([[1], [1], [1], [1]], "2 dimensions"),
    ],
)
def test_bad_weights(weights, words):
    assert words in refused(X, Y, sample_weight=weights)


def test_weights_by_column():
    frame = pd.DataFrame({"y": Y, "w": [1.0, 2.0, 3.0, 4.0], "a": X[:, 0], "b": X[:, 1]})
    data = Dataset.from_frame(frame, weights="w")
    assert data.feature_names == ("a", "b")
    assert dict(zip(map(tuple, data.features), data.negative, strict=True)) == {
        (0, 1): 5,
        (1, 0): 0,
        (1, 1): 0,
    }
    with pytest.raises(DataError, match="no column 'weight' for the weights; did you mean"):
        Dataset.from_frame(frame.rename(columns={"w": "weigth"}), weights="weight")
    with pytest.raises(DataError, match="outcome and as the weights"):
        Dataset.from_frame(frame, weights="y")


def test_rows_of_weight_zero_are_left_out():
    data = Dataset.from_arrays(X, Y, sample_weight=[1, 1, 0, 1])
    assert data.n_rows == 3
    assert data.n_distinct == 2


def test_balanced_class_weight():
    data = Dataset.from_arrays(X, [1, 1, 1, 0], class_weight="balanced", sample_weight=[1, 2, 3, 4])
    assert data.positive.sum() == pytest.approx(5, abs=1e-15)
    assert data.negative.sum() == pytest.approx(5, abs=1e-15)


def test_class_weight_by_label():
    data = Dataset.from_arrays(X, Y, class_weight={1: 2.5})
    assert (data.positive.sum(), data.negative.sum()) == (5.0, 2.0)


@pytest.mark.parametrize(
    ("class_weight", "words"),
    [("even", "'balanced'"), ({2: 1.0}, "no label"), ({1: 0.0}, "positive number")],
)
def test_bad_class_weight(class_weight, words):
    assert words in refused(X, Y, class_weight=class_weight)


def test_shapes():
    assert "dimensions" in refused(X[0], Y)
    assert "4 rows" in refused(X, Y[:3])
    assert "no rows" in refused(X[:0], Y[:0])
    assert "no features" in refused(X[:, :0], Y)
    assert "3 feature names for 2 columns" in refused(X, Y, feature_names=["a", "b", "c"])
    assert "two columns" in refused(X, Y, feature_names=["a", "a"])
    assert "intercept" in refused(X, Y, feature_names=["a", "(intercept)"])


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (pd.to_datetime(["2020-01-01"] * 4), "dates"),
        (np.array([1j, 2, 3, 4]), "complex"),
        (pd.Categorical(["x", "y", "x", "y"]), "'x' in row 1"),
        (pd.array([1, None, 3, 4], dtype="Int64"), "missing values in 'a' (row 2)"),
    ],
)
def test_columns_that_are_no_numbers(column, words):
    frame = pd.DataFrame({"y": Y, "a": column, "b": X[:, 1]})
    with pytest.raises(DataError) as caught:
        Dataset.from_frame(frame)
    assert words in str(caught.value)
    assert "'a'" in str(caught.value)


def test_frame_of_booleans_and_nullable_integers():
    frame = pd.DataFrame(
        {"y": Y, "a": X[:, 0] > 0, "b": pd.array([1, 0, 1, 1], dtype="Int64")}, index=[7, 7, 8, 9]
    )
    data = Dataset.from_frame(frame)
    plain = Dataset.from_arrays(X, Y)
    np.testing.assert_array_equal(data.features, plain.features)
    np.testing.assert_array_equal(data.positive, plain.positive)


def test_many_rows_are_counted():
    wide = np.ones((100, 1))
    wide[::2] = np.nan
    assert "rows 1, 3, 5 and 47 more" in refused(wide, np.arange(100) % 2)


def test_warns_of_constants():
    with pytest.warns(DataWarning, match="constant features.*'b'"):
        Dataset.from_arrays([[0, 3], [1, 3]], [0, 1], feature_names=["a", "b"])


def test_warns_of_copies():
    with pytest.warns(DataWarning, match="copies of others .'c' of 'a'"):
        Dataset.from_arrays([[0, 1, 0], [1, 1.5, 1]], [0, 1], feature_names=["a", "b", "c"])


def test_warns_of_large_values():
    with pytest.warns(DataWarning, match="look-up table.*'b'"):
        data = Dataset.from_arrays([[0, 1], [1, 10**7]], [0, 1], feature_names=["a", "b"])
    assert not data.is_integer


def test_is_integer():
    assert Dataset.from_arrays(X, Y).is_integer
    assert not Dataset.from_arrays(X + 0.5, Y).is_integer


def test_arrays_cannot_be_changed():
    data = Dataset.from_arrays(X, Y)
    with pytest.raises(ValueError, match="read-only"):
        data.features[0, 0] = 3


def test_the_callers_arrays_are_not_changed():
    mine = np.array([[-0.0, 1.0], [1.0, 0.0]])
    Dataset.from_arrays(mine, [0, 1])
    assert np.signbit(mine[0, 0])
