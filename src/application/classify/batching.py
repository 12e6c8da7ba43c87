"""Which jobs run together."""

from collections.abc import Sequence

from application.ports.queue.job_queue import Delivery


def split_batch(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """Split what was received into the groups that run together.

    New jobs run in one batch. A redelivered one may be what killed the engine that had it, so it runs
    alone, after the others: then it can harm nobody, and the crash counts against it only.
    """
    fresh = [delivery for delivery in deliveries if not delivery.redelivered]
    alone = [[delivery] for delivery in deliveries if delivery.redelivered]
    return [fresh, *alone] if fresh else alone
