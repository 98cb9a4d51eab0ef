"""The group of commands, and how errors and warnings of any of them are shown."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import click

from riskslim.cli.build import build
from riskslim.cli.check import check
from riskslim.cli.compare import compare
from riskslim.cli.cv import cv
from riskslim.cli.demo import demo
from riskslim.cli.distill import distill
from riskslim.cli.evaluate import evaluate
from riskslim.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from riskslim.cli.export import export
from riskslim.cli.fit import fit
from riskslim.cli.output import print_json, wants_json
from riskslim.cli.path import path
from riskslim.cli.pool import pool
from riskslim.cli.predict import predict
from riskslim.cli.recalibrate import recalibrate
from riskslim.cli.report import report
from riskslim.cli.rules import rules
from riskslim.cli.show import show
from riskslim.errors import (
    CoefficientError,
    ConstraintError,
    DataError,
    DataWarning,
    InfeasibleError,
    OptionError,
    RiskSlimError,
    ScoreError,
)

__all__ = ["main"]


class _Commands(click.Group):
    """Shows the package's own errors as one line, with an exit code for each kind."""

    def invoke(self, ctx: click.Context) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("always", DataWarning)
            warnings.showwarning = _show_warning
            try:
                return super().invoke(ctx)
            except RiskSlimError as error:
                code = _exit_code(error)
                click.echo(f"Error: {error}", err=True)
                if wants_json(ctx):
                    print_json(_as_object(error))
            except KeyboardInterrupt:
                code = ExitCode.INTERRUPTED
                click.echo("Interrupted before there was a result; nothing is written.", err=True)
        return ctx.exit(code)


def _exit_code(error: RiskSlimError) -> ExitCode:
    if isinstance(error, InfeasibleError):
        return ExitCode.INFEASIBLE
    if isinstance(error, CoefficientError | ConstraintError | OptionError):
        return ExitCode.USAGE
    if isinstance(error, DataError | ScoreError):
        return ExitCode.DATA
    return ExitCode.FAILURE


def _as_object(error: RiskSlimError) -> dict[str, Any]:
    if isinstance(error, InfeasibleError):
        return {"status": "infeasible", "error": str(error), "conflict": list(error.conflict)}
    return {"status": "error", "error": str(error)}


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    print(f"Warning: {message}", file=sys.stderr)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_CODES_HELP,
)
@click.version_option(package_name="riskslim", message="riskslim %(version)s")
def main() -> None:
    """Risk and decision scores of small integer points, fitted to data and proved optimal.

    \b
    Example:
      riskslim fit heart.csv --target Disease --max-size 5 -o score.json
      riskslim show score.json
    """


_COMMANDS = (
    build,
    check,
    rules,
    fit,
    path,
    pool,
    cv,
    show,
    export,
    predict,
    evaluate,
    recalibrate,
    compare,
    distill,
    report,
    demo,
)
for command in _COMMANDS:
    main.add_command(command)
