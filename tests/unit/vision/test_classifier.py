import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from adapters.vision.classifier import VisionClassifier
from adapters.vision.models.model_description import Interpolation, ModelDescription, Recipe
from adapters.vision.runtimes.model_runtime import ModelRuntime
from domain.classification import Classification
from domain.errors import EmptyImage, InvalidInput, ModelUnavailable, TooManyPixels, UnsupportedImage
from domain.image_limits import ImageLimits
from tests.contracts.classifier import ClassifierContract
from tests.harness.bombs import png_bomb
from tests.harness.pictures import BLUE, GREEN, RED, encoded, png_of_size

RECIPE = Recipe(10, 8, Interpolation.BILINEAR, (0.0, 0.0, 0.0), (255.0, 255.0, 255.0))
COLOURS = ModelDescription("colours", ("red", "green", "blue"), RECIPE)


class MeanColour(ModelRuntime):
    """The share of each colour in a picture; keeps the shapes of its batches."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        assert batch.dtype == np.uint8
        self.shapes.append(batch.shape)
        means = batch.mean(axis=(1, 2), dtype=np.float32)
        shares: NDArray[np.float32] = means / means.sum(axis=1, keepdims=True)
        return shares


class Fixed(ModelRuntime):
    """Gives the same scores whatever it sees."""

    def __init__(self, scores: Sequence[float]) -> None:
        self._scores = np.array([scores], np.float32)

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        return self._scores.repeat(len(batch), axis=0)


def picture(colour: tuple[int, int, int], image_format: str = "PNG") -> bytes:
    return encoded(Image.new("RGB", (20, 15), colour), image_format)


def classifier(runtime: ModelRuntime, description: ModelDescription = COLOURS) -> VisionClassifier:
    return VisionClassifier(description, runtime, ImageLimits())


def described(labels: int) -> ModelDescription:
    return ModelDescription("many", tuple(f"label {i}" for i in range(labels)), RECIPE)


def only(outcomes: list[Classification | InvalidInput | None]) -> Classification:
    [outcome] = outcomes
    assert isinstance(outcome, Classification)
    return outcome


class TestVisionClassifier(ClassifierContract):
    @pytest.fixture
    def classifier(self) -> VisionClassifier:
        return classifier(MeanColour())

    @pytest.fixture
    def images(self) -> list[bytes]:
        return [picture(RED), picture(BLUE)]


def test_labels_a_picture() -> None:
    outcome = only(classifier(MeanColour()).classify([picture(GREEN)]))
    assert outcome.best.label == "green"
    assert outcome.best.score == pytest.approx(1.0)
    assert {entry.label for entry in outcome.top} == {"red", "green", "blue"}


def test_labels_a_batch_at_once_and_in_order() -> None:
    runtime = MeanColour()
    outcomes = classifier(runtime).classify([picture(c) for c in (BLUE, RED, GREEN, RED)])
    assert [only([o]).best.label for o in outcomes] == ["blue", "red", "green", "red"]
    assert runtime.shapes == [(4, 8, 8, 3)]


def test_a_bad_picture_does_no_harm_to_the_others() -> None:
    images = [b"", picture(RED), b"text", picture(BLUE), png_of_size(30_000, 30_000)]
    empty, red, text, blue, bomb = classifier(MeanColour()).classify(images)
    assert isinstance(empty, EmptyImage)
    assert isinstance(text, UnsupportedImage)
    assert isinstance(bomb, TooManyPixels)
    assert [only([red]).best.label, only([blue]).best.label] == ["red", "blue"]


def test_an_empty_batch_does_not_reach_the_runtime() -> None:
    runtime = MeanColour()
    assert classifier(runtime).classify([]) == []
    [outcome] = classifier(runtime).classify([b"text"])
    assert isinstance(outcome, UnsupportedImage)
    assert runtime.shapes == []


def test_gives_the_twenty_best_labels_in_order() -> None:
    scores = np.random.default_rng(3).dirichlet(np.ones(50)).tolist()
    outcome = only(classifier(Fixed(scores), described(50)).classify([picture(RED)]))
    assert len(outcome.top) == Classification.MAX_TOP_K
    assert [entry.score for entry in outcome.top] == pytest.approx(sorted(scores, reverse=True)[:20])


def test_keeps_scores_between_zero_and_one() -> None:
    outcome = only(classifier(Fixed([1.0000001, -1e-9, 0.0])).classify([picture(RED)]))
    assert [entry.score for entry in outcome.top] == [1.0, 0.0, 0.0]


def test_equal_scores_keep_the_order_of_the_labels() -> None:
    outcome = only(classifier(Fixed([0.25, 0.5, 0.25])).classify([picture(RED)]))
    assert [entry.label for entry in outcome.top] == ["green", "red", "blue"]


def test_warms_up_with_one_picture() -> None:
    runtime = MeanColour()
    classifier(runtime).warm_up()
    assert runtime.shapes == [(1, 8, 8, 3)]


@pytest.mark.parametrize("scores", [[0.5, 0.5], [0.5, 0.5, float("nan")], [0.5, float("inf"), 0.5]])
def test_a_broken_model_shows_when_it_warms_up(scores: list[float]) -> None:
    with pytest.raises(ModelUnavailable, match="'colours'"):
        classifier(Fixed(scores)).warm_up()


def test_needs_no_torch() -> None:
    code = (
        "import sys, adapters.http, adapters.vision.loading, adapters.vision.classifier;"
        "sys.exit('torch' in sys.modules or 'torchvision' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_picture_whose_decoding_was_ended_from_outside_has_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")  # no decoding process can be started
    dear = png_bomb(4200, 4200)
    outcomes = classifier(MeanColour()).classify([picture(RED), dear, picture(RED)])
    assert [outcome is None for outcome in outcomes] == [False, True, False]


def test_a_dear_picture_is_classified_like_any_other() -> None:
    assert only(classifier(MeanColour()).classify([png_bomb(4200, 4200)])).best.score > 0
