"""A classifier by the name of its model. Torch is imported only when it is called."""

from pathlib import Path

from adapters.vision.catalogue import SET_WEIGHTS, load_model, model_failures
from adapters.vision.classifier import VisionClassifier
from domain.image import ImageLimits


def load_classifier(name: str, weights: Path | None, limits: ImageLimits, threads: int) -> VisionClassifier:
    """Load a model into torch and run it once.

    Args:
        name: one of `catalogue.available_models`.
        weights: a file with its state dict, or None for the published ones.
        limits: what a picture may cost.
        threads: for the model, and as many for decoding the pictures of a batch.

    Raises:
        ModelUnavailable: with one line that says what to do.
    """
    network, description = load_model(name, weights)
    with model_failures(f"The model {name!r} does not run here", SET_WEIGHTS):
        from adapters.vision.torch_engine import TorchEngine

        engine = TorchEngine(network, description.recipe, threads)
        classifier = VisionClassifier(description, engine, limits, decoders=threads)
        classifier.warm_up()
    return classifier
