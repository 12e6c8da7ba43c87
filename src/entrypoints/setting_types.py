"""Types of settings: URLs of certain schemes, and several values separated by spaces or commas."""

import os
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator


def usable_cores() -> int:
    """Number of CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def is_loopback(host: str) -> bool:
    """True if only this machine reaches a server that listens on `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def one_of(*schemes: str) -> AfterValidator:
    """Validator of a URL with one of `schemes`."""

    def check(url: str) -> str:
        if urlsplit(url).scheme not in schemes:
            raise ValueError("the URL does not start with " + " or ".join(f"{scheme}:" for scheme in schemes))
        return url

    return AfterValidator(check)


def one_or_several(*schemes: str, alone: str) -> AfterValidator:
    """Validator of a URL with the scheme `alone`, or of URLs with `schemes`, separated by spaces.

    A comma does not separate them, since a password may contain one.
    """
    meaning = " or ".join(f"{scheme}:" for scheme in schemes)

    def is_server(url: SplitResult) -> bool:
        is_one = "," not in (url.hostname or "") and "//" not in url.path
        return url.scheme in schemes and is_one and url.port != 0  # a port that is no number raises ValueError

    def fits(text: str) -> bool:
        urls = [urlsplit(url) for url in text.split()]
        return [url.scheme for url in urls] == [alone] or (bool(urls) and all(map(is_server, urls)))

    def check(text: str) -> str:
        try:
            valid = fits(text)
        except ValueError:
            valid = False
        if not valid:
            raise ValueError(f"this is neither {alone}: alone nor URLs that start with {meaning}, separated by spaces")
        return text

    return AfterValidator(check)


def words(text: str) -> list[str]:
    """Split a setting into its values."""
    return text.replace(",", " ").split()


def each(parse: Callable[[str], object], meaning: str) -> AfterValidator:
    """Validator of a setting with several values.

    Args:
        parse: raises ValueError for an invalid value.
        meaning: description of valid values for the error message, which does not repeat the value.
    """

    def check(text: str) -> str:
        try:
            for word in words(text):
                parse(word)
        except ValueError:
            raise ValueError(f"this is not a list of {meaning}") from None
        return text

    return AfterValidator(check)


def seconds(text: str) -> timedelta:
    """Parse a positive number of seconds, at most a month.

    Raises:
        ValueError: it is not such a number.
    """
    number = float(text)
    if not 0 < number <= 2_678_400:
        raise ValueError
    return timedelta(seconds=number)


def ports(text: str) -> range:
    """Parse a port, or the first and the last of several with a hyphen between.

    Raises:
        ValueError: it is neither.
    """
    first, hyphen, last = text.partition("-")
    found = range(int(first), int(last if hyphen else first) + 1)
    if not found or found.start < 1 or found.stop > 65_536:
        raise ValueError
    return found
