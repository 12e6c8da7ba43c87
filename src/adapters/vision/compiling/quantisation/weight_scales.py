"""Scales of 8-bit weights, for each output channel, and the mean error of rounding to them.

A CPU without an instruction for products of bytes (VNNI) adds pairs of products, byte by signed byte, and the sum
saturates at 16 bits (``vpmaddubsw``, Intel 64 manual, volume 2). That changes labels: 187 of 214 photographs keep
theirs, and 211 with exact sums. With scales for which no pair can saturate it is 209. Halving all weights, the usual
remedy, costs more.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_MAX_STEPS = 127
# 255 * 128 fits into 16 bits, 255 * 129 does not; rounding two weights adds less than one to what is below 128.
_MAX_PAIR_STEPS = 127.5
_BIAS_LIMIT = float(2**30)


def weight_scales(weights: Floats, avoid_saturation: bool) -> Floats:
    """Positive scale of each output channel, such that its weights lie within 127 steps.

    Args:
        weights: [output channels, input channels, height, width], or without the last two.
        avoid_saturation: choose scales for which no sum of a pair of products exceeds 16 bits.
    """
    scales = np.abs(weights).reshape(len(weights), -1).max(axis=1) / _MAX_STEPS
    # Depthwise weights, with one input channel, form no pairs.
    if avoid_saturation and not (weights.ndim == 4 and weights.shape[1] == 1):
        scales = np.maximum(scales, _largest_pair(weights) / _MAX_PAIR_STEPS)
    positive: Floats = np.where(scales > 0, scales, 1.0).astype(np.float32)
    return positive


def room_for_bias(scales: Floats, bias: Floats, step: float) -> Floats:
    """Scales, raised where the bias in steps of the products would exceed 32 bits, as with weights close to zero.

    Args:
        scales, bias: [output channels], as the result.
        step: scale of the input.
    """
    raised: Floats = np.maximum(scales, np.abs(bias) / np.float32(step * _BIAS_LIMIT)).astype(np.float32)
    return raised


def mean_error(errors: Floats, means: Sequence[float]) -> Floats:
    """Mean error of the outputs of a layer from rounding its weights, [output channels], to be added to the bias.

    Args:
        errors: weights less rounded weights, [output channels, input channels of a group, ...].
        means: of all input channels. Padding is ignored, since it concerns the edges only.
    """
    by_input = errors.reshape(*errors.shape[:2], -1).sum(axis=2)
    groups = len(means) // by_input.shape[1]
    by_group = by_input.reshape(groups, -1, by_input.shape[1])
    lacking: Floats = np.einsum("goi,gi->go", by_group, np.reshape(means, (groups, -1))).reshape(-1)
    return lacking.astype(np.float32)


def _largest_pair(weights: Floats) -> Floats:
    """Largest sum of neighbouring weights of one sign; inputs are never negative."""
    # The runtime walks along the channels of a pixel first.
    ordered = weights.transpose(0, 2, 3, 1) if weights.ndim == 4 else weights
    flat = ordered.reshape(len(weights), -1)
    even = np.pad(flat, ((0, 0), (0, flat.shape[1] % 2))).reshape(len(weights), -1, 2)
    sums = [np.maximum(sign * even, 0).sum(axis=2).max(axis=1) for sign in (1, -1)]
    largest: Floats = np.maximum(*sums)
    return largest
