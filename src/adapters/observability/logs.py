"""Log format: one line a record, a constant message followed by its fields as ``key=value``."""

import logging
import sys

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}


class FactsFormatter(logging.Formatter):
    """Appends the fields given as ``extra`` to the message."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        facts = (f" {key}={value}" for key, value in vars(record).items() if key not in _STANDARD)
        return super().formatMessage(record) + "".join(facts)


def configure_logging(level: str) -> None:
    """Send records of `level` (``debug``, ``info``, ``warning``, ``error``) and above to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FactsFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # They log every call at the levels that are used here.
    for noisy in ("alembic", "PIL", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # Pika logs ten lines of errors for each connection that a broker refuses; the adapter logs one.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
