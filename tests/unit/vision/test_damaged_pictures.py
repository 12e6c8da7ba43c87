"""Damaged pictures end as pixels or as a refusal."""

import threading

import pytest

from adapters.vision.models.model_description import Interpolation, Recipe
from adapters.vision.pixels.preparation import Preparation
from domain.errors import InvalidInput
from domain.image_limits import ImageLimits
from tests.harness.fuzzing import ends, seeds

RECIPE = Recipe(64, 56, Interpolation.BICUBIC, (127.0,) * 3, (128.0,) * 3)


@pytest.fixture
def preparation() -> Preparation:
    return Preparation(RECIPE, ImageLimits(), threading.Event())


# Pillow warns of metadata, which is an error only in the tests.
@pytest.mark.filterwarnings("ignore")
def test_every_damage_has_a_documented_end(preparation: Preparation) -> None:
    found = ends(preparation, 1500, seed=11)
    assert found.total() == 1500
    assert set(found) <= {
        "pixels",
        "image_empty",
        "image_too_expensive",
        "image_too_many_pixels",
        "image_truncated",
        "image_undecodable",
        "image_unsupported",
    }
    assert found["pixels"] > 150


@pytest.mark.filterwarnings("ignore")
def test_a_picture_cut_anywhere_is_refused_unless_its_first_frame_is_whole(preparation: Preparation) -> None:
    found = {
        (number, sixteenths, end_of(preparation, whole[: len(whole) * sixteenths // 16]))
        for number, whole in enumerate(seeds())
        for sixteenths in range(1, 16)
    }
    with_pixels = {number for number, _, end in found if end == "pixels"}
    assert {end for *_, end in found} <= {"pixels", "image_truncated", "image_undecodable", "image_unsupported"}
    assert [seeds()[number][:6] for number in with_pixels] == [b"GIF89a"]  # the animated one
    # Nothing is left of the longest signature.
    assert all(len(seeds()[number]) * sixteenths // 16 < 12 for number, sixteenths, end in found if "unsup" in end)


def end_of(preparation: Preparation, data: bytes) -> str:
    try:
        preparation.prepare(data)
    except InvalidInput as refusal:
        return refusal.code
    return "pixels"
