from datetime import timedelta

import pytest

from domain.access.api_key import ApiKey
from domain.access.caller import ANYBODY, Caller, CallerLimits, Scope
from domain.access.key_token import KeyToken
from domain.access.owner import DEFAULT_OWNER, Owner
from domain.errors import InsufficientScope, InvalidField
from domain.priority import Priority
from tests.harness.builders import NOON, a_key, a_token

RANDOM = bytes(range(KeyToken.RANDOM_BYTES))
SECOND = timedelta(seconds=1)


def test_a_token_is_read_as_it_was_written() -> None:
    token = KeyToken.from_random(RANDOM)
    assert KeyToken.parse(token.text) == token
    assert token.text.startswith("mlp_")
    assert len(token.text) == len("mlp_") + 10 + 1 + 43 + 6


def test_no_letter_of_a_token_may_be_wrong() -> None:
    text = KeyToken.from_random(RANDOM).text
    wrong = [text[:at] + ("a" if text[at] != "a" else "b") + text[at + 1 :] for at in range(len(text))]
    assert [other for other in wrong if KeyToken.parse(other)] == []


@pytest.mark.parametrize("text", ["", "mlp_", "mlp_x_y", "Bearer", "mlp_" + "a" * 60, "\u0660" * 64])
def test_what_is_no_token_is_none(text: str) -> None:
    assert KeyToken.parse(text) is None


def test_a_token_has_the_same_bits_of_secret_and_id_as_it_is_given() -> None:
    tokens = {KeyToken.from_random(bytes([*RANDOM[:at], RANDOM[at] ^ 128, *RANDOM[at + 1 :]])) for at in range(38)}
    assert len(tokens) == 38


def test_neither_token_nor_key_tells_its_secret() -> None:
    token = KeyToken.from_random(RANDOM)
    assert token.secret not in repr(token)
    assert token.secret not in repr(a_key(digest=token.digest))


def test_a_key_matches_its_token_only() -> None:
    assert a_key(1).matches(a_token(1))
    assert not a_key(1).matches(KeyToken.from_random(RANDOM))


def test_a_key_is_active_until_it_expires_or_is_revoked() -> None:
    key = a_key(expires_at=NOON + SECOND)
    assert key.is_active_at(NOON)
    assert not key.is_active_at(NOON + SECOND)
    key.expires_at = None
    key.revoke(NOON)
    key.revoke(NOON + SECOND)
    assert key.revoked_at == NOON
    assert not key.is_active_at(NOON)


@pytest.mark.parametrize(("given", "then"), [(None, 5), (3, 3), (9, 5)])
def test_an_earlier_end_counts(given: int | None, then: int) -> None:
    key = a_key(expires_at=None if given is None else NOON + given * SECOND)
    key.expire_at(NOON + 5 * SECOND)
    assert key.expires_at == NOON + then * SECOND


def test_a_key_stands_for_a_caller() -> None:
    limits = CallerLimits(max_priority=Priority(3))
    key = a_key(owner=Owner("shop"), scopes=frozenset({Scope.READ}), limits=limits)
    assert key.caller == Caller(Owner("shop"), frozenset({Scope.READ}), limits)


@pytest.mark.parametrize("fields", [{"name": "x" * (ApiKey.MAX_NAME_LENGTH + 1)}, {"scopes": frozenset()}])
def test_invalid_fields_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(InvalidField):
        a_key(1, DEFAULT_OWNER, **fields)


@pytest.mark.parametrize("name", ["", "A", "ä", "a b", "a/b", "x" * 65, "a\n"])
def test_an_owner_has_a_plain_name(name: str) -> None:
    with pytest.raises(InvalidField):
        Owner(name)


def test_a_caller_needs_the_scope() -> None:
    reader = Caller(DEFAULT_OWNER, frozenset({Scope.READ}))
    reader.require(Scope.READ)
    with pytest.raises(InsufficientScope, match="submit"):
        reader.require(Scope.SUBMIT)
    for scope in Scope:
        ANYBODY.require(scope)


def test_a_caller_may_have_a_highest_priority() -> None:
    caller = Caller(DEFAULT_OWNER, frozenset(Scope), CallerLimits(max_priority=Priority(5)))
    caller.check_priority(Priority(5))
    with pytest.raises(InvalidField) as refused:
        caller.check_priority(Priority(6))
    assert refused.value.field == "priority"
    ANYBODY.check_priority(Priority(9))
