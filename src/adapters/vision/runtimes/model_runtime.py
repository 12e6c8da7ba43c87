"""What runs a model. Torch is one runtime; compiled ones take its place without the rest knowing."""

from abc import abstractmethod
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class ModelRuntime(Protocol):
    """Runs one model on batches of pictures. May be called by several threads at once."""

    @abstractmethod
    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Find the probabilities of every label.

        Args:
            batch: pixels as they are, 0 to 255, [N, H, W, 3] in RGB, with N of 1 or more. The runtime
                normalises them.

        Returns:
            probabilities after softmax, [N, labels].
        """
        ...
