"""Reference runtime: torch, on a CUDA device if there is one, otherwise on the CPU."""

import re
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from adapters.vision.models.model_description import Recipe
from adapters.vision.models.served_network import ServedNetwork
from adapters.vision.runtimes.model_runtime import ModelRuntime

_OUT_OF_MEMORY = re.compile("can't allocate memory|could not create a (memory|primitive)|bad_alloc")


class TorchRuntime(ModelRuntime):
    """Runs a network with torch, in single precision.

    Reduced precision is not used, not even on CUDA: a picture's score would depend on its batch by more than the
    thousandth that the port allows, and decoding takes longer than the model there.

    Args:
        network: takes normalised pictures [N, 3, H, W] and returns logits [N, labels].
        threads: number of CPU threads of a convolution. Applies to the whole process.
    """

    def __init__(self, network: nn.Module, recipe: Recipe, threads: int) -> None:
        torch.set_num_threads(threads)
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        # Pixels come as [N, H, W, 3], so with channels last nothing is copied.
        layout: dict[str, Any] = {"memory_format": torch.channels_last}
        self._network = ServedNetwork(network, recipe).to(self._device, **layout)

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        try:
            with torch.inference_mode():
                # A copy, since torch warns of read-only arrays.
                scores = self._network(torch.tensor(batch, device=self._device))
            probabilities: NDArray[np.float32] = scores.cpu().numpy()
        except RuntimeError as error:  # torch has a type of its own only for the memory of a GPU
            if isinstance(error, torch.OutOfMemoryError) or _OUT_OF_MEMORY.search(str(error)):
                raise MemoryError from error
            raise
        return probabilities
