"""Prepare the image store before its first use."""

from dataclasses import dataclass
from enum import Enum, auto

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.image_store_setup import ImageStoreSetup
from domain.errors import ImageStoreUnavailable


class ImageStoreLost(ImageStoreUnavailable):
    """The image store is empty, although the database has predictions."""

    code = "image_store_lost"


class ImageStoreState(Enum):
    """What an image store looks like before it is used.

    READY has its marker. UNMARKED has pictures only, as before there were markers. NEW is empty, and so is the
    database. LOST is empty although the database has predictions.
    """

    READY = auto()
    NEW = auto()
    UNMARKED = auto()
    LOST = auto()


@dataclass(frozen=True, kw_only=True)
class PrepareImageStore:
    """Set up an image store that is new, or that is older than markers, and refuse one that was lost.

    An empty store beside a database with predictions is most likely not mounted, or the wrong one.
    """

    setup: ImageStoreSetup
    unit_of_work: UnitOfWork

    def execute(self, *, may_be_empty: bool = False) -> ImageStoreState:
        """Set up the store unless it is.

        Args:
            may_be_empty: an empty store is wanted, whatever the database has.

        Returns:
            what the store looked like before.

        Raises:
            ImageStoreLost: the store is empty, but must not be.
            ImageStoreUnavailable, DatabaseUnavailable: one of them cannot be reached.
        """
        state = self.look()
        if state is ImageStoreState.LOST and not may_be_empty:
            raise self.loss
        if state is not ImageStoreState.READY:
            self.setup.set_up()
        return state

    def look(self) -> ImageStoreState:
        """Find out what the store looks like; changes nothing.

        Raises:
            ImageStoreUnavailable, DatabaseUnavailable: one of them cannot be reached.
        """
        if self.setup.is_set_up():
            return ImageStoreState.READY
        if self.setup.has_pictures():
            return ImageStoreState.UNMARKED
        with self.unit_of_work.read() as committed:
            has_predictions = committed.predictions.has_any()
        return ImageStoreState.LOST if has_predictions else ImageStoreState.NEW

    @property
    def loss(self) -> ImageStoreLost:
        """The error that tells of a lost store, and what to do."""
        return ImageStoreLost(
            f"There is no picture at {self.setup.location}, but the database has predictions: is the image store "
            "mounted, and PREDICTOR_IMAGE_STORE_URL right? If an empty store is wanted, run: "
            "predictor migrate --new-image-store"
        )
