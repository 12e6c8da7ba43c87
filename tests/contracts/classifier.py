"""Contract of a classifier."""

from abc import abstractmethod

import pytest

from application.ports.classifier import Classifier
from domain.classification import Classification
from domain.errors import InvalidInput


class ClassifierContract:
    @pytest.fixture
    @abstractmethod
    def classifier(self) -> Classifier:
        """A classifier."""

    @pytest.fixture
    @abstractmethod
    def images(self) -> list[bytes]:
        """Two encoded pictures with different labels."""

    def test_each_picture_has_an_outcome_in_its_order(self, classifier: Classifier, images: list[bytes]) -> None:
        first, second = classifier.classify(images)
        assert isinstance(first, Classification)
        assert isinstance(second, Classification)
        assert first.best.label != second.best.label
        assert classifier.classify(images[::-1]) == [second, first]

    def test_a_bad_picture_does_no_harm_to_the_others(self, classifier: Classifier, images: list[bytes]) -> None:
        outcomes = classifier.classify([images[0], b"Dear Sir", images[1]])
        assert isinstance(outcomes[1], InvalidInput)
        assert [outcomes[0], outcomes[2]] == classifier.classify(images)

    def test_an_empty_batch_is_no_work(self, classifier: Classifier) -> None:
        assert classifier.classify([]) == []
