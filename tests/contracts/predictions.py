"""Contracts of the predictions in the database: changing them, and reading them."""

from abc import abstractmethod
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from application.ports.database.predictions import IdempotencyKeyTaken, OwnedUuid, Selection
from application.ports.database.unit_of_work import UnitOfWork
from domain.access.owner import DEFAULT_OWNER, Owner
from domain.classification import Classification, ScoredLabel
from domain.errors import PredictionNotFound
from domain.idempotency import IdempotencyKey
from domain.prediction_state import Failure, PredictionStatus
from domain.priority import Priority
from tests.contracts.out_of_reach import OutOfReach
from tests.contracts.unit_of_work import MINUTE, keep, look_up
from tests.harness.builders import NOON, a_prediction, used_for

EVERYTHING = Selection(DEFAULT_OWNER)
ME, OTHER = Owner("me"), Owner("other")


def newest(
    unit_of_work: UnitOfWork, selection: Selection = EVERYTHING, before: int | None = None, limit: int = 9
) -> list[int]:
    """The numbers of the newest predictions."""
    with unit_of_work.read() as committed:
        found = committed.predictions.newest(selection, None if before is None else UUID(int=before), limit)
    return [prediction.uuid.int for prediction in found]


class PredictionsContract(OutOfReach):
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

    def test_lock_keeps_the_order_and_leaves_out_unknown_and_repeated_ones(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *(a_prediction(n) for n in (1, 2, 3)))
        with unit_of_work.begin() as tx:
            locked = tx.predictions.lock([UUID(int=n) for n in (3, 9, 1, 3)])
            assert [p.uuid.int for p in locked] == [3, 1]

    def test_saving_many_changes_only_these(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *(a_prediction(n) for n in range(1, 21)))
        with unit_of_work.begin() as tx:
            some = tx.predictions.lock([UUID(int=n) for n in range(1, 11)])
            for prediction in some:
                prediction.start(NOON, MINUTE, "squeezenet1_0")
            tx.predictions.save(some)
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

    def test_the_same_uuid_twice_is_an_error_and_changes_nothing(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction(1))
        with pytest.raises(ValueError, match="uuid"):
            keep(unit_of_work, a_prediction(2), a_prediction(1, name="cat"))
        assert look_up(unit_of_work, 1).name == "dog"
        with pytest.raises(PredictionNotFound):
            look_up(unit_of_work, 2)

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
        with unit_of_work.read() as committed:
            assert committed.predictions.find(DEFAULT_OWNER, used_for("a dog").key) == prediction

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

    def test_many_are_added_at_once(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *(a_prediction(number) for number in range(10, 210)))
        assert [look_up(unit_of_work, number) for number in range(10, 210)] == [a_prediction(n) for n in range(10, 210)]

    def test_an_empty_batch_is_no_work(
        self, unit_of_work: UnitOfWork, out_of_reach: AbstractContextManager[object]
    ) -> None:
        with out_of_reach, unit_of_work.begin() as tx:
            tx.predictions.add([])
            tx.predictions.save([])
            assert tx.predictions.lock([]) == []
            tx.commit()


class PredictionReaderContract(OutOfReach):
    @pytest.fixture
    @abstractmethod
    def unit_of_work(self) -> UnitOfWork:
        """An empty database."""

    def test_an_unknown_prediction_is_not_found(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction(1))
        with pytest.raises(PredictionNotFound):
            look_up(unit_of_work, 2)

    def test_finds_several_at_once(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction(1), a_prediction(2), a_prediction(3))
        with unit_of_work.read() as committed:
            found = committed.predictions.get_many(
                [OwnedUuid(DEFAULT_OWNER, UUID(int=number)) for number in (3, 1, 4, 3)]
            )
        assert sorted(found, key=lambda p: p.uuid) == [a_prediction(1), a_prediction(3)]

    def test_the_predictions_of_others_are_like_none(self, unit_of_work: UnitOfWork) -> None:
        mine = a_prediction(1, owner=ME, idempotency=used_for("a dog", key="Key"))
        keep(unit_of_work, mine, a_prediction(2, owner=OTHER, idempotency=used_for("a cat", key="Key")))
        with unit_of_work.read() as committed:
            found = committed.predictions.get_many([OwnedUuid(ME, UUID(int=n)) for n in (1, 2)])
            assert found == [committed.predictions.get(ME, UUID(int=1))] == [mine]
            assert committed.predictions.find(ME, IdempotencyKey("Key")) == mine
            assert committed.predictions.newest(Selection(ME), None, 9) == [mine]
            assert committed.predictions.newest(Selection(ME, model=mine.model), None, 9) == [mine]
            assert committed.predictions.newest(Selection(ME, PredictionStatus.QUEUED), None, 9) == [mine]
            with pytest.raises(PredictionNotFound):
                committed.predictions.get(OTHER, UUID(int=1))

    def test_the_service_itself_finds_those_of_all_owners(self, unit_of_work: UnitOfWork) -> None:
        with unit_of_work.read() as committed:
            assert not committed.predictions.has_any()
            with pytest.raises(PredictionNotFound):
                committed.predictions.get_of_any_owner(UUID(int=1))
        keep(unit_of_work, a_prediction(1, owner=ME))
        with unit_of_work.read() as committed:
            assert committed.predictions.has_any()
            assert committed.predictions.get_of_any_owner(UUID(int=1)) == a_prediction(1, owner=ME)

    def test_a_returned_prediction_is_a_copy(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction())
        look_up(unit_of_work, 1).name = "cat"
        assert look_up(unit_of_work, 1).name == "dog"

    def test_a_prediction_is_found_by_its_key(self, unit_of_work: UnitOfWork) -> None:
        dog, cat = a_prediction(1, idempotency=used_for("a dog", key="Key")), a_prediction(2)
        keep(unit_of_work, dog, cat, a_prediction(3))
        with unit_of_work.read() as committed:
            assert committed.predictions.find(DEFAULT_OWNER, IdempotencyKey("Key")) == dog
            assert committed.predictions.find(DEFAULT_OWNER, IdempotencyKey("key")) is None
        assert look_up(unit_of_work, 1).idempotency == used_for("a dog", key="Key")

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
        failed, queued = (
            Selection(DEFAULT_OWNER, PredictionStatus.FAILED),
            Selection(DEFAULT_OWNER, PredictionStatus.QUEUED),
        )
        assert newest(unit_of_work, failed) == [5, 4, 3, 2, 1]
        assert newest(unit_of_work, failed, before=4, limit=2) == [3, 2]
        assert newest(unit_of_work, queued) == [7, 6]
        assert newest(unit_of_work, Selection(DEFAULT_OWNER, model="b")) == [7, 6, 5, 3, 2]
        assert newest(unit_of_work, Selection(DEFAULT_OWNER, model="b"), before=6, limit=2) == [5, 3]
        assert newest(unit_of_work, replace(failed, model="b")) == [5, 3, 2]
        assert newest(unit_of_work, replace(failed, model="b"), before=5, limit=1) == [3]
        assert newest(unit_of_work, replace(queued, model="a")) == []

    def test_the_name_of_a_model_is_taken_as_it_is(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction(1, model="Dogs"), a_prediction(2, model="dogs"))
        assert newest(unit_of_work, Selection(DEFAULT_OWNER, model="dogs")) == [2]
        assert newest(unit_of_work, Selection(DEFAULT_OWNER, model="do%")) == []

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
        with unit_of_work.read() as committed:
            assert committed.predictions.newest(EVERYTHING, None, 9) == [prediction]

    def test_an_empty_batch_is_no_work(
        self, unit_of_work: UnitOfWork, out_of_reach: AbstractContextManager[object]
    ) -> None:
        with out_of_reach, unit_of_work.read() as committed:
            assert committed.predictions.get_many([]) == []
