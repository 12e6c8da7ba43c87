"""The browser. Playwright would download one of its own; the machine's is taken instead."""

import shutil

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str:
    """Where it is; "" where it is not."""
    return next(filter(None, map(shutil.which, _NAMES)), "")


def missing_chromium() -> str | None:
    """Why no browser can be started here; None when one can."""
    return None if chromium() else "chromium is not installed"
