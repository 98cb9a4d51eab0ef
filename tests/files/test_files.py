"""Files are whole or not there, wherever and whenever writing them fails."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from riskslim.cli.app import main
from riskslim.errors import OptionError, OutputError
from riskslim.files import check_writable, write_atomically, write_folder
from riskslim.files.parts import exchange, file_under_way, folder_under_way

pytestmark = pytest.mark.fast

# Root may write anywhere, so what only permissions forbid cannot be tried as root.
_NOT_ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(item) for item in arguments])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text("Died,A,B\n" + "1,1,0\n0,0,1\n1,1,1\n0,0,0\n1,0,1\n0,1,0\n" * 5)
    return path


def outputs(table: Path, score: Path, output: object) -> list[tuple[object, ...]]:
    """Every command that writes a file."""
    return [
        ("fit", table, "-o", output),
        ("fit", table, "--pool", output),
        ("path", table, "--plot", f"{output}.svg" if output else ""),
        ("path", table, "-o", output),
        ("pool", table, "-o", output),
        ("cv", table, "-o", output),
        ("build", table, "-o", output),
        ("compare", score, table, "-o", output),
        ("distill", table, "--teacher", "A", "-o", output),
        ("export", score, "--to", "text", "-o", output),
        ("predict", score, table, "-o", output),
        ("recalibrate", score, table, "-o", output),
        ("report", score, table, "-o", output),
    ]


def test_what_cannot_be_written_is_refused_before_the_work_by_every_command(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_: object, **__: object) -> None:
        raise AssertionError("the work has begun")

    score = tmp_path / "score.json"
    assert run("fit", table, "-o", score).exit_code == 0
    for module in ("riskslim.data.reading", "riskslim.data.dataset", "riskslim.features.raw_table"):
        monkeypatch.setattr(f"{module}.read_table", work, raising=False)
    long = tmp_path / ("n" * 300)
    for output in ("/proc/x", "/proc/no/x", table / "x", "", long, long / "x", "/dev/null/x"):
        for command in outputs(table, score, output):
            result = run(*command)
            assert result.exit_code == 2, (command, result.output, result.exception)
            assert "Traceback" not in result.output


def test_a_folder_is_no_file(table: Path, tmp_path: Path) -> None:
    for output in (tmp_path, f"{tmp_path}/new/", "."):
        result = run("fit", table, "-o", output)
        assert result.exit_code == 2
        assert "folder" in result.stderr


@_NOT_ROOT
def test_a_file_without_permission_is_refused_before_the_work(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.write_text("old")
    locked.chmod(0o444)
    with pytest.raises(OptionError, match="Permission"):
        check_writable(locked)


def test_permission_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(OptionError, match="Permission"):
        check_writable(path)


def test_a_full_disk_is_found_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", full)
    with pytest.raises(OptionError, match="No space left"):
        check_writable(tmp_path / "score.json")
    assert not list(tmp_path.iterdir())


def test_folders_above_the_output_are_made(table: Path, tmp_path: Path) -> None:
    for output in ("a/b/score.json", "c/d/score.json"):
        assert run("fit", table, "-o", tmp_path / output).exit_code == 0
        assert (tmp_path / output).is_file()
    assert run("path", table, "-o", tmp_path / "e/f").exit_code == 0
    assert (tmp_path / "e/f/path.csv").is_file()


def test_a_check_makes_no_folder_and_leaves_no_file(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b" / "c")
    assert not list(tmp_path.iterdir())


def test_a_name_as_long_as_can_be_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * os.pathconf(tmp_path, "PC_NAME_MAX"))
    write_atomically(path, "text")
    assert path.read_text() == "text"


def test_a_result_that_cannot_be_written_after_the_work_is_kept_elsewhere(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_in(folder: Path) -> None:
        def open_file(above: Path) -> object:
            if Path(above) == folder and failing:
                raise OSError(28, "No space left on device")
            return file_under_way(above)

        monkeypatch.setattr("riskslim.files.file_under_way", open_file)

    failing = False
    (tmp_path / "full").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    fail_in(tmp_path / "full")

    def solved(*_: object) -> None:
        nonlocal failing
        failing = True

    monkeypatch.setattr("riskslim.cli.fit.InterruptFlag.__exit__", solved)
    result = run("fit", table, "-o", tmp_path / "full" / "score.json")
    assert result.exit_code == 1
    assert "No space left on device" in result.stderr
    (kept,) = (tmp_path / "here").iterdir()
    assert str(kept) in result.stderr
    assert run("show", kept).exit_code == 0


def test_what_a_killed_process_left_is_swept_up_and_what_a_live_one_makes_is_not(
    tmp_path: Path,
) -> None:
    script = (
        "import sys, time; from pathlib import Path; "
        "from riskslim.files import parts; parts._open_nameless = lambda folder: None\n"
        "with parts.file_under_way(Path(sys.argv[1])), parts.folder_under_way(Path(sys.argv[1])):\n"
        "    print('made', flush=True); time.sleep(600)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "made\n"
        write_atomically(tmp_path / "one", "1")
        assert len(list(tmp_path.iterdir())) == 3
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    write_atomically(tmp_path / "two", "2")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_leftovers_do_not_disturb_a_run(tmp_path: Path) -> None:
    for name in (".score.json.00000000.part", ".riskslim-00.part", ".out.00000000.part"):
        (tmp_path / name).mkdir()
    write_atomically(tmp_path / "score.json", "{}")
    write_folder(tmp_path / "out", {"a": "b"})
    assert (tmp_path / "out" / "a").read_text() == "b"


def test_a_file_without_a_nameless_one_is_written_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riskslim.files.parts._open_nameless", lambda _: None)
    write_atomically(tmp_path / "one", "1")
    write_atomically(tmp_path / "one", "2")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["2"]


def test_folders_change_names_whatever_the_system_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for can in (True, False):
        if not can:
            monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: object())
        one, other = tmp_path / f"one{can}", tmp_path / f"other{can}"
        for folder in (one, other):
            folder.mkdir()
            (folder / "name").write_text(folder.name)
        exchange(one, other)
        assert (one / "name").read_text() == other.name
        assert (other / "name").read_text() == one.name
        assert len(list(tmp_path.iterdir())) == (2 if can else 4)


def test_an_output_error_names_the_file(tmp_path: Path) -> None:
    for path in (tmp_path, "/dev/full", "/proc/x"):
        with pytest.raises(OutputError, match=str(path)):
            write_atomically(path, "text")


def test_a_folder_under_way_is_locked_and_gone_after_an_error(tmp_path: Path) -> None:
    def fail() -> None:
        with folder_under_way(tmp_path) as temporary:
            handle = os.open(temporary, os.O_RDONLY)
            with pytest.raises(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.close(handle)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ["fit", "t.csv", "-o", "t.csv"],
        ["fit", "-o", "./t.csv", "t.csv"],
        ["fit", "t.csv", "-o", "link.csv"],
        ["fit", "t.csv", "-o", "new.json", "--pool", "./new.json"],
        ["recalibrate", "s.json", "t.csv", "-o", "s.json"],
    ],
)
def test_no_command_writes_over_what_it_reads_or_writes(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table = "y,a\n" + "0,0\n1,1\n" * 10
    Path("t.csv").write_text(table)
    Path("link.csv").symlink_to("t.csv")
    CliRunner().invoke(main, ["fit", "t.csv", "-o", "s.json"])
    score = Path("s.json").read_bytes()
    ended = CliRunner().invoke(main, arguments)
    assert ended.exit_code == 2
    assert "this command too" in ended.stderr or "written twice" in ended.stderr
    assert Path("t.csv").read_text() == table
    assert Path("s.json").read_bytes() == score
    assert not Path("new.json").exists()
