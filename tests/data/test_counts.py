"""Counts of parts add up to those of the whole, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskslim import Counts, Dataset, RiskSLIMProblem, ScoreBinarizer, count_table
from riskslim.data.counting import counted
from riskslim.data.table import Table
from riskslim.errors import DataError

NAMES = ("a", "b", "c")


def table_of(
    rng: np.random.Generator, n: int, soft: bool, weighted: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    X = rng.integers(0, 2, (n, 3)) * 1.0
    y = rng.random(n) if soft else np.append([0, 1], rng.integers(0, 2, n - 2)) * 1.0
    weight = 10.0 ** rng.integers(-9, 9, n) * rng.random(n) if weighted else None
    return X, y, weight


def of(
    X: np.ndarray, y: np.ndarray, weight: np.ndarray | None, soft: bool, source: str = "t"
) -> Counts:
    return counted(Table(X), NAMES, y, "y", None, weight, source, is_soft=soft, labels=(0, 1))


def same(one: Dataset, other: Dataset) -> None:
    for name in ("features", "positive", "negative", "positive_counts", "negative_counts"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)
    assert (one.labels, one.is_soft, one.is_integer) == (other.labels, other.is_soft, True)


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.booleans(), st.booleans(), st.integers(1, 4))
def test_parts_add_up_to_the_whole(seed: int, soft: bool, weighted: bool, parts: int) -> None:
    rng = np.random.default_rng(seed)
    X, y, weight = table_of(rng, 40, soft, weighted)
    whole = Dataset(X, y, NAMES, "y", weight, soft_labels=soft)
    site = rng.integers(0, parts, len(X))
    counts = [
        of(X[rows], y[rows], None if weight is None else weight[rows], soft)
        for rows in (site == s for s in rng.permutation(parts))
        if rows.any()
    ]
    same(Dataset.from_counts(Counts.sum(counts)), whole)


def test_rows_with_and_without_weights_add_up() -> None:
    X, y, weight = table_of(np.random.default_rng(1), 30, False, True)
    together = of(X, y, weight, False) + of(X, y, None, False)
    ones = np.concatenate([weight, np.ones(30)])
    same(
        Dataset.from_counts(together),
        Dataset(np.vstack([X, X]), np.concatenate([y, y]), NAMES, "y", ones),
    )


@pytest.mark.parametrize(("soft", "weighted"), [(False, False), (False, True), (True, True)])
def test_a_file_says_the_same(tmp_path: Path, soft: bool, weighted: bool) -> None:
    counts = of(*table_of(np.random.default_rng(2), 50, soft, weighted), soft)
    counts.save(tmp_path / "c.parquet")
    again = Counts.load(tmp_path / "c.parquet")
    same(Dataset.from_counts(again), Dataset.from_counts(counts))
    same(Dataset.from_counts(again + again), Dataset.from_counts(counts + counts))


def test_columns_may_stand_in_another_order() -> None:
    X, y, _ = table_of(np.random.default_rng(3), 30, False, False)
    turned = counted(Table(X[:, ::-1]), NAMES[::-1], y, "y", None, None, "turned")
    one = of(X, y, None, False)
    same(Dataset.from_counts(one + turned), Dataset.from_counts(one + one))


def test_a_site_may_have_one_class_and_the_score_needs_both() -> None:
    X, y, _ = table_of(np.random.default_rng(4), 30, False, False)
    healthy = of(X[y == 0], y[y == 0], None, False, "healthy")
    with pytest.raises(DataError, match="healthy: no row has y = 1, so there is only one class"):
        Dataset.from_counts(healthy)
    ill = of(X[y == 1], y[y == 1], None, False)
    same(Dataset.from_counts(healthy + ill), Dataset(X, y, NAMES, "y"))


def test_rare_cells_are_left_out_and_told() -> None:
    X = np.array([[0.0]] * 10 + [[1.0]] * 3)
    y = np.array([0] * 6 + [1] * 4 + [1] * 3)
    counts = counted(Table(X), ("x",), y, "y", None, None, "t").suppressed(4)
    assert counts.left_out == (0, 3)
    assert counts.rows.tolist() == [[6], [4]]
    assert counts.suppressed(6).left_out == (0, 7)
    assert (counts + counts).left_out == (0, 6)


@pytest.fixture
def wards(tmp_path: Path) -> tuple[Path, Path, pd.DataFrame]:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"Died": random.integers(0, 2, 300)})
    frame["Age"] = random.integers(30, 95, 300) + 5 * frame["Died"]
    frame["Ward"] = random.choice(["A", "B", "01"], 300)
    frame.iloc[:100].to_csv(tmp_path / "north.csv", index=False)
    frame.iloc[100:].to_csv(tmp_path / "south.csv", index=False)
    return tmp_path / "north.csv", tmp_path / "south.csv", frame


def test_raw_tables_are_counted_with_the_cuts_of_the_first(
    wards: tuple[Path, Path, pd.DataFrame],
) -> None:
    north, south, frame = wards
    first = count_table(north, binarizer=ScoreBinarizer())
    first.save(north.with_suffix(".parquet"))
    like = Counts.load(north.with_suffix(".parquet"))
    data = Dataset.from_counts(first + count_table(south, like=like))
    assert data.binning == first.binning
    assert first.binning is not None
    whole = Dataset(first.binning.frame(frame.drop(columns="Died")), frame["Died"])
    same(data, whole)
    score = RiskSLIMProblem(data, max_size=2).solve().score()
    assert len(score.predict_proba(frame)) == 300
    with pytest.raises(DataError, match=r"made in different ways.*riskslim count --like"):
        first + count_table(south, binarizer=ScoreBinarizer())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"feature_names": ("a", "b", "d")}, "t has no feature 'c'"),
        ({"outcome_name": "z"}, "the outcome differ: 'y' and 'z'"),
        ({"labels": (1, 2)}, r"its values differ: \(0, 1\) and \(1, 2\)"),
        ({"is_soft": True}, "one has classes, the other probabilities"),
    ],
)
def test_counts_of_other_things_are_refused(change: dict[str, object], message: str) -> None:
    from dataclasses import replace

    counts = of(*table_of(np.random.default_rng(5), 30, False, False), False)
    with pytest.raises(DataError, match=message):
        counts + replace(counts, **change)  # type: ignore[arg-type]


def test_broken_files_end_in_one_error(tmp_path: Path) -> None:
    file = tmp_path / "c.parquet"
    counts = of(*table_of(np.random.default_rng(6), 30, False, True), False)
    counts.save(file)
    content = file.read_bytes()
    random = np.random.default_rng(7)
    for _ in range(60):
        broken = bytearray(content)
        for place in random.integers(0, len(broken), 3):
            broken[place] = random.integers(256)
        file.write_bytes(bytes(broken[: random.integers(1, len(broken) + 1)]))
        try:
            Counts.load(file)
        except DataError as error:
            assert str(file) in str(error)  # noqa: PT017
    pd.DataFrame({"a": [1]}).to_parquet(file)
    with pytest.raises(DataError, match="holds no counts; make them with riskslim count"):
        Counts.load(file)
    with pytest.raises(DataError, match="no such file"):
        Counts.load(tmp_path / "none.parquet")


def test_three_unequal_sites_have_the_score_of_all_rows(tmp_path: Path) -> None:
    """Sites of other sizes and other shares of the outcome; one of them saw one class alone."""
    random = np.random.default_rng(8)
    sizes, shares = (40, 170, 620), (0.0, 0.6, 0.2)
    sites = []
    for size, share in zip(sizes, shares, strict=True):
        ill = (random.random(size) < share).astype(int)
        ages = random.integers(30, 95, size) + 8 * ill
        ward = np.where(random.random(size) < 0.3 + 0.2 * ill, "A", "B")
        sites.append(pd.DataFrame({"Ill": ill, "Age": ages, "Ward": ward}))
    order = (2, 0, 1)  # the largest makes the features
    first = count_table(sites[2], "Ill", binarizer=ScoreBinarizer())
    first.save(tmp_path / "2.parquet")
    like = Counts.load(tmp_path / "2.parquet")
    for place in (0, 1):
        count_table(sites[place], like=like).save(tmp_path / f"{place}.parquet")
    together = [
        Dataset.from_counts(Counts.sum(Counts.load(tmp_path / f"{i}.parquet") for i in places))
        for places in (order, order[::-1])
    ]
    pooled = pd.concat(sites, ignore_index=True)
    assert like.binning is not None
    whole = Dataset(like.binning.frame(pooled.drop(columns="Ill")), pooled["Ill"])
    solved = [RiskSLIMProblem(data, max_size=3).solve() for data in (*together, whole)]
    for data, solution in zip(together, solved[:2], strict=True):
        same(data, whole)
        assert solution.status == "optimal"
        assert solution.points is not None
        assert solved[2].points is not None
        assert solution.points.tolist() == solved[2].points.tolist()
        assert solution.multiplier == solved[2].multiplier
        assert solution.objective == solved[2].objective
        assert solution.lower_bound == solved[2].lower_bound
    north = RiskSLIMProblem(Dataset.from_counts(like), max_size=3).solve()
    assert north.objective != solved[2].objective
