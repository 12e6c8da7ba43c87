"""Download of the weights that torchvision publishes for its models."""

from adapters.vision.models.torchvision_models import default_weights
from adapters.vision.models.weights_file import StateDict, plain_state_dict


def weights_url(name: str) -> str:
    """URL of the default weights of a model."""
    return str(default_weights(name).url)


def download_weights(name: str) -> StateDict:
    """Download the default weights of a model, or read them from torch's cache of earlier downloads.

    Raises:
        OSError: the internet cannot be reached.
        RuntimeError: the hash of the downloaded file differs from the published one.
    """
    return plain_state_dict(
        default_weights(name).get_state_dict(progress=False, check_hash=True, map_location="cpu", weights_only=True)
    )
