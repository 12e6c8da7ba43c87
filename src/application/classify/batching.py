"""Split received jobs into batches."""

from collections.abc import Sequence

from application.ports.queue.job_queue import Delivery


def split_batch(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """Split deliveries into the batches that run one after the other.

    New jobs run in one batch. A redelivered job may have crashed its engine: it runs in a batch of its own, after
    the new jobs, so that another crash counts against it only.
    """
    new = [delivery for delivery in deliveries if not delivery.redelivered]
    redelivered = [[delivery] for delivery in deliveries if delivery.redelivered]
    return [new, *redelivered] if new else redelivered
