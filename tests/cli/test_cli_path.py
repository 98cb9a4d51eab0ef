"""``riskslim path`` and ``riskslim pool``: what they print and write, and how they exit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskslim import RiskScore, ScorePool
from riskslim.cli.exit_codes import ExitCode
from support.command_line import printed_object, run


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = np.random.default_rng(3)
    frame = pd.DataFrame(
        random.integers(0, 2, (90, 4)), columns=["age", "[red]sex", "points[lab]", "=drug"]
    )
    margin = 2 * frame.age - frame["points[lab]"] + random.logistic(size=90)
    frame.insert(0, "ill", (margin > 0).astype(int))
    path = tmp_path_factory.mktemp("data") / "table.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "hard.csv"
    pd.DataFrame(np.random.default_rng(0).integers(0, 2, (400, 31))).to_csv(path, index=False)
    return path


def test_path_writes_a_folder_and_a_plot(table: Path, tmp_path: Path) -> None:
    folder, plot = tmp_path / "scores", tmp_path / "plot.svg"
    arguments = ("--max-size", 3, "--cv", 3, "--plot", plot, "-o", folder)
    result = run("path", table, *arguments)
    assert result.exit_code == ExitCode.OK, result.output
    assert "One-standard-error rule: size" in result.stdout
    assert "proved" in result.stdout
    assert "[red]sex" in result.stdout or "age" in result.stdout
    names = sorted(file.name for file in folder.iterdir())
    assert names == ["path.csv", "score-1.json", "score-2.json", "score-3.json"]
    for size in (1, 2, 3):
        score = RiskScore.load(folder / f"score-{size}.json")
        assert score.size == size
        assert score.certificate is not None
        assert score.certificate.is_optimal
    assert pd.read_csv(folder / "path.csv")["size"].tolist() == [1, 2, 3]
    assert plot.read_text().startswith("<?xml")
    again = run("path", table, *arguments)
    assert again.exit_code == ExitCode.USAGE
    assert "not empty" in again.stderr


def test_path_json_has_every_size_and_the_choice(table: Path, tmp_path: Path) -> None:
    arguments = ("--max-size", 3, "--multiplier", "free", "--cv", 3, "--json")
    found = printed_object(run("path", table, *arguments, "-o", tmp_path / "path.json"))
    assert found["proved"] is True
    assert [entry["size"] for entry in found["sizes"]] == [1, 2, 3]
    assert all(entry["status"] == "optimal" for entry in found["sizes"])
    assert all(len(entry["fold_losses"]) == 3 for entry in found["sizes"])
    assert found["chosen"]["one-se"] <= found["chosen"]["best"]
    written = json.loads((tmp_path / "path.json").read_text())
    assert [entry["points"] for entry in written["sizes"]] == [
        entry["points"] for entry in found["sizes"]
    ]
    for entry in found["sizes"]:
        single = ("--max-size", entry["size"], "--min-size", entry["size"])
        alone = printed_object(run("fit", table, *single, "--multiplier", "free", "--json"))
        assert alone["objective"] == pytest.approx(entry["objective"], abs=1e-12)


def test_a_limit_of_path_has_its_exit_code(hard: Path) -> None:
    result = run("path", hard, "--max-size", 8, "--node-limit", 12, "--multiplier", "fixed")
    assert result.exit_code == ExitCode.LIMIT
    assert "(node limit)" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("path", "--plot", "plot.txt"), "ends in .svg, .png or .pdf"),
        (("path", "-o", "/proc/nowhere/scores"), "/proc/nowhere/scores cannot be written"),
        (("path", "--max-size", 0), "max_size=0"),
        (("path", "--cv", 1), "--cv"),
        (("path", "--cv", 60), "cv=60"),
        (("pool", "--engine", "lcpa"), "keeps no pool"),
        (("pool", "--prefer", "age"), "NAME=COST"),
        (("pool", "--prefer", "agge=2"), "did you mean 'age'"),
        (("pool", "--prefer", "age=inf"), "finite"),
        (("pool", "--tolerance", -1), "--tolerance"),
        (("fit", "--pool", "/proc/nowhere/pool.csv"), "/proc/nowhere/pool.csv cannot be written"),
    ],
)
def test_bad_usage(table: Path, arguments: tuple[Any, ...], message: str) -> None:
    command, *options = arguments
    result = run(command, table, *options)
    assert result.exit_code == ExitCode.USAGE, result.output
    assert message in result.stderr


def test_pool_prints_scores_and_disagreement(table: Path, tmp_path: Path) -> None:
    result = run("pool", table, "--tolerance", 0.01, "--max-coef", 3, "-o", tmp_path / "pool.json")
    assert result.exit_code == ExitCode.OK, result.output
    loaded = ScorePool.load(tmp_path / "pool.json")
    assert loaded.complete
    assert loaded.certificate in result.stdout
    assert "ambiguity" in result.stdout
    assert "discrepancy" in result.stdout
    people = pd.read_csv(table)
    found = loaded.multiplicity(people, deviation=0.1)
    assert f"{found.ambiguity:.1%}" in result.stdout
    assert found.risks is not None
    assert f"{found.risks.ambiguity:.1%}" in result.stdout


def test_pool_json_costs_and_cut(table: Path, tmp_path: Path) -> None:
    costs = tmp_path / "costs.csv"
    costs.write_text("feature,cost\nage,3\n=drug,2\n")
    prefer = ("--prefer", costs, "--prefer", "points?lab?=7")
    arguments = ("--tolerance", 0.2, "--relative", "--limit", 5, "--max-coef", 3, *prefer)
    result = run("pool", table, *arguments, "--json", "-o", tmp_path / "pool.csv")
    found = printed_object(result)
    assert result.exit_code == ExitCode.OK
    assert not found["complete"]
    assert found["certificate"].startswith("cut: the best 5")
    assert len(found["scores"]) == 5
    price = {"age": 3.0, "=drug": 2.0, "points[lab]": 7.0}
    expected = [sum(price.get(name, 0.0) for name in entry["points"]) for entry in found["scores"]]
    assert [entry["cost"] for entry in found["scores"]] == expected == sorted(expected)
    assert 0 <= found["multiplicity"]["classes"]["discrepancy"] <= 1
    table_written = pd.read_csv(tmp_path / "pool.csv")
    assert table_written.objective.tolist() == [entry["objective"] for entry in found["scores"]]
    costs.write_text("feature,cost\nage,cheap\n")
    refused = run("pool", table, "--prefer", costs)
    assert refused.exit_code == ExitCode.USAGE
    assert "row 1" in refused.stderr


def test_a_limit_of_pool_has_its_exit_code(hard: Path) -> None:
    limits = ("--max-size", 8, "--node-limit", 3, "--multiplier", "fixed")
    result = run("pool", hard, *limits, "--json")
    found = printed_object(result)
    assert result.exit_code == ExitCode.LIMIT
    assert found["complete"] is False
    assert "not complete" in found["certificate"]


def test_fit_writes_a_pool_beside_the_score(table: Path, tmp_path: Path) -> None:
    arguments = ("--pool", tmp_path / "pool.json", "--pool-tolerance", 0.005)
    result = run("fit", table, "--max-size", 2, *arguments, "-o", tmp_path / "score.json")
    assert result.exit_code == ExitCode.OK
    assert "Pool complete: every score within 0.005" in result.stderr
    pool = ScorePool.load(tmp_path / "pool.json")
    assert pool.best.points == RiskScore.load(tmp_path / "score.json").points


@pytest.mark.parametrize("command", ["path", "pool"])
def test_help_has_an_example_and_the_exit_codes(command: str) -> None:
    text = run(command, "--help").stdout
    assert "Exit codes:" in text
    lines = text.splitlines()
    assert lines[lines.index("  Example:") + 1].startswith(f"    riskslim {command}")
    assert not any("\\b" in line for line in lines)
