"""Ctrl-C keeps a result where there is one, and else ends the program at once."""

import signal

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
