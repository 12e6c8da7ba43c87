from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from adapters.system import TimeOrderedIds
from domain.time_ordered_id import first_uuid_at, time_of
from tests.harness.builders import NOON

MILLISECOND = timedelta(milliseconds=1)


def test_tells_the_time_of_a_uuid_in_milliseconds() -> None:
    before = datetime.now(UTC)
    told = time_of(TimeOrderedIds().new())
    assert told is not None
    assert before - MILLISECOND <= told <= datetime.now(UTC)


def test_the_example_of_the_standard() -> None:
    example = UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    assert time_of(example) == datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)


def test_other_uuids_tell_no_time() -> None:
    assert time_of(uuid4()) is None
    assert time_of(UUID(int=1)) is None


def test_the_bound_is_above_all_earlier_uuids_and_below_the_others() -> None:
    uuid = TimeOrderedIds().new()
    at = time_of(uuid)
    assert at is not None
    assert first_uuid_at(at) < uuid < first_uuid_at(at + MILLISECOND)
    assert first_uuid_at(NOON) < first_uuid_at(NOON + MILLISECOND)


def test_a_time_before_all_uuids_has_a_bound_too() -> None:
    assert first_uuid_at(datetime(1, 1, 1, tzinfo=UTC)) == UUID(int=0)
