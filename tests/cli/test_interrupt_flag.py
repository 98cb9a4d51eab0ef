"""Ctrl-C keeps a result where there is one, and else ends the program at once."""

import io
import signal
import sys
from typing import Any

import pytest
from click.testing import CliRunner

from riskslim.cli import main
from riskslim.cli.interrupt import InterruptFlag


def test_the_first_is_a_flag_and_the_second_the_end() -> None:
    with InterruptFlag() as interrupted:
        assert not interrupted()
        signal.raise_signal(signal.SIGINT)
        assert interrupted()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_before_there_is_a_result_the_first_is_the_end() -> None:
    stages: list[str] = []
    with InterruptFlag(lambda: "proving" in stages) as interrupted:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        stages.append("proving")
        signal.raise_signal(signal.SIGINT)
        assert interrupted()


@pytest.mark.parametrize(
    "place", ["riskslim.cli.app.click.Group.make_context", "riskslim.cli.app.clean_streams"]
)
def test_an_interrupt_before_a_command_or_after_it_has_its_exit_code(monkeypatch, place):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(place, interrupted)
    ended = CliRunner().invoke(main, ["rules"])
    assert ended.exit_code == 130
    assert ended.exception is None or isinstance(ended.exception, SystemExit)


def test_it_is_told_amid_a_line_of_the_same_stream(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class Writing(io.RawIOBase):
        """Standard error as it is written to, when Ctrl-C comes."""

        def writable(self) -> bool:
            return True

        def write(self, content: Any, /) -> int:
            signal.raise_signal(signal.SIGINT)
            return len(content)

    stream = io.TextIOWrapper(io.BufferedWriter(Writing()), write_through=True)
    monkeypatch.setattr(sys, "stderr", stream)
    with InterruptFlag() as interrupted:
        stream.write("half a line")
        stream.flush()
        assert interrupted()
    assert "Interrupted: stopping" in capfd.readouterr().err
