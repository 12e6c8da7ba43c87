"""Interface of the runtimes that run a model."""

from abc import abstractmethod
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class ModelRuntime(Protocol):
    """Runs one model on batches of pictures; safe for use by several threads."""

    @abstractmethod
    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Compute the probabilities of all labels.

        Args:
            batch: RGB pixels that are not normalised, uint8 [N, H, W, 3], N at least 1.

        Returns:
            probabilities after softmax, float32 [N, labels].

        Raises:
            MemoryError: there is not enough memory for the batch.
        """
