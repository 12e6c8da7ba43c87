"""The browser. Playwright would download one of its own; the machine's is taken instead."""

import shutil

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str:
    """Path of the program; "" if it is not installed."""
    return next(filter(None, map(shutil.which, _NAMES)), "")


def missing_chromium() -> str | None:
    """The reason that no browser can be started here; None if one can."""
    return None if chromium() else "chromium is not installed"
