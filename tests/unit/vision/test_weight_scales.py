import numpy as np
import pytest

from adapters.vision.compiling.quantisation.weight_scales import mean_error, room_for_bias, weight_scales


def random_weights(*shape: int) -> np.ndarray:
    return np.random.default_rng(2).normal(0, 1, shape).astype(np.float32)


def rounded(weights: np.ndarray, avoid_saturation: bool) -> np.ndarray:
    scales = weight_scales(weights, avoid_saturation)
    integers: np.ndarray = np.rint(weights / scales.reshape(-1, *[1] * (weights.ndim - 1))).astype(int)
    return integers


@pytest.mark.parametrize("shape", [(6, 4, 1, 1), (6, 3, 3, 3), (6, 1, 5, 5), (6, 9)])
def test_every_channel_uses_all_steps(shape: tuple[int, ...]) -> None:
    integers = rounded(random_weights(*shape), avoid_saturation=False)
    assert np.abs(integers).reshape(6, -1).max(axis=1).tolist() == [127] * 6


@pytest.mark.parametrize("shape", [(50, 40, 1, 1), (50, 3, 3, 3), (50, 41)])
def test_no_pair_saturates_16_bits(shape: tuple[int, ...]) -> None:
    integers = rounded(random_weights(*shape), avoid_saturation=True)
    ordered = (integers.transpose(0, 2, 3, 1) if integers.ndim == 4 else integers).reshape(50, -1)
    even = np.pad(ordered, ((0, 0), (0, ordered.shape[1] % 2))).reshape(50, -1, 2)
    for sign in (1, -1):
        assert 255 * np.maximum(sign * even, 0).sum(axis=2).max() <= 32767
    assert np.abs(integers).max() <= 127


def test_depthwise_weights_need_no_other_scale() -> None:
    weights = random_weights(6, 1, 3, 3)
    safe, plain = (weight_scales(weights, avoid_saturation).tolist() for avoid_saturation in (True, False))
    assert safe == plain


def test_a_channel_of_nothing_has_a_scale() -> None:
    assert weight_scales(np.zeros((2, 3), np.float32), avoid_saturation=True).tolist() == [1.0, 1.0]


def test_a_bias_fits_into_32_bits() -> None:
    scales, bias = np.array([1e-12, 1.0], np.float32), np.array([-8.0, 8.0], np.float32)
    raised = room_for_bias(scales, bias, step=0.01)
    assert raised[1] == 1.0
    assert np.abs(bias / (raised * 0.01)).max() <= 2**31 - 1


@pytest.mark.parametrize("groups", [1, 2, 6])
def test_the_mean_error_is_what_a_layer_lacks_of_a_picture_of_means(groups: int) -> None:
    lost, means = random_weights(6, 6 // groups, 3, 3), random_weights(6)
    per_group = 6 // groups
    for output, found in enumerate(mean_error(lost, means.tolist())):
        first = output // per_group * per_group
        window = means[first : first + per_group, None, None]
        assert found == pytest.approx(float((lost[output] * window).sum()), abs=1e-4)


def test_the_mean_error_of_a_layer_without_pixels() -> None:
    assert mean_error(np.array([[1.0, 2.0]], np.float32), [10.0, 1.0]).tolist() == [12.0]
