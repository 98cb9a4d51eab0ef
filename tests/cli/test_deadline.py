"""The limit of time of a whole command, on a clock that tests move by hand."""

from __future__ import annotations

import json
import math
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from joblib import delayed

import riskslim.limits.deadline as deadlines
from riskslim import RiskSLIMClassifier, RiskSLIMClassifierCV, cross_validate_score
from riskslim.cli import time_limit
from riskslim.cli.app import main
from riskslim.cli.exit_codes import ExitCode
from riskslim.errors import LimitError, OptionError
from riskslim.estimators.selection import fit_with_weights
from riskslim.evaluation import cross_validation
from riskslim.evaluation.workers import in_shares, run_in_processes
from riskslim.limits.deadline import Deadline, deadline_in_force
from riskslim.scores.path import find_path
from riskslim.solvers.result import SearchOptions
from riskslim.workflows import build
from riskslim.workflows.build import build_score
from riskslim.workflows.distil import distill

LONG = 1e6
"""Seconds of the tests' clock, so that the alarm of the real one never rings."""


class Clock:
    """Stands still but where it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(deadlines, "_clock", made)
    return made


@pytest.fixture
def late(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, int], None]:
    """Let the time be up after a function was called so often."""

    def arm(calls: int, function: str = "riskslim.evaluation.held_out.fit_with_weights") -> None:
        module, name = function.rsplit(".", 1)
        real = getattr(__import__(module, fromlist=[name]), name)
        done = []

        def counted(*args: Any, **named: Any) -> Any:
            result = real(*args, **named)
            done.append(1)
            if len(done) == calls:
                clock.now += 2 * LONG
            return result

        monkeypatch.setattr(function, counted)

    return arm


def table(rows: int = 60, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    random = np.random.default_rng(seed)
    X = pd.DataFrame(random.integers(0, 2, (rows, 4)), columns=list("abcd"))
    y = (X["a"] + X["b"] + random.random(rows) > 1.3).astype(int).to_numpy()
    return X, y


def test_a_share_is_that_of_the_parts_to_come_and_what_is_saved_goes_on(clock: Clock) -> None:
    whole = Deadline.after(100.0)
    assert whole.share(4).left == 25.0
    clock.now = 10.0
    assert whole.share(3).left == pytest.approx(30.0)
    assert whole.share(1) == whole
    assert whole.share(3).last == whole.last


def test_half_of_a_share_is_left_and_half_of_what_follows_it_until_the_very_end(
    clock: Clock,
) -> None:
    share = Deadline.after(100.0).share(4)
    assert share.halved().left == 12.5
    assert share.halved().last == share.last / 2
    clock.now = 40.0
    # Searches of the share are over, and what else there is goes on.
    assert share.halved().left == 0.0
    assert share.halved().last == (share.last + 40.0) / 2


def test_nothing_is_shared_out_after_the_end(clock: Clock) -> None:
    whole = Deadline.after(100.0)
    clock.now = 100.0
    with pytest.raises(LimitError):
        whole.share(2)


def test_without_a_limit_nothing_ends(clock: Clock) -> None:
    clock.now = 1e300
    for none in (Deadline.after(None), Deadline.after(math.inf)):
        none.look()
        assert none.share(3) is none
        assert none.earlier(5.0) is none
        assert none.halved() is none
        assert none.limits(SearchOptions(time_limit=7.0)).time_limit == 7.0


def test_a_search_gets_the_smaller_of_its_limit_and_what_is_left(clock: Clock) -> None:
    whole = Deadline.after(100.0)
    assert whole.limits(SearchOptions()).time_limit == 100.0
    assert whole.limits(SearchOptions(time_limit=3.0)).time_limit == 3.0
    clock.now = 100.0
    # A moment, so that there is a score where the table took all of the time.
    assert 0.0 < whole.limits(SearchOptions()).time_limit < whole.last - clock.now
    clock.now = whole.last + 1.0
    assert whole.limits(SearchOptions()).time_limit == 0.0


def test_what_comes_afterwards_has_its_time_but_no_more_than_half(clock: Clock) -> None:
    assert Deadline.after(100.0).earlier(10.0).left == 90.0
    assert Deadline.after(100.0).earlier(1e9).left == 50.0


def test_of_two_deadlines_the_earlier_one_holds(clock: Clock) -> None:
    with Deadline.after(LONG).held() as outer, Deadline.after(2 * LONG).held() as inner:
        assert inner == outer == deadline_in_force()
    assert deadline_in_force().left == math.inf


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers of processes")
def test_the_alarm_ends_whatever_runs_once_the_time_is_up(clock: Clock) -> None:
    before = signal.getsignal(signal.SIGALRM)
    with Deadline.after(LONG).held():
        signal.raise_signal(signal.SIGALRM)
        clock.now = 2 * LONG
        with pytest.raises(LimitError):
            signal.raise_signal(signal.SIGALRM)
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0.0


def test_pieces_take_their_shares_and_those_that_come_late_are_not_begun(clock: Clock) -> None:
    seen = []

    def piece(number: int) -> int:
        seen.append(deadline_in_force().left)
        clock.now += LONG / 3
        return number

    with Deadline.after(LONG).held():
        done = run_in_processes([delayed(piece)(number) for number in range(1, 6)], 1)
    assert done.results == [1, 2, 3, None, None]
    assert done.stopped == "time limit"
    assert seen == pytest.approx([LONG / 5, LONG * (2 / 3) / 4, LONG / 9])


def test_a_piece_leaves_a_share_to_what_comes_after_it(clock: Clock) -> None:
    with Deadline.after(LONG).held():
        calls = in_shares([delayed(lambda: deadline_in_force().left)()], 1, further=3)
        assert [function(*args, **named) for function, args, named in calls] == [LONG / 4]


def test_ctrl_c_keeps_finished_pieces_where_it_is_asked_to() -> None:
    def piece(number: int) -> int:
        if number == 3:
            raise KeyboardInterrupt
        return number

    work = [delayed(piece)(number) for number in range(1, 5)]
    done = run_in_processes(work, 1, keeps=True)
    assert (done.results, done.stopped) == ([1, 2, None, None], "interrupted")
    with pytest.raises(KeyboardInterrupt):
        run_in_processes(work, 1)


def test_cross_validation_keeps_the_folds_that_are_finished(late: Any) -> None:
    X, y = table()
    model = RiskSLIMClassifier(max_size=2, time_limit=None)
    whole = cross_validate_score(model, X, y, cv=4, bootstrap=2)
    late(3)
    part = cross_validate_score(model, X, y, cv=4, bootstrap=2, time_limit=LONG)
    assert part.stopped == "time limit"
    assert part.ended == "stopped at the time limit after 2 of 4 folds and 0 of 2 resamples"
    assert part.folds == whole.folds[:2]
    assert part.apparent == whole.apparent
    assert part.optimism is None
    assert part.to_dict()["design"]["folds"] == 4
    assert part.to_dict()["design"]["stopped"] == part.ended
    assert whole.stopped is None
    assert "stopped" not in whole.to_dict()["design"]
    assert part.to_dict()["design"]["unfinished_folds"] == 2


def test_measures_of_finished_folds_are_those_of_the_people_held_out_there(late: Any) -> None:
    X, y = table()
    model = RiskSLIMClassifier(max_size=2, time_limit=None)
    late(2)
    part = cross_validate_score(model, X, y, cv=4, time_limit=LONG)
    (fold,) = part.folds
    assert part.measures.log_loss.value == pytest.approx(fold.log_loss, abs=1e-12)


def test_what_folds_have_found_is_measured_after_the_time_as_well(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = table()
    whole, ends, real = Deadline.after(LONG), [], cross_validation._result

    def late(*rows: Any, **named: Any) -> Any:
        clock.now = 2 * LONG
        deadline_in_force().look()
        return real(*rows, **named)

    def noted(estimator: Any, *rows: Any) -> Any:
        ends.append(deadline_in_force().last)
        return fit_with_weights(estimator, *rows)

    monkeypatch.setattr("riskslim.evaluation.held_out.fit_with_weights", noted)
    model = RiskSLIMClassifier(max_size=1, time_limit=None)
    monkeypatch.setattr("riskslim.evaluation.cross_validation._result", late)
    found = cross_validate_score(model, X, y, cv=2, time_limit=LONG)
    assert len(found.folds) == 2
    # On the command line, whose limit holds for the measures too, they have a moment.
    assert whole.last - max(ends) >= 0.5


def test_cross_validation_without_a_finished_fold_says_so(late: Any) -> None:
    X, y = table()
    late(1)
    with pytest.raises(LimitError, match="first of 3 folds"):
        cross_validate_score(RiskSLIMClassifier(max_size=2), X, y, cv=3, time_limit=LONG)


def test_the_choice_of_a_size_ends_where_a_fold_has_no_time(clock: Clock, late: Any) -> None:
    X, y = table()
    late(1, "riskslim.estimators.selection._fold_losses")
    with pytest.raises(LimitError):
        RiskSLIMClassifierCV(RiskSLIMClassifier(max_size=2), cv=3, time_limit=LONG).fit(X, y)


@pytest.mark.parametrize("limit", [0, -1.0, "5", True, math.nan])
def test_a_limit_that_is_no_time_is_refused(limit: Any) -> None:
    X, y = table()
    with pytest.raises(OptionError, match="time_limit must be a positive number"):
        cross_validate_score(RiskSLIMClassifier(max_size=2), X, y, time_limit=limit)


def test_distillation_measures_the_folds_that_are_finished(late: Any) -> None:
    X, y = table()
    teacher = 0.2 + 0.6 * y
    model = RiskSLIMClassifier(max_size=2, time_limit=None)
    late(3)
    part = distill(X, teacher, y, estimator=model, cv=4, time_limit=LONG)
    assert (part.folds, part.finished, part.stopped) == (4, 2, "time limit")
    assert part.held_out is not None
    assert part.to_dict()["fidelity"]["stopped"] == "stopped at the time limit after 2 of 4 folds"


def test_a_built_score_says_how_many_folds_judge_it(late: Any) -> None:
    X, y = table()
    late(3, "riskslim.evaluation.cross_validation.fit_copy")
    built = build_score(
        X.assign(y=y), "y", variables=1, shares=(1.0,), folds=4, n_jobs=1, time_limit=LONG
    )
    assert len(built.validation.folds) == 2
    assert "stopped at the time limit after 2 of 4 folds" in built.summary


def test_a_path_shares_its_time_with_its_folds(clock: Clock, monkeypatch: Any) -> None:
    from riskslim import RiskSLIMProblem
    from riskslim.data import Dataset
    from riskslim.search import sizes

    X, y = table()
    problem = RiskSLIMProblem(Dataset.from_arrays(X.to_numpy(), y), max_size=2)
    real, given = sizes.solve_sizes, []

    def slow(problem: Any, options: SearchOptions, engine: Any, start: Any = None) -> Any:
        given.append(options.time_limit)
        clock.now += LONG / 4
        return real(problem, SearchOptions(), engine)

    monkeypatch.setattr(sizes, "solve_sizes", slow)
    found = find_path(problem, SearchOptions(time_limit=LONG), cv=4)
    assert given[0] == pytest.approx(LONG / 2, abs=1.0)
    assert given[1] == pytest.approx(0.75 * LONG / 4)
    assert found.folds == 3
    assert len(found.fold_losses[1]) == 3


@pytest.fixture
def csv(tmp_path: Path) -> str:
    X, y = table()
    X.assign(y=y).to_csv(tmp_path / "t.csv", index=False)
    return str(tmp_path / "t.csv")


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, list(arguments))


def test_cv_says_in_its_last_line_what_was_kept(late: Any, csv: str) -> None:
    late(3)
    ended = run(
        "cv", csv, "--target", "y", "--max-size", "2", "--fixed-size", "--folds", "4",
        "--time-limit", str(LONG),
    )  # fmt: skip
    assert ended.exit_code == ExitCode.LIMIT
    assert ended.stderr.splitlines()[-1].startswith(
        "Stopped at the time limit after 2 of 4 folds, which are kept: "
    )


def test_compare_leaves_out_the_models_that_are_not_fitted(late: Any, csv: str) -> None:
    score = csv.replace("t.csv", "s.json")
    assert run("fit", csv, "--target", "y", "--max-size", "2", "-o", score).exit_code == 0
    late(5)
    ended = run(
        "compare", score, csv, "--against", "logistic", "--against", "rounded", "--folds", "5",
        "--time-limit", str(LONG), "--json",
    )  # fmt: skip
    assert ended.exit_code == ExitCode.LIMIT
    assert ended.stderr.splitlines()[-1] == (
        "Note: stopped at the time limit after 1 of 2 models; left out: "
        "rounded logistic regression."
    )
    names = [one["name"] for one in json.loads(ended.stdout)["contenders"]]
    assert names == ["s", "logistic regression"]


def test_the_limit_counts_from_the_beginning_and_leaves_time_to_read(
    clock: Clock, monkeypatch: Any
) -> None:
    with click.Context(click.Command("fit")) as ctx:
        ctx.meta[time_limit._BEGAN] = 0.0
        grace = 0.05 * LONG + 0.5
        clock.now = 0.5 * LONG
        assert time_limit.whole_command(LONG) == Deadline(LONG, LONG + grace)
        clock.now = 3 * LONG
        late = time_limit.whole_command(LONG)
        assert (late.end, late.left) == (LONG, 0.0)
        assert late.last == pytest.approx(1.1 * LONG + 0.85)
        clock.now = 0.95 * LONG
        assert time_limit.whole_command(LONG).last == pytest.approx(1.1 * LONG + 0.85)
        clock.now = 0.77 * LONG
        assert time_limit.whole_command(LONG).last == pytest.approx(1.02 * LONG + grace)
        assert time_limit.whole_command(None) == Deadline()


def test_what_is_done_later_takes_as_long_as_what_was_done(monkeypatch: Any) -> None:
    spent, now = 0.0, 0.0
    monkeypatch.setattr(time_limit.time, "process_time", lambda: spent)
    monkeypatch.setattr(time_limit.time, "monotonic", lambda: now)
    with click.Context(click.Command("build")) as ctx:
        assert time_limit.slowness() == 1.0
        ctx.meta[time_limit._BEGAN], ctx.meta[time_limit._SPENT] = 10.0, 3.0
        spent, now = 5.0, 18.0
        assert time_limit.slowness() == 4.0
        now = 11.0
        assert time_limit.slowness() == 1.0
        now = 1000.0
        assert time_limit.slowness() == 10.0


def test_time_to_write_is_reserved_of_the_folds(monkeypatch: Any) -> None:
    X, y = table()
    given = []

    def judged(*_: Any, time_limit: float, **__: Any) -> Any:
        given.append(time_limit)
        raise LimitError

    monkeypatch.setattr("riskslim.workflows.build.cross_validate_score", judged)
    built = build_score(
        X.assign(y=y), "y", variables=1, shares=(1.0,), time_limit=LONG, reserve=LONG / 4
    )
    assert built.validation is None
    # Seven tenths of what is left, and half of it.
    assert 0.6 * LONG * 0.7 < given[0] < 0.75 * LONG * 0.7
    assert given[1] < 0.75 * LONG * 0.5


def test_what_a_library_makes_of_the_alarm_is_the_limit_all_the_same(
    csv: str, monkeypatch: Any
) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        try:
            raise LimitError
        except LimitError as error:
            raise SystemError("returned a result with an exception set") from error

    monkeypatch.setattr("riskslim.data.Dataset.from_file", stopped)
    ended = run("fit", csv, "--target", "y", "--time-limit", str(LONG))
    assert ended.exit_code == ExitCode.LIMIT
    assert ended.stderr.splitlines()[-1].startswith("Error: stopped at the time limit")


@pytest.mark.parametrize("left", [0.0, 8.0, math.inf])
def test_folds_of_a_build_have_a_share_of_what_is_left(left: float, clock: Clock) -> None:
    deadline = Deadline.after(None if math.isinf(left) else left)
    if left == 0.0:
        with pytest.raises(LimitError):
            build._part(deadline, 0.75)
    else:
        assert build._part(deadline, 0.75) == (None if math.isinf(left) else 0.75 * left)


@pytest.mark.parametrize("command", ["fit", "path", "pool"])
def test_a_table_that_takes_all_of_the_time_ends_in_one_line(
    command: str, clock: Clock, csv: str, monkeypatch: Any
) -> None:
    def slow(*_: Any, **__: Any) -> None:
        clock.now += 2 * LONG
        deadline_in_force().look()

    monkeypatch.setattr("riskslim.cli.raw_options.RawChoices.table", slow)
    ended = run(command, csv, "--target", "y", "--time-limit", str(LONG))
    assert ended.exit_code == ExitCode.LIMIT
    assert ended.stderr.splitlines()[-1] == (
        "Error: stopped at the time limit before there was a result; raise the limit"
    )


def test_a_search_that_could_not_end_in_time_is_not_begun(csv: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("riskslim.limits.reserve._SECONDS_PER_ROW", 1e3)
    for command in ("fit", "path", "pool"):
        ended = run(command, csv, "--target", "y", "--max-size", "2", "--time-limit", "5")
        assert ended.exit_code == 5
        assert "before there was a result" in ended.output
