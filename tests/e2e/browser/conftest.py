"""Chromium, which is installed where it is missing and may be."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

MISSING = "There is no Chromium: install it (Debian, Ubuntu: apt-get install chromium) so that it is on PATH."


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path. Without one the test fails in CI; elsewhere it is left out."""
    path = _on_path() or _installed()
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
    return path


@pytest.fixture(scope="module")  # while it is open, this process has a running event loop
def browser(chromium: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # A browser of root's has no sandbox; the pages are our own.
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        started = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield started
        started.close()


@pytest.fixture
def tab(browser: Any, site: Any) -> Iterator[Any]:
    """A tab of a browser that nobody has used before."""
    context = browser.new_context(base_url=site.stack.url)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def _on_path() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def _installed() -> str | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", "-qq", *words], env=environment, check=False)
    return _on_path()
