from uuid import UUID

import pytest

from application.look_up.get_image import GetImage
from application.ports.image_store import ImageMissing
from domain.access.owner import DEFAULT_OWNER
from domain.errors import PredictionNotFound
from domain.image import ImageKey
from domain.image_header import ImageFormat
from domain.prediction_state import ImageState
from tests.harness.builders import a_prediction
from tests.unit.application.inference_world import InferenceWorld


def get_image(world: InferenceWorld, number: int) -> tuple[ImageKey, bytes]:
    prediction, image = GetImage(unit_of_work=world.unit_of_work, image_store=world.image_store).execute(
        DEFAULT_OWNER, UUID(int=number)
    )
    return prediction.image, image


def test_the_picture_is_returned_unchanged() -> None:
    world = InferenceWorld()
    prediction = a_prediction(3, image=ImageKey.of(UUID(int=3), ImageFormat.WEBP))
    world.submit(prediction)
    assert get_image(world, 3) == (prediction.image, b"picture 3")


def test_a_missing_prediction_or_picture_is_an_error() -> None:
    world = InferenceWorld()
    world.submit(a_prediction(1))
    world.image_store.delete(a_prediction(1).image)
    with pytest.raises(ImageMissing):
        get_image(world, 1)
    with pytest.raises(PredictionNotFound):
        get_image(world, 2)


def test_a_picture_that_is_about_to_be_deleted_is_missing() -> None:
    world = InferenceWorld()
    world.submit(a_prediction(1, image_state=ImageState.DELETING))
    with pytest.raises(ImageMissing):
        get_image(world, 1)


@pytest.mark.parametrize("image_format", ImageFormat)
def test_a_key_tells_the_format(image_format: ImageFormat) -> None:
    assert ImageKey.of(UUID(int=1), image_format).format is image_format
