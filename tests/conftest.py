"""The fast tests; a browser for the tests of pages, and what several of them measure in it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# No test depends on how busy the machine is.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")

# Files that take longest. They come first, so that at the end no processor waits for another.
_LONG = ("test_packaging", "test_notebooks", "test_build", "test_docs", "test_rules_exact")

# Of a browser, in milliseconds: for a page that hangs, not for a machine that is busy.
_PATIENCE = 600_000
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Colours of the text of elements, and of what is behind it.
_COLOURS = """nodes => nodes.map(node => {
    const ink = getComputedStyle(node).color;
    let paper = "rgba(0, 0, 0, 0)";
    for (let at = node; at && paper === "rgba(0, 0, 0, 0)"; at = at.parentElement)
        paper = getComputedStyle(at).backgroundColor;
    return [`${node.tagName}.${node.className}`, ink, paper];
})"""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Under ``-m fast``, do not even import the files that have no fast test."""
    if config.option.markexpr != "fast" or not collection_path.match("test_*.py"):
        return None
    return "pytest.mark.fast" not in collection_path.read_text("utf-8") or None


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server of PostgreSQL; tests that want it are skipped where none can be started."""
    pytest.importorskip("adbc_driver_postgresql", reason="ADBC for PostgreSQL is not installed")
    pgserver = pytest.importorskip("pgserver", reason="the package pgserver is not installed")
    try:
        server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="stop")
    except Exception as error:
        pytest.skip(f"no PostgreSQL can be started: {error}")
    yield server
    server.cleanup()


@pytest.fixture(params=["duckdb", "sqlite", "postgresql"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Any], Any]:
    """Puts a table into a database, and says where it is."""
    from support import databases

    if request.param == "postgresql":
        server = request.getfixturevalue("server")
        return lambda frame: databases.in_postgresql(frame, server)
    store = databases.in_duckdb if request.param == "duckdb" else databases.in_sqlite
    return lambda frame: store(frame, tmp_path / f"t.{request.param}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest."""
    items.sort(key=lambda item: item.path.stem not in _LONG)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; tests that want it are skipped where there is none."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium is installed")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium, args=_ARGUMENTS, timeout=_PATIENCE
        )
        yield running
        running.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A tab without a network; ``page.problems`` collects messages, errors and requests."""
    context = browser.new_context(offline=True)
    context.set_default_timeout(_PATIENCE)
    tab = context.new_page()
    tab.problems = []
    tab.on("console", lambda message: tab.problems.append(message.text))
    tab.on("pageerror", lambda error: tab.problems.append(str(error)))
    tab.on("request", lambda request: tab.problems.append(request.url))
    yield tab
    context.close()


@pytest.fixture
def show(page: Any, tmp_path: Any) -> Callable[[str], None]:
    """Open a page of this text, from a file."""

    def open_text(text: str) -> None:
        file = tmp_path / "page.html"
        file.write_text(text, encoding="utf-8")
        page.goto(file.as_uri())
        page.problems[:] = [text for text in page.problems if not text.startswith("file:")]

    return open_text


@pytest.fixture
def contrasts(page: Any) -> Callable[[str], dict[str, float]]:
    """Contrast of the text of each element that a selector finds, as WCAG computes it."""

    def luminance(color: str) -> float:
        parts = np.array([float(part) for part in re.findall(r"[\d.]+", color)[:3]]) / 255
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    def measure(selector: str) -> dict[str, float]:
        found = {}
        for what, ink, paper in page.eval_on_selector_all(selector, _COLOURS):
            dark, light = sorted((luminance(ink), luminance(paper)))
            found[f"{what}, {ink} on {paper}"] = (light + 0.05) / (dark + 0.05)
        return found

    return measure
