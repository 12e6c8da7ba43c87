"""Logs: one line each, a constant message and its facts as ``key=value``."""

import logging
import sys
from collections.abc import Mapping
from typing import Any

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}


class FactsFormatter(logging.Formatter):
    """Appends what was given as ``extra`` to the message."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        facts = "".join(f" {key}={value}" for key, value in _facts(vars(record)).items())
        return super().formatMessage(record) + facts


def _facts(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in _STANDARD}


def configure_logging(level: str) -> None:
    """Send everything from `level` on to standard error.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FactsFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Their per-call chatter is nobody's business at our levels.
    for noisy in ("alembic", "PIL", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # Ten lines of errors for each connection that a broker refuses; the adapters say it in one.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
