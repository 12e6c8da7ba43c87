import logging

from adapters.observability.logs import FactsFormatter


def test_facts_follow_the_message() -> None:
    record = logging.makeLogRecord({"name": "engine", "levelname": "INFO", "msg": "ready", "slots": 2, "batch": 8})
    assert FactsFormatter().format(record).endswith("INFO    engine: ready slots=2 batch=8")
