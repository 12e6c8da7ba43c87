"""Settings that hold several values, with spaces or commas between them."""

from collections.abc import Callable
from datetime import timedelta

from pydantic import AfterValidator


def words(text: str) -> list[str]:
    """The values, as they were written."""
    return text.replace(",", " ").split()


def each(parse: Callable[[str], object], meaning: str) -> AfterValidator:
    """Refuse a setting unless `parse` takes every value; the refusal says what they should be, not what they are."""

    def check(text: str) -> str:
        try:
            for word in words(text):
                parse(word)
        except ValueError:
            raise ValueError(f"this is not a list of {meaning}") from None
        return text

    return AfterValidator(check)


def seconds(text: str) -> timedelta:
    """A positive number of seconds, of which a month is the most that anybody wants to wait.

    Raises:
        ValueError: it is something else.
    """
    number = float(text)
    if not 0 < number <= 2_678_400:
        raise ValueError
    return timedelta(seconds=number)
