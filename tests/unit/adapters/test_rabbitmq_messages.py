"""Messages and topology, without a broker."""

import json

import pytest

from adapters.rabbitmq.codec import UnknownMessage, decode, encode
from adapters.rabbitmq.topology import Topology
from domain.priority import ORDINARY, Priority
from tests.harness.builders import a_prediction

BROKER = Topology(("amqp://localhost",), "jobs")
# What the queue was declared with before there were others beside it: a broker refuses to change it.
ARGUMENTS = {"x-queue-type": "quorum", "x-dead-letter-exchange": "jobs.dead", "x-delivery-limit": 100}


def test_each_priority_has_its_queue() -> None:
    assert BROKER.queues == ("jobs.high", "jobs", "jobs.low")
    queues = [BROKER.queue_of(Priority(level)) for level in range(10)]
    assert queues == ["jobs.low"] * 4 + ["jobs"] * 3 + ["jobs.high"] * 3
    assert BROKER.queue_of(ORDINARY) == "jobs"


def test_every_queue_is_declared_as_the_first_one_always_was() -> None:
    declared = {
        arguments["queue"]: arguments for method, arguments in BROKER.declarations() if method == "queue_declare"
    }
    for queue in BROKER.queues:
        assert declared[queue] == {"queue": queue, "durable": True, "arguments": ARGUMENTS}


def test_the_number_of_dead_letters_is_bounded() -> None:
    declared = {a["queue"]: a["arguments"] for method, a in BROKER.declarations() if method == "queue_declare"}
    assert declared[BROKER.dead_letters] == {
        "x-queue-type": "quorum",
        "x-max-length": 10_000,
        "x-overflow": "drop-head",
    }


@pytest.mark.parametrize("level", range(10))
def test_a_job_comes_back_with_its_priority(level: int) -> None:
    job = a_prediction(priority=Priority(level)).job
    assert decode(encode(job)) == job


def test_a_message_from_before_there_were_priorities_is_ordinary() -> None:
    message = json.loads(encode(a_prediction().job))
    del message["priority"]
    assert decode(json.dumps(message).encode()) == a_prediction().job


@pytest.mark.parametrize("priority", [10, -1, "9", None, []])
def test_a_priority_that_is_none_makes_no_job(priority: object) -> None:
    message = json.loads(encode(a_prediction().job)) | {"priority": priority}
    with pytest.raises(UnknownMessage):
        decode(json.dumps(message).encode())
