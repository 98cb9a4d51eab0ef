"""The group of commands, and how errors and warnings of any of them are shown."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from riskslim.cli.commands import LazyGroup
from riskslim.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from riskslim.cli.output import print_json, wants_json
from riskslim.cli.terminal import clean_streams, say
from riskslim.cli.time_limit import note_beginning, note_program
from riskslim.errors import (
    CoefficientError,
    ConstraintError,
    DataError,
    DataWarning,
    InfeasibleError,
    LimitError,
    OptionError,
    OutOfMemoryError,
    RiskSlimError,
    ScoreError,
)
from riskslim.limits.memory import memory_named
from riskslim.printable import printable, without_passwords

__all__ = ["main"]


class _Commands(LazyGroup):
    """Shows the package's own errors as one line, with an exit code for each kind."""

    def main(self, *args: Any, **options: Any) -> Any:
        if not args and options.get("args") is None:
            note_program()
        with _ended_by_an_interrupt(), clean_streams():
            return super().main(*args, **options)

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        with _ended_by_an_interrupt(), _in_one_line():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        note_beginning(ctx)
        with warnings.catch_warnings(), _in_one_line():
            warnings.simplefilter("always", DataWarning)
            warnings.showwarning = _show_warning
            try:
                with memory_named("this command", "give fewer rows, columns or threads"):
                    return super().invoke(ctx)
            except RiskSlimError as error:
                code = _exit_code(error)
                say(f"Error: {error}")
                if wants_json(ctx):
                    print_json(_as_object(error))
            except KeyboardInterrupt:
                code = ExitCode.INTERRUPTED
                say("Interrupted before there was a result; nothing is written.")
            except Exception as error:
                if _is_clicks(error) or _TRACEBACK in os.environ:
                    raise
                late = _comes_of_the_limit(error)
                code = ExitCode.LIMIT if late else ExitCode.FAILURE
                message = f"Error: {LimitError()}" if late else _unforeseen(error)
                say(message)
                if wants_json(ctx):
                    print_json({"status": "error", "error": message})
        return ctx.exit(code)


_TRACEBACK = "RISKSLIM_TRACEBACK"


@contextmanager
def _ended_by_an_interrupt() -> Iterator[None]:
    """Give Ctrl-C its exit code before a command begins, and after it has ended."""
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(int(ExitCode.INTERRUPTED)) from None


_HELP_AS_ERROR: Any = getattr(click.exceptions, "NoArgsIsHelpError", ())  # since click 8.2


@contextmanager
def _in_one_line() -> Iterator[None]:
    """Keep what was typed from forging a line of its own in click's messages."""
    try:
        yield
    except _HELP_AS_ERROR:
        raise  # its message is the help, of many lines
    except click.ClickException as error:
        vars(error)["message"] = printable(error.message)
        raise


def _is_clicks(error: Exception) -> bool:
    """Whether click ends the program by it: by a code, by a message, or as the reader has gone."""
    ends = (click.ClickException, click.exceptions.Exit, click.Abort)
    return isinstance(error, ends) or (isinstance(error, OSError) and error.errno == errno.EPIPE)


def _comes_of_the_limit(error: BaseException | None) -> bool:
    """Whether an alarm was the cause: libraries make errors of their own of what it raises."""
    while error is not None and not isinstance(error, LimitError):
        error = error.__cause__ or error.__context__
    return error is not None


def _unforeseen(error: Exception) -> str:
    """Say what only its authors can mend, and how they get to know it."""
    what = without_passwords(f"{type(error).__name__}: {error}")
    return (
        f"Error: something unforeseen went wrong ({what[:_LONGEST]}); please report the command "
        f"and what it prints with {_TRACEBACK}=1 in the environment to the authors of riskslim"
    )


_LONGEST = 500


def _exit_code(error: RiskSlimError) -> ExitCode:
    if isinstance(error, InfeasibleError):
        return ExitCode.INFEASIBLE
    if isinstance(error, CoefficientError | ConstraintError | OptionError):
        return ExitCode.USAGE
    if isinstance(error, DataError | ScoreError):
        return ExitCode.DATA
    if isinstance(error, OutOfMemoryError):
        return ExitCode.MEMORY
    if isinstance(error, LimitError):
        return ExitCode.LIMIT
    return ExitCode.FAILURE


def _as_object(error: RiskSlimError) -> dict[str, Any]:
    if isinstance(error, InfeasibleError):
        return {"status": "infeasible", "error": str(error), "conflict": list(error.conflict)}
    status = "time limit" if isinstance(error, LimitError) else "error"
    return {"status": status, "error": without_passwords(str(error))}


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    say(f"Warning: {message}")


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_CODES_HELP,
)
@click.version_option(package_name="riskslim", message="riskslim %(version)s")
@click.option(
    "-v",
    "--verbose",
    "verbosity",
    count=True,
    help="Say on standard error what is done: limits, stages, what is kept. Twice (-vv): each "
    "move of a search too.",
)
@click.pass_context
def main(ctx: click.Context, verbosity: int) -> None:
    """Risk and decision scores of small integer points, fitted to data and proved optimal.

    \b
    Example:
      riskslim fit heart.csv --target Disease --max-size 5 -o score.json
      riskslim show score.json
    """
    if verbosity:
        from riskslim.cli.logs import records_shown

        ctx.with_resource(records_shown(verbosity))
