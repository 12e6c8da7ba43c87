"""Topology: addresses of the brokers, their exchanges and queues.

    default exchange --(queue name)--> QUEUE.high, QUEUE and QUEUE.low, quorum queues
                                         | rejected, or delivered too often
                                         v
                                       QUEUE.dead, an exchange --> QUEUE.dead-letters, a quorum queue

    QUEUE.events, an exchange --> a queue for each process that listens, which goes with its connection

Quorum queues synchronise to disk before they confirm; classic ones do not, so one node has quorum queues too.
"""

from dataclasses import dataclass
from typing import Any

import pika

from adapters.lifecycle.backoff import Backoff
from domain.priority import Priority

# A connection that hears nothing for this long is dead; a broker that is stopped is noticed no sooner.
_HEARTBEAT_SECONDS = 30
# Connecting, and every single step of it.
_CONNECT_SECONDS = 10.0
# A broker that is out of memory or disk stops reading; pika would wait for ever.
_BLOCKED_SECONDS = 60.0

# Lowest priority of the jobs in each queue, and the suffix of its name. Quorum queues have no
# priorities in 3.10 and two levels in 4.x; queues of their own are the same in both, and leave QUEUE as it was.
_LEVELS = ((Priority(7), ".high"), (Priority(4), ""), (Priority(0), ".low"))

# RabbitMQ counts a delivery against every job that a crashed engine had prefetched, so its count says little about a
# single job; the attempts in the database do. This bound only ends what they cannot see. 3.10 has none by default,
# 4.x has 20 and drops the message where there is no dead-letter exchange.
_DELIVERY_LIMIT = 100

# Maximum number of dead letters; the oldest are dropped. They are copies: what failed, and why, is in the database.
_MAX_DEAD_LETTERS = 10_000
_DEAD_LETTER_ARGUMENTS = {"x-queue-type": "quorum", "x-max-length": _MAX_DEAD_LETTERS, "x-overflow": "drop-head"}


def reconnection_backoff() -> Backoff:
    """Pauses between two connections of one thread.

    RabbitMQ may forget a subscription to a queue that is declared again within milliseconds of its deletion, and the
    consumer then waits for ever; after a second it did not.
    """
    return Backoff(at_least=1.0)


@dataclass(frozen=True, slots=True)
class Topology:
    """Addresses of the brokers, and their exchanges and queues.

    Args:
        urls: one, or those of a cluster in the order in which to try them: ``amqp://user:password@host:port/vhost``,
            or ``amqps://`` for TLS. pika's parameters may follow as a query, such as ``?heartbeat=10``.
        queue: name of the queue of ordinary jobs; the urgent ones are in that with ``.high`` appended, those that can
            wait in that with ``.low``, and the dead letters of all in that with ``.dead-letters``.
    """

    urls: tuple[str, ...]
    queue: str

    @property
    def queues(self) -> tuple[str, ...]:
        """Names of the queues of jobs, the most urgent first."""
        return tuple(self.queue + suffix for _, suffix in _LEVELS)

    def queue_of(self, priority: Priority) -> str:
        """Name of the queue of the jobs with this priority."""
        return self.queue + next(suffix for least, suffix in _LEVELS if priority >= least)

    def priorities_in(self, queue: str) -> tuple[Priority, ...]:
        """Priorities of the jobs in one of the queues, in ascending order."""
        levels = range(Priority.MIN_LEVEL, Priority.MAX_LEVEL + 1)
        return tuple(priority for priority in map(Priority, levels) if self.queue_of(priority) == queue)

    @property
    def dead_letters(self) -> str:
        """Name of the queue of dead letters."""
        return f"{self.queue}.dead-letters"

    @property
    def dead_letter_exchange(self) -> str:
        """Name of the exchange of dead letters."""
        return f"{self.queue}.dead"

    @property
    def events(self) -> str:
        """Name of the exchange of state changes."""
        return f"{self.queue}.events"

    def connection_parameters(self, role: str) -> list[pika.URLParameters]:
        """Parameters of a connection to each broker, whose operators see it under the name of its `role`."""
        return [_parameters(url, role) for url in self.urls]

    @property
    def events_exchange(self) -> dict[str, Any]:
        """Arguments of the declaration of the exchange of state changes."""
        return {"exchange": self.events, "exchange_type": "fanout", "durable": True}

    def declarations(self) -> list[tuple[str, dict[str, Any]]]:
        """Declarations: names of a channel's methods with their arguments. Declaring twice is fine."""
        exchange, dead = self.dead_letter_exchange, self.dead_letters
        return [
            ("exchange_declare", {"exchange": exchange, "exchange_type": "fanout", "durable": True}),
            ("queue_declare", {"queue": dead, "durable": True, "arguments": _DEAD_LETTER_ARGUMENTS}),
            ("queue_bind", {"queue": dead, "exchange": exchange}),
            # The unbounded queue of earlier versions had the name of the exchange. It keeps what it has; to unbind a
            # queue that does not exist is no error.
            ("queue_unbind", {"queue": exchange, "exchange": exchange}),
            *(
                ("queue_declare", {"queue": queue, "durable": True, "arguments": self._queue_arguments()})
                for queue in self.queues
            ),
            ("exchange_declare", self.events_exchange),
        ]

    def _queue_arguments(self) -> dict[str, Any]:
        return {
            "x-queue-type": "quorum",
            "x-dead-letter-exchange": self.dead_letter_exchange,
            "x-delivery-limit": _DELIVERY_LIMIT,
        }


def _parameters(url: str, role: str) -> pika.URLParameters:
    parameters = pika.URLParameters(url)
    given = url.partition("?")[2]
    defaults = {
        "heartbeat": _HEARTBEAT_SECONDS,
        "blocked_connection_timeout": _BLOCKED_SECONDS,
        "socket_timeout": _CONNECT_SECONDS,
        "stack_timeout": _CONNECT_SECONDS,
    }
    for name, value in defaults.items():
        if f"{name}=" not in given:
            setattr(parameters, name, value)
    parameters.client_properties = {"connection_name": f"predictor {role}"}
    return parameters
