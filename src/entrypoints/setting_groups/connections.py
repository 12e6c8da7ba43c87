"""Limits of the connections of a process, and the proxies in front of it."""

import resource
from ipaddress import ip_network
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from adapters.http.server.connection_limits import ConnectionLimits, connections_within
from adapters.http.waiting.places import WaitingPlaces
from entrypoints.setting_types import each, words


class ConnectionSettings(BaseSettings):
    """Limits of the connections of a process, and the proxies in front of it."""

    trusted_proxies: Annotated[str, each(ip_network, "addresses and networks such as 10.0.0.0/8")] = Field(
        "",
        description="Addresses and networks of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` count, "
        "separated by spaces; default: none.",
    )
    max_connections: int | None = Field(
        None,
        ge=1,
        le=100_000,
        description="Maximum number of connections of a process; default: 4000, or what its limit of file descriptors "
        "leaves.",
    )
    max_header_bytes: int = Field(
        32_768, ge=1024, le=1_048_576, description="Maximum size of the address and the headers of a request, in bytes."
    )
    header_timeout_seconds: float = Field(
        10, gt=0, le=3600, description="Maximum seconds for a client to send the headers of a request."
    )
    write_timeout_seconds: float = Field(
        30, gt=0, le=3600, description="Maximum seconds for a client to take each 64 kB of an answer."
    )
    max_body_memory_bytes: int = Field(
        134_217_728,
        ge=1,
        le=1_099_511_627_776,
        description="Maximum size of the bodies of all requests in a process together, in bytes; two of the "
        "largest fit in any case.",
    )
    max_waiting_requests: int = Field(
        10_000,
        ge=0,
        le=100_000,
        description="Maximum number of requests of a process that wait for a result, at most two thirds of its "
        "connections; others are answered at once.",
    )
    max_event_streams: int = Field(
        1_000,
        ge=0,
        le=100_000,
        description="Maximum number of event streams of a process, at most a quarter of its connections.",
    )

    @property
    def connection_limits(self) -> ConnectionLimits:
        """Limits of the connections, within the file descriptors that this process may open."""
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return ConnectionLimits(
            connections_within(descriptors, self.max_connections),
            self.max_header_bytes,
            self.header_timeout_seconds,
            self.write_timeout_seconds,
        )

    @property
    def trusted_proxy_list(self) -> list[str]:
        """Addresses and networks of the trusted proxies."""
        return words(self.trusted_proxies)

    @property
    def waiting_places(self) -> WaitingPlaces:
        """Places for the clients that wait."""
        connections = self.connection_limits.max_connections
        return WaitingPlaces(connections, self.max_waiting_requests, self.max_event_streams)
