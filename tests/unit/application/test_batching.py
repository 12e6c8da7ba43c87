from application.classify.batching import split_batch
from application.ports.queue.job_queue import Delivery
from tests.harness.builders import a_prediction


def delivery(number: int, redelivered: bool = False) -> Delivery:
    return Delivery(a_prediction(number).job, redelivered)


def test_new_jobs_run_together_and_redelivered_ones_alone_after_them() -> None:
    first, second, third, fourth = delivery(1), delivery(2, True), delivery(3), delivery(4, True)
    assert split_batch([first, second, third, fourth]) == [[first, third], [second], [fourth]]


def test_without_new_jobs_there_is_no_empty_batch() -> None:
    assert split_batch([delivery(1, True)]) == [[delivery(1, True)]]
    assert split_batch([]) == []
