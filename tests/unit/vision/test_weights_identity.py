import hashlib
import io
from pathlib import Path

import pytest

from adapters.vision.models.weights_identity import (
    BUNDLED_SHA256,
    WeightsAltered,
    bundled_weights,
    checked_digest,
    weights_identity,
)


def test_differs_where_the_weights_differ(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"one")
    one = weights_identity("resnet18", path)
    path.write_bytes(b"two")
    assert weights_identity("resnet18", path) != one


def test_the_default_model_is_the_packages_file() -> None:
    named = weights_identity("efficientnet_lite0", bundled_weights())
    assert weights_identity("efficientnet_lite0", None) == named == BUNDLED_SHA256


def test_published_weights_are_those_of_a_torchvision() -> None:
    assert weights_identity("resnet18", None).startswith("torchvision 0.")


def test_a_file_with_another_hash_is_refused() -> None:
    content = b"weights"
    digest = hashlib.sha256(content).hexdigest()
    file = io.BytesIO(content)
    assert [checked_digest(file, expected) for expected in (digest, digest[:8], "")] == [digest] * 3
    assert file.read() == content
    with pytest.raises(WeightsAltered, match="SHA-256"):
        checked_digest(io.BytesIO(b"Weights"), digest)
