"""Small models of other packages use one thread, and what was set before comes back."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from riskslim.features import ridge
from riskslim.limits.threads import one_thread

pytestmark = pytest.mark.fast


def threads():
    return {pool["num_threads"] for pool in threadpool_info()}


def test_one_thread_within_the_block_and_what_was_before_after_it():
    np.ones(2) @ np.ones(2)
    with threadpool_limits(2):
        before = threads()
        with one_thread():
            with one_thread():
                assert threads() == {1}
            assert threads() == {1}
        assert threads() == before


def test_a_ridge_is_fitted_by_one_thread(monkeypatch):
    seen, fitted = [], ridge._fitted

    def watched(*arguments):
        seen.append(threads())
        return fitted(*arguments)

    monkeypatch.setattr(ridge, "_fitted", watched)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2))
    with threadpool_limits(2):
        ridge.Ridge(x, rng.random(40) < 0.5, np.ones(40))
    assert seen
    assert all(each == {1} for each in seen)
