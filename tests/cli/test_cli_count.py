"""``riskslim count`` and ``fit --counts``: sites exchange counts, not rows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskslim.cli.exit_codes import ExitCode
from support.command_line import printed_object, run


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.integers(0, 2, (200, 3)), columns=["A", "B", "C"])
    ill = np.where(random.random(200) < 0.2 + 0.5 * frame["A"], "yes", "no")
    frame.insert(0, "Ill", ill)
    frame.to_csv(tmp_path / "all.csv", index=False)
    frame.iloc[:150].to_csv(tmp_path / "north.csv", index=False)
    frame[frame["Ill"] == "no"].to_csv(tmp_path / "healthy.csv", index=False)
    frame.iloc[150:].to_csv(tmp_path / "south.csv", index=False)
    return tmp_path


def score_in(file: Path) -> dict[str, object]:
    score = json.loads(file.read_text())
    score["run"].pop("seconds")
    return score


@pytest.mark.parametrize("command", ["fit", "path"])
def test_the_score_of_the_counts_is_the_score_of_the_rows(sites: Path, command: str) -> None:
    first = run("count", sites / "north.csv", "--positive", "yes", "-o", sites / "n.parquet")
    assert "150 rows" in first.output
    second = run(
        "count", sites / "south.csv", "--like", sites / "n.parquet", "-o", sites / "s.parquet"
    )
    assert second.exit_code == 0, second.output
    for name, given in (
        ("counts", (sites / "n.parquet", sites / "s.parquet", "--counts")),
        ("files", (sites / "north.csv", sites / "south.csv", "--positive", "yes")),
        ("whole", (sites / "all.csv", "--positive", "yes")),
    ):
        extra = ("-o", sites / f"{name}.json") if command == "fit" else ("--json",)
        result = run(command, *given, *extra)
        assert result.exit_code == 0, result.output
        if command == "path":
            (sites / f"{name}.txt").write_text(
                "\n".join(line for line in result.stdout.splitlines() if "second" not in line)
            )
    if command == "fit":
        assert score_in(sites / "counts.json") == score_in(sites / "whole.json")
        assert score_in(sites / "files.json") == score_in(sites / "whole.json")
    else:
        texts = {(sites / f"{name}.txt").read_text() for name in ("counts", "files", "whole")}
        assert len(texts) == 1


def test_a_site_of_one_class_takes_part(sites: Path) -> None:
    run("count", sites / "all.csv", "--positive", "yes", "-o", sites / "a.parquet")
    result = run(
        "count", sites / "healthy.csv", "--like", sites / "a.parquet", "-o", sites / "h.parquet"
    )
    assert "(0 positive)" in result.output
    fitted = run("fit", sites / "a.parquet", sites / "h.parquet", "--counts", "--json")
    assert fitted.exit_code == 0


def test_what_suppression_costs_is_told(sites: Path) -> None:
    result = run(
        *("count", sites / "all.csv", "--positive", "yes", "--suppress", "12"),
        *("-o", sites / "a.parquet", "--json"),
    )
    told = printed_object(result)
    assert told["rows"] + told["left_out"]["rows"] == 200
    assert told["left_out"]["rows"] > 0
    assert "in cells of fewer than 12" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--target", "Ill"), "--target is for tables"),
        (("--raw",), "--raw is for tables"),
        ((), "is no file of counts"),
    ],
)
def test_what_does_not_go_with_counts_is_refused(
    sites: Path, arguments: tuple[str, ...], message: str
) -> None:
    result = run("fit", sites / "all.csv", "--counts", *arguments)
    assert result.exit_code in (ExitCode.USAGE, ExitCode.DATA)
    assert message in result.output


def test_a_teacher_of_several_tables_is_refused(sites: Path) -> None:
    tables = (sites / "north.csv", sites / "south.csv", "--positive", "yes", "--raw")
    result = run("fit", *tables, "--teacher", "steps", "-o", sites / "score.json")
    assert result.exit_code == ExitCode.USAGE
    assert "--teacher is for one DATA" in result.output
    assert not (sites / "score.json").exists()


@pytest.mark.parametrize("counted", [False, True])
def test_words_that_nobody_can_use_are_refused_before_the_search(
    sites: Path, counted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from riskslim.problems.problem import RiskSLIMProblem

    def searched(*_: object, **__: object) -> None:
        pytest.fail("the search began")

    (sites / "words.toml").write_text("[A]\nlabels = 3\n")
    given: tuple[object, ...] = (sites / "north.csv", sites / "south.csv", "--positive", "yes")
    if counted:
        run("count", sites / "north.csv", "--positive", "yes", "-o", sites / "n.parquet")
        given = (sites / "n.parquet", "--counts")
    monkeypatch.setattr(RiskSLIMProblem, "solve", searched)
    result = run("fit", *given, "--labels", sites / "words.toml")
    assert result.exit_code == ExitCode.USAGE, result.output
    assert "words.toml" in result.output
