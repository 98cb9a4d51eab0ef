"""A cluster of processes of Dask counts parts of a table where they are, and fits folds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest

from riskslim import RiskSLIMClassifier, count_table, cross_validate_score

frames = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        yield client


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.integers(0, 2, (400, 4)), columns=list("abcd"))
    frame.insert(0, "ill", (random.random(400) < 0.2 + 0.4 * frame["a"]).astype(int))
    return frame


def test_parts_are_counted_by_the_workers(client: Any, frame: pd.DataFrame) -> None:
    assert len(client.scheduler_info()["workers"]) == 2
    found = count_table(frames.from_pandas(frame, npartitions=5))
    whole = count_table(frame)
    np.testing.assert_array_equal(found.features, whole.features, strict=True)
    np.testing.assert_array_equal(found.rows, whole.rows, strict=True)


def test_folds_are_fitted_by_the_workers(client: Any, frame: pd.DataFrame) -> None:
    del client  # joblib finds it
    X, y = frame.drop(columns="ill"), frame["ill"]
    estimator = RiskSLIMClassifier(max_size=2)
    here = cross_validate_score(estimator, X, y, cv=2)
    with joblib.parallel_config(backend="dask"):
        there = cross_validate_score(estimator, X, y, cv=2, n_jobs=-1)
    assert there.to_dict() == here.to_dict()
