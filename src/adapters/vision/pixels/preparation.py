"""Preparation of pictures within a budget of memory, the dearest in processes that can be killed."""

import threading

import numpy as np
from numpy.typing import NDArray

from adapters.vision.models.model_description import Recipe
from adapters.vision.pixels.allocator import return_freed_memory
from adapters.vision.pixels.decoding_processes import DecodingProcesses
from adapters.vision.pixels.memory_budget import MemoryBudget
from adapters.vision.pixels.preprocess import kept_side, prepare
from domain.decoding_cost import DecodingCost
from domain.errors import EmptyImage
from domain.image_header import ImageHeader, read_header
from domain.image_limits import ImageLimits

# Decoded in the thread of the caller up to this. Nearly all photographs are, and take no longer than 0.2 seconds.
_ORDINARY_BYTES = 64 << 20
_ORDINARY_WORK = 250_000_000


class Preparation:
    """Prepares pictures for one model as `prepare` does, in any number of threads.

    All pictures that are decoded at the same time share `limits.decoding_memory`. The dearest ones, and those whose
    cost the header does not tell for certain, are decoded by `DecodingProcesses`.

    Args:
        recipe: of the model.
        limits: of pictures.
        stopping: set when the engine stops.
    """

    def __init__(self, recipe: Recipe, limits: ImageLimits, stopping: threading.Event) -> None:
        return_freed_memory()
        self._recipe, self._limits = recipe, limits
        self._budget = MemoryBudget(limits.decoding_memory)
        self._processes = DecodingProcesses(recipe, limits, stopping)

    def prepare(self, data: bytes) -> NDArray[np.uint8]:
        """RGB pixels of a picture, uint8 [crop, crop, 3]; see `DecodingProcesses.prepare` for errors."""
        if not data:
            raise EmptyImage
        header = read_header(data)
        cost = self._limits.check_cost(header, kept_side(self._recipe))
        if _is_ordinary(header, cost):
            with self._budget.hold(cost.memory):
                return prepare(data, self._recipe, self._limits)
        with self._budget.hold(cost.memory + DecodingProcesses.OWN_MEMORY):
            return self._processes.prepare(data, cost.memory)


def _is_ordinary(header: ImageHeader, cost: DecodingCost) -> bool:
    return header.coding.is_ordinary and cost.memory <= _ORDINARY_BYTES and cost.work <= _ORDINARY_WORK
