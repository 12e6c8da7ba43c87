import pytest

from domain.errors import InvalidField
from domain.priority import ORDINARY, Priority


@pytest.mark.parametrize("level", [-1, 10])
def test_it_is_0_to_9(level: int) -> None:
    with pytest.raises(InvalidField, match="priority is not between 0 and 9"):
        Priority(level)


def test_the_default_leaves_room_on_both_sides() -> None:
    assert Priority(0) < ORDINARY < Priority(9)
