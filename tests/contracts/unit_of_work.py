"""What every database of predictions does."""

import threading
from abc import abstractmethod
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from application.ports.database.predictions import IdempotencyKeyTaken, Selection
from application.ports.database.unit_of_work import UnitOfWork
from domain.classification import Classification, ScoredLabel
from domain.errors import PredictionNotFound
from domain.idempotency import IdempotencyKey
from domain.prediction import Prediction
from domain.prediction_state import Failure, PredictionStatus
from domain.priority import Priority
from tests.harness.builders import NOON, a_prediction, used_for

MINUTE = timedelta(minutes=1)
EVERYTHING = Selection()


def keep(unit_of_work: UnitOfWork, *predictions: Prediction) -> None:
    with unit_of_work.begin() as tx:
        for prediction in predictions:
            tx.predictions.add(prediction)
        tx.commit()


def look_up(unit_of_work: UnitOfWork, number: int) -> Prediction:
    with unit_of_work.read() as predictions:
        return predictions.get(UUID(int=number))


def newest(
    unit_of_work: UnitOfWork, selection: Selection = EVERYTHING, before: int | None = None, limit: int = 9
) -> list[int]:
    """The numbers of the newest predictions."""
    with unit_of_work.read() as predictions:
        found = predictions.newest(selection, None if before is None else UUID(int=before), limit)
    return [prediction.uuid.int for prediction in found]


class UnitOfWorkContract:
    @pytest.fixture
    @abstractmethod
    def unit_of_work(self) -> UnitOfWork:
        """An empty database."""

    def test_a_new_prediction_comes_back_whole(self, unit_of_work: UnitOfWork) -> None:
        prediction = a_prediction(
            name="Schlittenhund 🐕 \N{LATIN SMALL LETTER E WITH ACUTE}",
            created_at=NOON + timedelta(microseconds=123456),
            priority=Priority(9),
            expires_at=NOON + MINUTE,
        )
        keep(unit_of_work, prediction)
        assert look_up(unit_of_work, 1) == prediction

    def test_a_finished_prediction_comes_back_whole(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction())
        labels = Classification((ScoredLabel("dogsled", 0.7310585), ScoredLabel("malamute", 1e-9)))
        with unit_of_work.begin() as tx:
            [prediction] = tx.predictions.lock([UUID(int=1)])
            prediction.start(NOON, MINUTE, "resnet50")
            prediction.succeed(1, labels, NOON + MINUTE)
            tx.predictions.save([prediction])
            tx.commit()
        assert (prediction.classification, prediction.model) == (labels, "resnet50")
        assert look_up(unit_of_work, 1) == prediction

    def test_a_failed_prediction_comes_back_whole(self, unit_of_work: UnitOfWork) -> None:
        prediction = a_prediction()
        prediction.give_up(Failure("image_missing", "The image is gone."), NOON)
        keep(unit_of_work, prediction)
        assert look_up(unit_of_work, 1) == prediction

    def test_an_unknown_prediction_is_not_found(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction(1))
        with pytest.raises(PredictionNotFound):
            look_up(unit_of_work, 2)

    def test_finds_several_at_once(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction(1), a_prediction(2), a_prediction(3))
        with unit_of_work.read() as predictions:
            found = predictions.get_many([UUID(int=number) for number in (3, 1, 4, 3)])
            assert predictions.get_many([]) == []
        assert sorted(found, key=lambda p: p.uuid) == [a_prediction(1), a_prediction(3)]

    def test_without_commit_nothing_stays(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction(1))
        with unit_of_work.begin() as tx:
            tx.predictions.add(a_prediction(2))
            [first] = tx.predictions.lock([UUID(int=1)])
            first.start(NOON, MINUTE, "squeezenet1_0")
            tx.predictions.save([first])
        assert look_up(unit_of_work, 1) == a_prediction(1)
        with pytest.raises(PredictionNotFound):
            look_up(unit_of_work, 2)

    def test_an_error_undoes_the_transaction(self, unit_of_work: UnitOfWork) -> None:
        def break_off() -> None:
            with unit_of_work.begin() as tx:
                tx.predictions.add(a_prediction())
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            break_off()
        with pytest.raises(PredictionNotFound):
            look_up(unit_of_work, 1)

    def test_a_transaction_sees_its_own_changes_and_a_reader_only_committed_ones(
        self, unit_of_work: UnitOfWork
    ) -> None:
        with unit_of_work.begin() as tx:
            tx.predictions.add(a_prediction())
            assert tx.predictions.lock([UUID(int=1)]) == [a_prediction()]
            with pytest.raises(PredictionNotFound):
                look_up(unit_of_work, 1)
            tx.commit()
        assert look_up(unit_of_work, 1) == a_prediction()

    def test_lock_keeps_the_order_and_leaves_out_unknown_and_repeated_ones(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *(a_prediction(n) for n in (1, 2, 3)))
        with unit_of_work.begin() as tx:
            locked = tx.predictions.lock([UUID(int=n) for n in (3, 9, 1, 3)])
            assert [p.uuid.int for p in locked] == [3, 1]
            assert tx.predictions.lock([]) == []

    def test_a_returned_prediction_is_a_copy(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction())
        look_up(unit_of_work, 1).name = "cat"
        assert look_up(unit_of_work, 1).name == "dog"

    def test_saving_many_changes_only_these(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *(a_prediction(n) for n in range(1, 21)))
        with unit_of_work.begin() as tx:
            some = tx.predictions.lock([UUID(int=n) for n in range(1, 11)])
            for prediction in some:
                prediction.start(NOON, MINUTE, "squeezenet1_0")
            tx.predictions.save(some)
            tx.predictions.save([])
            tx.commit()
        assert [look_up(unit_of_work, n).attempts for n in range(1, 21)] == [1] * 10 + [0] * 10

    @pytest.mark.parametrize("count", [1, 2, 16, 17, 40])
    def test_many_are_saved_each_with_its_own_state(self, unit_of_work: UnitOfWork, count: int) -> None:
        keep(unit_of_work, *(a_prediction(number, expires_at=NOON + MINUTE) for number in range(1, count + 1)))
        with unit_of_work.begin() as tx:
            saved = tx.predictions.lock([UUID(int=number) for number in range(1, count + 1)])
            for number, prediction in enumerate(saved):
                now = NOON + timedelta(microseconds=number)
                for attempt in range(1 + number % 3):
                    prediction.start(now, MINUTE, f"model-{number % 2}", f"version-{attempt}")
                match number % 5:
                    case 0:
                        labels = (ScoredLabel(f"chow-chow 🐕 {number}", 0.9), ScoredLabel("it's", 0.01 * number))
                        prediction.succeed(prediction.attempts, Classification(labels), now)
                    case 1:
                        prediction.fail(prediction.attempts, Failure("image_missing", f"Number {number}."), now)
                    case 2:
                        prediction.cancel(now)
                        prediction.retry(now)
                    case 3:
                        prediction.requeue(now)
            tx.predictions.save(saved)
            tx.commit()
        assert [look_up(unit_of_work, number) for number in range(1, count + 1)] == saved

    def test_stalled_are_those_whose_lease_is_over_the_longest_overdue_first(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *(a_prediction(n) for n in range(1, 6)))
        with unit_of_work.begin() as tx:
            some = tx.predictions.lock([UUID(int=n) for n in range(1, 5)])
            for minutes, prediction in zip((3, 1, 2, 9), some, strict=True):
                prediction.start(NOON, minutes * MINUTE, "squeezenet1_0")
            some[3].give_up(Failure("gone", "Gone."), NOON)
            tx.predictions.save(some)
            tx.commit()

        def stalled(before: int, limit: int) -> list[int]:
            with unit_of_work.begin() as tx:
                return [p.uuid.int for p in tx.predictions.lock_stalled(NOON + before * MINUTE, limit)]

        assert stalled(before=0, limit=9) == []
        assert stalled(before=2, limit=9) == [2, 3]
        assert stalled(before=9, limit=9) == [2, 3, 1]
        assert stalled(before=9, limit=1) == [2]

    def test_the_same_uuid_twice_is_an_error_and_changes_nothing(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction(1))
        with pytest.raises(ValueError, match="uuid"):
            keep(unit_of_work, a_prediction(2), a_prediction(1, name="cat"))
        assert look_up(unit_of_work, 1).name == "dog"
        with pytest.raises(PredictionNotFound):
            look_up(unit_of_work, 2)

    def test_expired_are_the_queued_ones_whose_time_is_over_the_longest_expired_first(
        self, unit_of_work: UnitOfWork
    ) -> None:
        times = {1: 3, 2: 1, 3: 2, 4: 2, 5: 9}
        keep(unit_of_work, *(a_prediction(n, expires_at=NOON + minutes * MINUTE) for n, minutes in times.items()))
        keep(unit_of_work, a_prediction(6))
        with unit_of_work.begin() as tx:
            [started] = tx.predictions.lock([UUID(int=4)])
            started.start(NOON, MINUTE, "squeezenet1_0")
            tx.predictions.save([started])
            tx.commit()

        def expired(before: int, limit: int) -> list[int]:
            with unit_of_work.begin() as tx:
                return [p.uuid.int for p in tx.predictions.lock_expired(NOON + before * MINUTE, limit)]

        assert expired(before=0, limit=9) == []
        assert expired(before=2, limit=9) == [2, 3]
        assert expired(before=8, limit=9) == [2, 3, 1]
        assert expired(before=8, limit=1) == [2]
        with unit_of_work.begin() as tx:
            gone = tx.predictions.lock_expired(NOON + 2 * MINUTE, 9)
            for prediction in gone:
                prediction.expire(NOON + 2 * MINUTE)
            tx.predictions.save(gone)
            tx.commit()
        assert look_up(unit_of_work, 2) == gone[0]
        assert expired(before=9, limit=9) == [1, 5]

    def test_a_prediction_is_found_by_its_key(self, unit_of_work: UnitOfWork) -> None:
        dog, cat = a_prediction(1, idempotency=used_for("a dog", key="Key")), a_prediction(2)
        keep(unit_of_work, dog, cat, a_prediction(3))
        with unit_of_work.read() as predictions:
            assert predictions.find(IdempotencyKey("Key")) == dog
            assert predictions.find(IdempotencyKey("key")) is None
        assert look_up(unit_of_work, 1).idempotency == used_for("a dog", key="Key")

    # The index's own name, since MySQL's error message repeats the key before it.
    @pytest.mark.parametrize("key", ["the key", "' for key 'PRIMARY'", "x" * IdempotencyKey.MAX_LENGTH])
    def test_a_key_that_is_taken_is_told_from_a_uuid_that_is(self, unit_of_work: UnitOfWork, key: str) -> None:
        keep(unit_of_work, a_prediction(1, idempotency=used_for("a dog", key)))
        with pytest.raises(IdempotencyKeyTaken):
            keep(unit_of_work, a_prediction(2), a_prediction(3, idempotency=used_for("a cat", key)))
        with pytest.raises(ValueError, match="uuid") as refusal:
            keep(unit_of_work, a_prediction(1, idempotency=used_for("a dog", "ux_predictions_idempotency_key")))
        assert not isinstance(refusal.value, IdempotencyKeyTaken)
        with pytest.raises(PredictionNotFound):
            look_up(unit_of_work, 2)

    def test_a_key_stays_with_its_prediction_when_that_changes(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction(idempotency=used_for("a dog")))
        with unit_of_work.begin() as tx:
            [prediction] = tx.predictions.lock([UUID(int=1)])
            prediction.start(NOON, MINUTE, "squeezenet1_0")
            tx.predictions.save([prediction])
            tx.commit()
        with unit_of_work.read() as predictions:
            assert predictions.find(used_for("a dog").key) == prediction

    def test_writers_do_not_overwrite_each_other(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction())

        def take_up_ten_times() -> None:
            for _ in range(10):
                with unit_of_work.begin() as tx:
                    locked = tx.predictions.lock([UUID(int=1)])
                    locked[0].start(NOON, MINUTE, "squeezenet1_0")
                    tx.predictions.save(locked)
                    tx.commit()

        threads = [threading.Thread(target=take_up_ten_times) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert look_up(unit_of_work, 1).attempts == 40

    def test_a_deleted_prediction_is_gone(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction(1), a_prediction(2))
        with unit_of_work.begin() as tx:
            tx.predictions.delete(UUID(int=1))
            tx.predictions.delete(UUID(int=9))
            assert tx.predictions.lock([UUID(int=1)]) == []
            tx.commit()
        with pytest.raises(PredictionNotFound):
            look_up(unit_of_work, 1)
        assert look_up(unit_of_work, 2) == a_prediction(2)

    def test_without_commit_nothing_is_deleted(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction(1))
        with unit_of_work.begin() as tx:
            tx.predictions.delete(UUID(int=1))
            assert look_up(unit_of_work, 1) == a_prediction(1)
        assert look_up(unit_of_work, 1) == a_prediction(1)

    def test_the_newest_come_first_page_by_page(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *(a_prediction(n) for n in (2, 5, 1, 4, 3)))
        assert newest(unit_of_work, limit=2) == [5, 4]
        keep(unit_of_work, a_prediction(6))
        assert newest(unit_of_work, before=4, limit=2) == [3, 2]
        assert newest(unit_of_work, before=2, limit=2) == [1]
        assert newest(unit_of_work, before=1, limit=2) == []

    def test_the_newest_of_a_status_and_of_a_model(self, unit_of_work: UnitOfWork) -> None:
        finished = [a_prediction(n, model=model) for n, model in enumerate(("a", "b", "b", "a", "b"), start=1)]
        for prediction in finished:
            prediction.give_up(Failure("gone", "Gone."), NOON)
        keep(unit_of_work, *finished, *(a_prediction(n, model="b") for n in (6, 7)))
        failed, queued = Selection(PredictionStatus.FAILED), Selection(PredictionStatus.QUEUED)
        assert newest(unit_of_work, failed) == [5, 4, 3, 2, 1]
        assert newest(unit_of_work, failed, before=4, limit=2) == [3, 2]
        assert newest(unit_of_work, queued) == [7, 6]
        assert newest(unit_of_work, Selection(model="b")) == [7, 6, 5, 3, 2]
        assert newest(unit_of_work, Selection(model="b"), before=6, limit=2) == [5, 3]
        assert newest(unit_of_work, replace(failed, model="b")) == [5, 3, 2]
        assert newest(unit_of_work, replace(failed, model="b"), before=5, limit=1) == [3]
        assert newest(unit_of_work, replace(queued, model="a")) == []

    def test_the_name_of_a_model_is_taken_as_it_is(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction(1, model="Dogs"), a_prediction(2, model="dogs"))
        assert newest(unit_of_work, Selection(model="dogs")) == [2]
        assert newest(unit_of_work, Selection(model="do%")) == []

    def test_the_newest_come_whole(self, unit_of_work: UnitOfWork) -> None:
        prediction = a_prediction(1)
        prediction.start(NOON, MINUTE, "squeezenet1_0")
        prediction.cancel(NOON)
        prediction.retry(NOON)
        prediction.start(NOON, MINUTE, "squeezenet1_0")
        keep(unit_of_work, a_prediction(1))
        with unit_of_work.begin() as tx:
            tx.predictions.lock([UUID(int=1)])
            tx.predictions.save([prediction])
            tx.commit()
        with unit_of_work.read() as predictions:
            assert predictions.newest(EVERYTHING, None, 9) == [prediction]

    def test_the_outbox_gives_what_is_due_and_unpublished_once(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *(a_prediction(n, due_at=NOON + (4 - n) * MINUTE) for n in (1, 2, 3)))
        keep(unit_of_work, a_prediction(4, published_at=NOON))

        def take(before: int, limit: int = 9) -> list[int]:
            with unit_of_work.begin() as tx:
                jobs = tx.outbox.take_unpublished(NOON + before * MINUTE, limit, NOON + 10 * MINUTE)
                tx.commit()
            return [job.uuid.int for job in jobs]

        assert take(before=0) == []
        assert take(before=2, limit=1) == [3]
        assert take(before=9) == [2, 1]
        assert take(before=9) == []
        assert sorted(take(before=10)) == [1, 2, 3]
        assert look_up(unit_of_work, 1) == a_prediction(1, due_at=NOON + 10 * MINUTE)

    def test_the_outbox_tells_how_urgent_a_job_is(self, unit_of_work: UnitOfWork) -> None:
        urgent = a_prediction(priority=Priority(8))
        keep(unit_of_work, urgent)
        with unit_of_work.begin() as tx:
            assert tx.outbox.take_unpublished(NOON, 9, NOON) == [urgent.job]

    def test_the_outbox_marks_queued_ones_only(self, unit_of_work: UnitOfWork) -> None:
        started = a_prediction(2)
        started.start(NOON, MINUTE, "squeezenet1_0")
        keep(unit_of_work, a_prediction(1), started)
        with unit_of_work.begin() as tx:
            tx.outbox.mark_published([UUID(int=n) for n in (1, 2, 9)], NOON + MINUTE)
            tx.outbox.mark_published([], NOON)
            tx.commit()
        assert look_up(unit_of_work, 1) == a_prediction(1, published_at=NOON + MINUTE)
        assert look_up(unit_of_work, 2) == started

    def test_the_outbox_forgets_the_longest_published_first(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *(a_prediction(n, published_at=NOON + n * MINUTE) for n in (3, 1, 2)))
        with unit_of_work.begin() as tx:
            assert tx.outbox.forget_published(NOON, 9, NOON) == 0
            assert tx.outbox.forget_published(NOON + 9 * MINUTE, 2, NOON + 5 * MINUTE) == 2
            tx.commit()
        assert look_up(unit_of_work, 1) == a_prediction(1, due_at=NOON + 5 * MINUTE)
        assert look_up(unit_of_work, 2) == a_prediction(2, due_at=NOON + 5 * MINUTE)
        assert look_up(unit_of_work, 3) == a_prediction(3, published_at=NOON + 3 * MINUTE)
