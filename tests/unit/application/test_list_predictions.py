from uuid import UUID

import pytest

from adapters.memory import MemoryUnitOfWork
from application.look_up.list_predictions import ListPredictions, ListPredictionsCommand
from application.ports.database.predictions import Selection
from domain.access.owner import DEFAULT_OWNER
from domain.errors import InvalidField
from domain.prediction_state import PredictionStatus
from tests.contracts.unit_of_work import keep
from tests.harness.builders import NOON, a_prediction


def turn_pages(unit_of_work: MemoryUnitOfWork, selection: Selection, limit: int) -> list[list[int]]:
    """The numbers of the predictions on each page."""
    pages: list[list[int]] = []
    before: UUID | None = None
    while before is not None or not pages:
        page = ListPredictions(unit_of_work=unit_of_work).execute(ListPredictionsCommand(selection, before, limit))
        pages.append([prediction.uuid.int for prediction in page.predictions])
        before = page.next_before
    return pages


@pytest.fixture
def unit_of_work() -> MemoryUnitOfWork:
    unit_of_work = MemoryUnitOfWork()
    keep(unit_of_work, *(a_prediction(n) for n in range(1, 8)))
    return unit_of_work


@pytest.mark.parametrize(
    ("limit", "pages"),
    [
        (100, [[7, 6, 5, 4, 3, 2, 1]]),
        (7, [[7, 6, 5, 4, 3, 2, 1]]),
        (6, [[7, 6, 5, 4, 3, 2], [1]]),
        (3, [[7, 6, 5], [4, 3, 2], [1]]),
    ],
)
def test_every_prediction_is_on_one_page(unit_of_work: MemoryUnitOfWork, limit: int, pages: list[list[int]]) -> None:
    assert turn_pages(unit_of_work, Selection(DEFAULT_OWNER), limit) == pages


def test_an_empty_list_has_one_page() -> None:
    assert turn_pages(MemoryUnitOfWork(), Selection(DEFAULT_OWNER), 1) == [[]]


def test_a_page_counts_only_the_predictions_that_pass_its_filter(unit_of_work: MemoryUnitOfWork) -> None:
    canceled = [a_prediction(n, model="resnet50") for n in range(8, 11)]
    for prediction in canceled:
        prediction.cancel(NOON)
    keep(unit_of_work, *canceled, a_prediction(11))

    selection = Selection(DEFAULT_OWNER, PredictionStatus.CANCELED, "resnet50")

    assert turn_pages(unit_of_work, selection, 2) == [[10, 9], [8]]


def test_changes_between_pages_neither_repeat_nor_hide_others(unit_of_work: MemoryUnitOfWork) -> None:
    use_case = ListPredictions(unit_of_work=unit_of_work)
    first = use_case.execute(ListPredictionsCommand(Selection(DEFAULT_OWNER), None, 3))
    keep(unit_of_work, a_prediction(8), a_prediction(9))
    with unit_of_work.begin() as tx:
        tx.predictions.delete(UUID(int=5))  # the one that the next page begins after
        tx.commit()

    second = use_case.execute(ListPredictionsCommand(Selection(DEFAULT_OWNER), first.next_before, 3))

    assert [p.uuid.int for p in first.predictions] == [7, 6, 5]
    assert [p.uuid.int for p in second.predictions] == [4, 3, 2]


@pytest.mark.parametrize("limit", [0, 101])
def test_a_page_has_limits(limit: int) -> None:
    with pytest.raises(InvalidField) as refused:
        ListPredictionsCommand(Selection(DEFAULT_OWNER), None, limit)
    assert refused.value.field == "limit"
