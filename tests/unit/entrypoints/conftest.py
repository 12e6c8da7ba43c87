"""Commands configure the logging of their process, which is that of all tests here."""

import logging
from collections.abc import Iterator

import pytest

_CHANGED = (None, "alembic", "PIL", "uvicorn.access", "pika")


@pytest.fixture(autouse=True)
def _logging_stays() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in _CHANGED]
    levels, handlers = [logger.level for logger in loggers], list(logging.getLogger().handlers)
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    logging.getLogger().handlers[:] = handlers
