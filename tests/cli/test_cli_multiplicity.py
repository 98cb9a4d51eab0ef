"""Ranges of risk on the command line, and predictions that abstain where scores disagree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from support.command_line import printed_object, run


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    rows = pd.DataFrame(rng.integers(0, 2, (80, 4)), columns=list("ABCD"))
    rows.insert(0, "y", (rows.A + rows.B + rng.normal(0, 1, 80) > 1).astype(int))
    rows.to_csv(tmp_path / "table.csv", index=False)
    return tmp_path / "table.csv"


def test_a_pool_writes_a_row_for_each_person(table: Path) -> None:
    ranges = table.with_name("ranges.csv")
    command = ["pool", table, "--max-size", 3, "--tolerance", 0.01, "--ranges", ranges]
    shown = run(*command)
    assert shown.exit_code == 0, shown.output
    assert "80 of 80 ranges are exact" in shown.output
    rows = pd.read_csv(ranges)
    assert rows["row"].tolist() == list(range(1, 81))
    assert (rows["lowest"] <= rows["baseline"]).all()
    assert (rows["baseline"] <= rows["highest"]).all()
    found = printed_object(run(*command, "--json"))["ranges"]
    assert found["complete"]
    straddles = (rows["lowest"] <= 0.5) & (rows["highest"] > 0.5)
    assert rows["class"].isna().tolist() == straddles.tolist()
    assert (rows["class"] == (rows["lowest"] > 0.5))[~straddles].all()
    new = table.with_name("new.csv")
    pd.read_csv(table).drop(columns="y").head(7).to_csv(new, index=False)
    assert run(*command, "--people", new).exit_code == 0
    pd.testing.assert_frame_equal(pd.read_csv(ranges), rows.head(7), check_exact=False)
    alone = run(*command[:-2], "--people", new)
    assert alone.exit_code == 2
    wide = rows["highest"] - rows["lowest"]
    assert found["mean_width"] == pytest.approx(wide.mean())


def test_a_pool_of_decision_scores(table: Path) -> None:
    rows, pool = table.with_name("rows.csv"), table.with_name("pool.json")
    command = ["pool", table, "--method", "slim", "--max-size"]
    shown = run(*command, 1, "--tolerance", 0)
    assert shown.exit_code == 0, shown.output
    assert "80 of 80 are proved" in " ".join(shown.output.split())
    wider = [*command, 2, "--tolerance", 0.05]
    found = printed_object(run(*wider, "--ranges", rows, "-o", pool, "--json"))
    people = pd.read_csv(rows)
    assert people["row"].tolist() == list(range(1, 81))
    assert found["ambiguity"] == pytest.approx(people["flips"].mean())
    assert found["discrepancy_at_least"] <= found["ambiguity"]
    score = table.with_name("score.json")
    assert run("fit", table, "--method", "slim", "--max-size", 2, "-o", score).exit_code == 0
    told = printed_object(run("predict", score, table, "--pool", pool, "--json"))["predictions"]
    assert [row["class"] is None for row in told] == people["flips"].astype(bool).tolist()
    page = table.with_name("report.html")
    assert run("report", score, table, "--pool", pool, "-o", page).exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert f"at least {found['ambiguity']:.1%}" in text
    assert "Whom they decide otherwise" in text
    for option in ("--threshold", "--limit"):
        refused = run(*wider, option, 1)
        assert refused.exit_code == 2
        assert f"{option} is for risk scores" in refused.output


def test_predictions_abstain_where_the_scores_of_a_pool_disagree(table: Path) -> None:
    pool, score = table.with_name("pool.json"), table.with_name("score.json")
    fit = ["--max-size", 3]
    assert run("pool", table, *fit, "--tolerance", 0.02, "-o", pool).exit_code == 0
    assert run("fit", table, *fit, "-o", score).exit_code == 0
    found = printed_object(
        run("predict", score, table, "--pool", pool, "--threshold", 0.4, "--json")
    )["predictions"]
    assert {row["class"] for row in found} == {0, 1, None}
    for row in found:
        straddles = row["lowest"] <= 0.4 < row["highest"]
        assert (row["class"] is None) == straddles
        if not straddles:
            assert row["class"] == int(row["risk"] > 0.4)
    plain = printed_object(run("predict", score, table, "--threshold", 0.4, "--json"))
    assert {row["class"] for row in plain["predictions"]} == {0, 1}
    cut = run("cutoff", score, table, "--sensitivity", 0.6, "--rule-out", 0.7)
    options = cut.output.split("DATA ")[-1].split()
    assert options[::2] == ["--cutoff", "--no-below"]
    banded = printed_object(run("predict", score, table, *options, "--json"))["predictions"]
    assert {row["class"] for row in banded} <= {0, 1, None}
    yes, no = float(options[1]), float(options[3])
    assert [row["class"] for row in banded] == [
        1 if row["total"] >= yes else 0 if row["total"] < no else None for row in banded
    ]
    for given, told in (
        (["--pool", pool], "--threshold"),
        (["--no-below", 1], "add that, or drop it"),
        (["--threshold", 0.4, "--cutoff", 1], "drop either"),
        (["--cutoff", 1, "--unknown"], "gives ranges"),
    ):
        shown = run("predict", score, table, *given)
        assert shown.exit_code == 2
        assert told in shown.output
