"""Which value of an outcome is the positive one, and rows of other values."""

import numpy as np
import pandas as pd
import pytest

from riskslim import Dataset
from riskslim.errors import DataError, DataWarning

pytestmark = pytest.mark.fast

ITEMS = pd.DataFrame({"a": [0, 1, 1, 0, 1, 0], "b": [1, 0, 1, 0, 0, 1]})


def data_of(outcome, **options):
    return Dataset.from_frame(ITEMS.assign(y=outcome), "y", **options)


@pytest.mark.parametrize(
    ("negative", "positive"),
    [("No", "Yes"), ("alive", "DEAD"), ("survived", "died"), ("0", "1"), (False, True), (-1, 1)],
)
def test_pairs_that_tell_by_themselves(negative, positive):
    for pair in ((negative, positive), (positive, negative)):
        data = data_of([pair[0]] * 2 + [pair[1]] * 4)
        assert data.labels == (negative, positive)
        assert data.n_positive == (2 if pair[0] == positive else 4)


def test_other_pairs_ask_and_suggest_the_rarer():
    for rare in ("ward", "home"):
        common = "home" if rare == "ward" else "ward"
        with pytest.raises(DataError, match=f"such as the rarer .positive='{rare}'"):
            data_of([rare, common, common, rare, common, common])


def test_a_pair_leaves_out_the_rows_of_other_values():
    outcome = ["dead", "moved", "alive", "dead", "lost", "alive"]
    with pytest.warns(
        DataWarning, match="2 rows are left out, whose outcome 'y' is 'moved', 'lost"
    ):
        data = data_of(outcome, positive=("alive", "dead"))
    assert (data.n_rows, data.n_positive, data.labels) == (4, 2, ("alive", "dead"))
    kept = np.array([0, 2, 3, 5])
    alone = Dataset.from_frame(
        ITEMS.iloc[kept].assign(y=[outcome[row] for row in kept]), "y", "dead"
    )
    np.testing.assert_array_equal(data.features, alone.features)
    np.testing.assert_array_equal(data.positive, alone.positive)


def test_a_pair_whose_value_nobody_has_and_blanks_are_refused():
    with pytest.raises(DataError, match="never has the negative value 'well'"):
        data_of(["dead", "alive"] * 3, positive=("well", "dead"))
    with pytest.raises(DataError, match="missing in row 3"), pytest.warns(DataWarning):
        data_of(["dead", "alive", None, "alive", "lost", "dead"], positive=("alive", "dead"))
    with pytest.raises(DataError, match="which two are meant"):
        data_of(["dead", "alive", "lost"] * 2, positive="dead")
