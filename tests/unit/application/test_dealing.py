from collections.abc import Sequence

from application.turns.dealing import deal


class Hands:
    """Owners with so many jobs each, numbered from 1; counts how often one is asked."""

    def __init__(self, **jobs: int) -> None:
        self.left = {owner: [f"{owner}{n}" for n in range(1, count + 1)] for owner, count in jobs.items()}
        self.asked = 0

    def take(self, owner: str, share: int) -> Sequence[str]:
        self.asked += 1
        taken, self.left[owner] = self.left[owner][:share], self.left[owner][share:]
        return taken

    def deal(self, places: int) -> list[str]:
        return deal(list(self.left), places, self.take)


def test_owners_take_turns() -> None:
    assert Hands(a=9, b=9, c=9).deal(7) == ["a1", "b1", "c1", "a2", "b2", "c2", "a3"]


def test_who_has_few_jobs_leaves_the_places_to_the_others() -> None:
    assert Hands(a=9, b=1, c=2).deal(7) == ["a1", "b1", "c1", "a2", "c2", "a3", "a4"]


def test_who_is_alone_gets_all_places_at_once() -> None:
    hands = Hands(a=900)
    assert len(hands.deal(500)) == 500
    assert hands.asked == 1


def test_more_owners_than_places() -> None:
    hands = Hands(a=9, b=9, c=9)
    assert hands.deal(2) == ["a1", "b1"]
    assert hands.asked == 2


def test_nothing_is_left_over_and_nothing_invented() -> None:
    assert sorted(Hands(a=3, b=40, c=1).deal(1000)) == sorted(
        ["a1", "a2", "a3", "c1", *(f"b{n}" for n in range(1, 41))]
    )
    assert Hands(a=1).deal(0) == []
    assert Hands().deal(5) == []


def test_an_owner_is_asked_a_few_times_only() -> None:
    hands = Hands(a=10_000, b=1, c=2, d=3)
    assert len(hands.deal(4096)) == 4096
    assert hands.asked <= 8
