"""Classifier that decodes pictures and runs one model on any runtime."""

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from adapters.vision.models.model_description import ModelDescription
from adapters.vision.pixels.decoding_processes import DecodingUnfinished
from adapters.vision.pixels.preparation import Preparation
from adapters.vision.runtimes.model_runtime import ModelRuntime
from application.ports.classifier import Classifier
from domain.classification import Classification, ScoredLabel
from domain.errors import InvalidInput, ModelUnavailable
from domain.image_limits import ImageLimits

Pixels = NDArray[np.uint8]


class VisionClassifier(Classifier):
    """Classifies pictures with one model.

    A call decodes and classifies in the thread of its caller; only the dearest pictures are decoded in another process
    (`Preparation`). Pillow and the runtimes release the interpreter's lock: several callers use as many cores, and one
    decodes while another runs the model.
    """

    def __init__(
        self,
        description: ModelDescription,
        runtime: ModelRuntime,
        limits: ImageLimits,
        stopping: threading.Event | None = None,
    ) -> None:
        """See `load_classifier` for the arguments."""
        self.description = description
        self._runtime = runtime
        self._preparation = Preparation(description.recipe, limits, stopping or threading.Event())

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput | None]:
        prepared = [self._prepare(image) for image in images]
        good = [pixels for pixels in prepared if isinstance(pixels, np.ndarray)]
        labels = iter([self._best(scores) for scores in self._runtime.run(np.stack(good))] if good else [])
        return [next(labels) if isinstance(pixels, np.ndarray) else pixels for pixels in prepared]

    def warm_up(self) -> None:
        """Run the model once, to find a broken one at the start and to make the first picture as fast as the next."""
        side, labels = self.description.input_size, len(self.description.labels)
        scores = self._runtime.run(np.full((1, side, side, 3), 127, np.uint8))
        if scores.shape != (1, labels) or not np.isfinite(scores).all():
            raise ModelUnavailable(
                f"The model {self.description.name!r} does not give {labels} finite probabilities; "
                "its weights are damaged or not its own: check PREDICTOR_WEIGHTS."
            )

    def _prepare(self, image: bytes) -> Pixels | InvalidInput | None:
        try:
            return self._preparation.prepare(image)
        except InvalidInput as refusal:
            return refusal
        except DecodingUnfinished:
            return None

    def _best(self, scores: NDArray[np.float32]) -> Classification:
        # A stable order: equal scores keep the model's own order of labels.
        order = np.argsort(-scores, kind="stable")[: Classification.MAX_TOP_K]
        # Rounding may bring a sum of exponentials slightly over one.
        best = scores[order].clip(0.0, 1.0).tolist()
        labels = self.description.labels
        return Classification(tuple(ScoredLabel(labels[i], score) for i, score in zip(order, best, strict=True)))
