"""Ctrl-C keeps a result where there is one, and else ends the program at once."""

import signal

import pytest

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
