import pytest

from domain.errors import InvalidField
from domain.idempotency import IdempotencyKey


@pytest.mark.parametrize("value", ["1", "a key of words", "~" * 255, "8e03978e-40d5-43e8-bc93-6894a57f9324"])
def test_a_key_is_what_can_be_printed(value: str) -> None:
    assert IdempotencyKey(value).value == value


@pytest.mark.parametrize("value", ["", "x" * 256, "ü", "tab\t", "line\n", "\x7f", "\x00"])
def test_anything_else_is_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        IdempotencyKey(value)
    assert refusal.value.field == "Idempotency-Key"
    assert refusal.value.message == "The Idempotency-Key is not 1 to 255 printable ASCII characters."
