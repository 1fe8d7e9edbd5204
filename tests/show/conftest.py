"""A browser, where there is one."""

from __future__ import annotations

import shutil
import subprocess

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--virtual-time-budget=60000",
    "--disable-features=IsolateSandboxedIframes",  # their clock would be another one
]


@pytest.fixture
def dom(tmp_path):
    """The page as a browser leaves it."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")

    def run(page: str, where: str = "") -> str:
        path = tmp_path / "page.html"
        path.write_text(page, "utf-8")
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        command = [CHROMIUM, *QUIET, profile, "--dump-dom", f"{path.as_uri()}{where}"]
        return subprocess.run(command, capture_output=True, timeout=120, check=True).stdout.decode()

    return run
