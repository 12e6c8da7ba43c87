"""Settings against the use of browsers by pages of other sites."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from adapters.http.browsers.browser_guard import BrowserRules
from adapters.http.browsers.host_list import HostList, parse_pattern
from adapters.http.browsers.origins import parse_origin
from entrypoints.setting_types import each, words


class BrowserSettings(BaseSettings):
    """The names of this service, and the web pages of other origins that may use it."""

    allowed_hosts: Annotated[
        str, each(parse_pattern, "host names without ports, such as example.org, *.example.org or *")
    ] = Field(
        "",
        description="Host names that clients may reach the service by, beside `localhost` and IP addresses, "
        "separated by spaces; `*.example.org` for all names below one, `*` for any; default: none.",
    )
    cors_origins: Annotated[str, each(parse_origin, "origins such as https://example.org, without a path")] = Field(
        "",
        description="Origins of web pages that may use the API from browsers (CORS), such as "
        "`https://photos.example.org`, separated by spaces; default: none.",
    )

    @property
    def browser_rules(self) -> BrowserRules:
        origins = frozenset(parse_origin(word) for word in words(self.cors_origins))
        return BrowserRules(HostList(tuple(words(self.allowed_hosts))), origins)
