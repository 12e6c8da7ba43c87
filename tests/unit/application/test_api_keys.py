from datetime import timedelta

import pytest

from adapters.memory import FixedClock, MemoryUnitOfWork
from application.access.create_api_key import CreateApiKey, CreateApiKeyCommand
from application.access.find_api_keys import FindApiKeys
from application.access.list_api_keys import ListApiKeys
from application.access.note_key_uses import NoteKeyUses
from application.access.revoke_api_key import RevokeApiKey
from application.access.rotate_api_key import RotateApiKey
from domain.access.api_key import ApiKey
from domain.access.caller import CallerLimits, Scope
from domain.access.owner import Owner
from domain.errors import ApiKeyInvalid, ApiKeyNotFound
from tests.contracts.api_keys import keep_keys, stored
from tests.harness.builders import NOON, a_key
from tests.unit.application.faulty_database import SlowToSee

DAY = timedelta(days=1)


class World:
    def __init__(self) -> None:
        self.unit_of_work, self.clock = MemoryUnitOfWork(), FixedClock()
        self.drawn = 0
        self.create = CreateApiKey(unit_of_work=self.unit_of_work, clock=self.clock, random=self.random)
        self.rotate = RotateApiKey(unit_of_work=self.unit_of_work, clock=self.clock, random=self.random)
        self.revoke = RevokeApiKey(unit_of_work=self.unit_of_work, clock=self.clock)

    def random(self, count: int) -> bytes:
        self.drawn += 1
        return bytes([self.drawn] * count)

    def all(self) -> list[ApiKey]:
        return ListApiKeys(unit_of_work=self.unit_of_work).execute(None)


def test_a_new_key_is_kept_without_its_secret() -> None:
    world, limits = World(), CallerLimits(rate_per_minute=60)
    command = CreateApiKeyCommand(
        owner=Owner("shop"), name="till", scopes=frozenset({Scope.READ}), lifetime=DAY, limits=limits
    )
    key, token = world.create.execute(command)
    assert world.all() == [key]
    assert (key.id, key.owner, key.name, key.limits) == (token.id, Owner("shop"), "till", limits)
    assert key.expires_at == world.clock.now() + DAY
    assert key.matches(token)
    assert token.secret not in str(world.all())


def test_a_key_may_last_for_ever() -> None:
    key, _ = World().create.execute(CreateApiKeyCommand(owner=Owner("shop")))
    assert key.expires_at is None
    assert key.scopes == {Scope.SUBMIT, Scope.READ}


def test_a_revoked_key_stays_in_the_list() -> None:
    world = World()
    key, _ = world.create.execute(CreateApiKeyCommand(owner=Owner("shop")))
    assert world.revoke.execute(key.id) == stored(world.unit_of_work, key)
    assert stored(world.unit_of_work, key).revoked_at == world.clock.now()


def test_an_unknown_key_is_neither_revoked_nor_exchanged() -> None:
    with pytest.raises(ApiKeyNotFound):
        World().revoke.execute("unknown234")
    with pytest.raises(ApiKeyNotFound):
        World().rotate.execute("unknown234", DAY)


@pytest.mark.parametrize("lifetime", [None, 90 * DAY])
def test_the_new_key_is_as_the_old_one_which_stays_valid_for_a_while(lifetime: timedelta | None) -> None:
    world = World()
    command = CreateApiKeyCommand(owner=Owner("shop"), name="till", lifetime=lifetime)
    old, _ = world.create.execute(command)
    world.clock.advance(DAY)
    new, token = world.rotate.execute(old.id, DAY)
    assert new.matches(token)
    assert (new.owner, new.name, new.scopes) == (old.owner, old.name, old.scopes)
    assert new.created_at == world.clock.now()
    assert new.expires_at == (None if lifetime is None else world.clock.now() + lifetime)
    assert stored(world.unit_of_work, old).expires_at == world.clock.now() + DAY
    assert {key.id for key in world.all()} == {old.id, new.id}


def test_a_key_that_is_over_is_not_exchanged() -> None:
    world = World()
    keep_keys(world.unit_of_work, a_key(1, revoked_at=NOON))
    with pytest.raises(ApiKeyInvalid):
        world.rotate.execute(a_key(1).id, DAY)
    assert len(world.all()) == 1


def test_the_keys_of_an_owner_are_listed() -> None:
    world = World()
    keep_keys(world.unit_of_work, a_key(1, Owner("shop")), a_key(2))
    assert ListApiKeys(unit_of_work=world.unit_of_work).execute(Owner("shop")) == [a_key(1, Owner("shop"))]


def test_keys_are_found_and_their_uses_noted() -> None:
    world = World()
    keep_keys(world.unit_of_work, a_key(1))
    NoteKeyUses(unit_of_work=world.unit_of_work).execute({a_key(1).id: NOON})
    [found] = FindApiKeys(unit_of_work=world.unit_of_work).execute([a_key(1).id, a_key(2).id])
    assert found.last_used_at == NOON


def test_nothing_asks_the_database_for_nothing() -> None:
    database = SlowToSee()
    assert FindApiKeys(unit_of_work=database).execute([]) == []
    NoteKeyUses(unit_of_work=database).execute({})
    assert database.reads == 0
