"""The marker in an image store's root: it tells the store from an empty folder or bucket in its place."""

from domain.errors import ImageStoreUnavailable

# Every key of a picture has a folder, so none is equal to this name.
MARKER = "predictor-image-store.txt"
CONTENT = (
    b"This is the image store of the ML Prediction System. Leave this file here: without it\n"
    b"the service believes that the store is away, and waits. `predictor migrate` creates it.\n"
)


class MarkerMissing(ImageStoreUnavailable):
    """The image store lacks its marker, predictor-image-store.txt: mount the store, or run `predictor migrate`."""
