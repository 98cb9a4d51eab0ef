"""The command line of riskslim."""

from riskslim.cli.app import main

__all__ = ["main"]
