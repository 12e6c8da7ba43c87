"""Contract of the API keys in a database."""

from datetime import timedelta

from application.ports.database.unit_of_work import UnitOfWork
from domain.access.api_key import ApiKey
from domain.access.caller import CallerLimits, Scope
from domain.access.owner import Owner
from domain.priority import Priority
from tests.harness.builders import NOON, a_key

SHOP, MUSEUM = Owner("shop"), Owner("museum")
LATER = NOON + timedelta(hours=1)


def keep_keys(unit_of_work: UnitOfWork, *keys: ApiKey) -> None:
    with unit_of_work.begin() as tx:
        for key in keys:
            tx.api_keys.add(key)
        tx.commit()


def stored(unit_of_work: UnitOfWork, key: ApiKey) -> ApiKey:
    with unit_of_work.read() as committed:
        [found] = committed.api_keys.get_many([key.id])
    return found


class ApiKeysContract:
    def test_a_key_is_kept_with_all_its_fields(self, unit_of_work: UnitOfWork) -> None:
        full = a_key(
            1,
            SHOP,
            name="Kasse 3 🐕",
            scopes=frozenset(Scope),
            expires_at=LATER,
            revoked_at=LATER,
            last_used_at=LATER,
            limits=CallerLimits(60, 10, 100, Priority(7)),
        )
        keep_keys(unit_of_work, full, a_key(2))
        assert stored(unit_of_work, full) == full
        assert stored(unit_of_work, a_key(2)) == a_key(2)

    def test_a_locked_key_is_changed(self, unit_of_work: UnitOfWork) -> None:
        keep_keys(unit_of_work, a_key(1), a_key(2))
        with unit_of_work.begin() as tx:
            key = tx.api_keys.lock(a_key(1).id)
            assert key == a_key(1)
            key.revoke(LATER)
            tx.api_keys.save(key)
            tx.commit()
        assert stored(unit_of_work, key).revoked_at == LATER
        assert stored(unit_of_work, a_key(2)) == a_key(2)

    def test_an_unknown_key_cannot_be_locked(self, unit_of_work: UnitOfWork) -> None:
        with unit_of_work.begin() as tx:
            assert tx.api_keys.lock("unknown234") is None

    def test_the_last_use_only_moves_on(self, unit_of_work: UnitOfWork) -> None:
        keep_keys(unit_of_work, a_key(1), a_key(2))
        for uses in ({a_key(1).id: LATER, "unknown234": LATER}, {a_key(1).id: NOON}):
            with unit_of_work.begin() as tx:
                tx.api_keys.note_uses(uses)
                tx.commit()
        assert stored(unit_of_work, a_key(1)).last_used_at == LATER
        assert stored(unit_of_work, a_key(2)).last_used_at is None

    def test_saving_a_key_leaves_its_last_use(self, unit_of_work: UnitOfWork) -> None:
        keep_keys(unit_of_work, a_key(1))
        with unit_of_work.begin() as tx:
            key = tx.api_keys.lock(a_key(1).id)
            assert key
            tx.api_keys.note_uses({key.id: LATER})
            tx.api_keys.save(key)
            tx.commit()
        assert stored(unit_of_work, key).last_used_at == LATER

    def test_the_keys_are_listed_by_owner_the_oldest_first(self, unit_of_work: UnitOfWork) -> None:
        keys = [a_key(3, SHOP), a_key(1, MUSEUM, created_at=LATER), a_key(2, SHOP)]
        keep_keys(unit_of_work, *keys)
        with unit_of_work.read() as committed:
            assert [key.id for key in committed.api_keys.of(SHOP)] == [a_key(2).id, a_key(3).id]
            assert [key.id for key in committed.api_keys.of(None)] == [a_key(n).id for n in (2, 3, 1)]
            assert committed.api_keys.of(Owner("nobody")) == []

    def test_several_are_found_at_once(self, unit_of_work: UnitOfWork) -> None:
        keep_keys(unit_of_work, a_key(1), a_key(2), a_key(3))
        with unit_of_work.read() as committed:
            found = committed.api_keys.get_many([a_key(n).id for n in (3, 1, 4, 3)])
        assert sorted(key.id for key in found) == [a_key(1).id, a_key(3).id]

    def test_nothing_sends_nothing(self, unit_of_work: UnitOfWork) -> None:
        with unit_of_work.read() as committed:
            assert committed.api_keys.get_many([]) == []
        with unit_of_work.begin() as tx:
            tx.api_keys.note_uses({})
