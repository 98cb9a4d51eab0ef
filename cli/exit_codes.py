"""What the exit codes of the commands mean: the one place that says so."""

from __future__ import annotations

import enum

__all__ = ["EXIT_CODES_HELP", "ExitCode"]


class ExitCode(enum.IntEnum):
    """Exit codes of every command."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    DATA = 3
    INFEASIBLE = 4
    LIMIT = 5
    MEMORY = 6
    INTERRUPTED = 130


_MEANING = {
    ExitCode.OK: "done; for a fit, the score is proved optimal",
    ExitCode.FAILURE: "an output cannot be written after the work, or something unforeseen",
    ExitCode.USAGE: "an option or a name on the command line is wrong",
    ExitCode.DATA: "the data or the score file cannot be used",
    ExitCode.INFEASIBLE: "no score satisfies all constraints",
    ExitCode.LIMIT: "a limit ended the work: the best score so far has a gap, or folds are missing",
    ExitCode.MEMORY: "the memory of the machine does not suffice",
    ExitCode.INTERRUPTED: "Ctrl-C; a fit writes the best score so far first, cv the finished folds",
}

# \b keeps click from filling the lines of a paragraph.
EXIT_CODES_HELP = "\b\nExit codes:\n" + "\n".join(
    f"  {code.value:>3}  {meaning}" for code, meaning in _MEANING.items()
)
