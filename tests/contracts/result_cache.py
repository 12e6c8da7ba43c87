"""Contract of a result cache."""

from abc import abstractmethod

import pytest

from adapters.memory.classifier import labels
from application.ports.database.result_cache import ResultCache
from application.ports.database.unit_of_work import UnitOfWork
from domain.access.owner import DEFAULT_OWNER, Owner
from domain.image import ImageHash
from domain.prediction import Prediction
from domain.prediction_state import EXPIRED
from tests.contracts.unit_of_work import MINUTE, keep
from tests.harness.builders import NOON, a_prediction

MODEL, OTHER_MODEL = "squeezenet1_0", "resnet18"
VERSION, OTHER_VERSION = "1" * 64, "2" * 64
DOG, CAT = ImageHash.of(b"dog"), ImageHash.of(b"cat")


def classified(number: int, image: ImageHash = DOG, version: str = VERSION, top_k: int = 5) -> Prediction:
    prediction = a_prediction(number, image_hash=image, top_k=top_k)
    prediction.start(NOON, MINUTE, MODEL, version)
    prediction.succeed(1, labels("dogsled", "malamute"), NOON)
    return prediction


class ResultCacheContract:
    @pytest.fixture
    @abstractmethod
    def results(self, unit_of_work: UnitOfWork) -> ResultCache:
        """A cache over the unit of work's database, which is empty."""

    def test_the_same_picture_is_found_and_another_is_not(self, results: ResultCache, unit_of_work: UnitOfWork) -> None:
        results.serve(MODEL, VERSION)
        keep(unit_of_work, classified(1), a_prediction(2))
        assert results.find(DEFAULT_OWNER, DOG, MODEL, 5) == classified(1)
        assert results.find(DEFAULT_OWNER, CAT, MODEL, 5) is None

    def test_the_results_of_others_are_not_found(self, results: ResultCache, unit_of_work: UnitOfWork) -> None:
        results.serve(MODEL, VERSION)
        mine = classified(1)
        mine.owner = Owner("me")
        keep(unit_of_work, mine, a_prediction(2))
        assert results.find(Owner("me"), DOG, MODEL, 5) == mine
        assert results.find(DEFAULT_OWNER, DOG, MODEL, 5) is None

    def test_only_the_model_and_the_version_that_is_served_count(
        self, results: ResultCache, unit_of_work: UnitOfWork
    ) -> None:
        keep(unit_of_work, classified(1))
        assert results.find(DEFAULT_OWNER, DOG, MODEL, 5) is None
        results.serve(OTHER_MODEL, VERSION)
        assert results.find(DEFAULT_OWNER, DOG, MODEL, 5) is None
        assert results.find(DEFAULT_OWNER, DOG, OTHER_MODEL, 5) is None
        results.serve(MODEL, VERSION)
        assert results.find(DEFAULT_OWNER, DOG, MODEL, 5) == classified(1)
        results.serve(MODEL, OTHER_VERSION)
        assert results.find(DEFAULT_OWNER, DOG, MODEL, 5) is None
        keep(unit_of_work, classified(2, version=OTHER_VERSION))
        assert results.find(DEFAULT_OWNER, DOG, MODEL, 5) == classified(2, version=OTHER_VERSION)

    def test_a_result_has_as_many_labels_as_are_wanted(self, results: ResultCache, unit_of_work: UnitOfWork) -> None:
        results.serve(MODEL, VERSION)
        keep(unit_of_work, classified(1, top_k=1))
        assert results.find(DEFAULT_OWNER, DOG, MODEL, 2) is None
        keep(unit_of_work, classified(2, top_k=3))
        assert results.find(DEFAULT_OWNER, DOG, MODEL, 2) == classified(2, top_k=3)
        assert results.find(DEFAULT_OWNER, DOG, MODEL, 4) is None

    def test_what_is_not_classified_is_no_result(self, results: ResultCache, unit_of_work: UnitOfWork) -> None:
        results.serve(MODEL, VERSION)
        started = a_prediction(2, image_hash=DOG)
        started.start(NOON, MINUTE, MODEL, VERSION)
        failed = a_prediction(3, image_hash=DOG)
        failed.give_up(EXPIRED, NOON)
        reused = a_prediction(4, image_hash=DOG)
        reused.reuse(classified(9), NOON)
        keep(unit_of_work, a_prediction(1, image_hash=DOG), started, failed, reused)
        assert results.find(DEFAULT_OWNER, DOG, MODEL, 1) is None
