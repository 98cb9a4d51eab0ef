"""Distinct rows are the same partition as by comparing rows themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskslim.solvers import hashing
from riskslim.solvers.hashing import distinct_rows

pytestmark = pytest.mark.fast

values = st.sampled_from([0.0, -0.0, 1.0, 2.0, 0.1, 1e300])


@given(st.lists(st.tuples(values, values), min_size=1, max_size=40))
def test_distinct_rows_are_a_partition_into_equal_rows(rows):
    x = np.array(rows)
    distinct, group = distinct_rows(x)
    assert len(distinct) == len({(a + 0.0, b + 0.0) for a, b in rows})
    assert not np.signbit(distinct).any()
    np.testing.assert_array_equal(distinct[group], x)
    shuffled, _ = distinct_rows(x[::-1])
    np.testing.assert_array_equal(shuffled, distinct)


def test_rows_that_share_a_hash_stay_apart(monkeypatch):
    monkeypatch.setattr(hashing, "row_hashes", lambda words: np.zeros(len(words), dtype=np.uint64))
    x = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])
    distinct, group = distinct_rows(x)
    assert len(distinct) == 3
    np.testing.assert_array_equal(distinct[group], x)
