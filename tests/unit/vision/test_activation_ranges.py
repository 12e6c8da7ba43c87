from pathlib import Path

from adapters.vision.compiling.quantisation.activation_ranges import (
    DEFAULT_MODEL_RANGES,
    ModelRanges,
    Range,
    read_ranges,
    write_ranges,
)
from adapters.vision.models.weights_identity import weights_identity


def test_are_read_as_they_were_written(tmp_path: Path) -> None:
    found = ModelRanges("abc", 3, (Range("Input", 0.0, 255.0, (1.0, 2.5)), Range("Conv", -1.25, 3.5, (-0.125,))))
    write_ranges(found, tmp_path / "ranges.json")
    assert read_ranges(tmp_path / "ranges.json") == found


def test_the_ranges_of_the_default_model_belong_to_its_weights() -> None:
    shipped = read_ranges(DEFAULT_MODEL_RANGES)
    assert shipped.weights == weights_identity("efficientnet_lite0", None)
    assert shipped.pictures > 200
    assert all(entry.low < entry.high for entry in shipped.ranges)
