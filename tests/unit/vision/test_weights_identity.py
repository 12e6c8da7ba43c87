from pathlib import Path

from adapters.vision.models.weights_identity import bundled_weights, weights_identity


def test_differs_where_the_weights_differ(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"one")
    one = weights_identity("resnet18", path)
    path.write_bytes(b"two")
    assert weights_identity("resnet18", path) != one


def test_the_default_model_is_the_packages_file() -> None:
    assert weights_identity("efficientnet_lite0", None) == weights_identity("efficientnet_lite0", bundled_weights())


def test_published_weights_are_those_of_a_torchvision() -> None:
    assert weights_identity("resnet18", None).startswith("torchvision 0.")
