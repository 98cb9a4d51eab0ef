"""The report on paper: printed by a browser that is installed."""

from __future__ import annotations

import ctypes
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from riskslim.errors import RiskSlimError

__all__ = ["as_pdf"]

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SECONDS = 120


_PRCTL = getattr(ctypes.CDLL(None), "prctl", None)  # on Linux alone
_PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    """Let the system kill the browser where this process is killed."""
    if _PRCTL is not None:
        _PRCTL(_PR_SET_PDEATHSIG, signal.SIGKILL)


def as_pdf(page: str) -> bytes:
    """Print a page to PDF with Chromium.

    Parameters
    ----------
    page : str
        HTML that needs nothing else.

    Returns
    -------
    bytes

    Raises
    ------
    RiskSlimError
        No Chromium or Chrome is installed, or it fails.
    """
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        raise RiskSlimError(
            "a PDF is printed by Chromium or Chrome, and neither is installed; write the report "
            "as .html and print that"
        )
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder, "page.html"), Path(folder, "page.pdf")
        source.write_text(page, encoding="utf-8")
        command = [
            browser,
            "--headless",
            "--no-sandbox",  # a page of our own that runs no script and loads nothing
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
            f"--print-to-pdf={result}",
            source.as_uri(),
        ]
        try:
            subprocess.run(
                command,
                check=True,
                capture_output=True,
                timeout=_SECONDS,
                preexec_fn=_end_with_parent,
            )
            return result.read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            raise RiskSlimError(f"{browser} could not print the report: {error}") from error
