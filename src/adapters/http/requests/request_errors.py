"""Errors of a request that are found before a use case is called.

    InvalidInput
    ├── InvalidFields                one or more fields, each with its reason
    │   ├── NotBase64
    │   └── InvalidEntries           one or more of several pictures
    ├── MalformedBody
    ├── TooManyValues
    ├── BodyIncomplete
    ├── BodyTooLarge
    ├── ReceiveTimeout
    ├── HostInvalid
    ├── HostNotAllowed
    ├── CrossSiteRequest
    ├── MalformedRequest             not HTTP, or not clearly so
    ├── HeadersTooLarge
    └── HeaderTimeout
    Unavailable
    └── Overloaded
        ├── TooManyConnections
        ├── TooManyBodies
        └── TooManyStreams

None of them ever contains what the client sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import InvalidInput, Unavailable


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A field that is not valid and the reason, in one sentence."""

    field: str
    message: str


class InvalidFields(InvalidInput):
    """Several fields of the request are not valid."""

    code = "invalid_field"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__(problems[0].message if len(problems) == 1 else None)
        self.problems = tuple(problems)


class NotBase64(InvalidFields):
    """The field data is not valid base64."""

    code = "not_base64"

    def __init__(self) -> None:
        super().__init__([FieldProblem("data", (type(self).__doc__ or "").strip())])


@dataclass(frozen=True, slots=True)
class EntryProblem(FieldProblem):
    """A field of one of several pictures that is not valid, with a stable code."""

    code: str


class InvalidEntries(InvalidFields):
    """Several of the images are refused, and so all of them are."""

    code = "images_refused"


class MalformedBody(InvalidInput):
    """The request body is not valid JSON."""

    code = "malformed_json"


class BodyIncomplete(InvalidInput):
    """The connection ended before the request body did."""

    code = "body_incomplete"


class BodyTooLarge(InvalidInput):
    """The request body is larger than this service takes."""

    code = "body_too_large"


class ReceiveTimeout(InvalidInput):
    """The request body did not arrive in time."""

    code = "receive_timeout"


class HostInvalid(InvalidInput):
    """The request does not name one host in its Host header."""

    code = "host_invalid"


class HostNotAllowed(InvalidInput):
    """This service does not answer to the name in the Host header; PREDICTOR_ALLOWED_HOSTS lists the names it has."""

    code = "host_not_allowed"


class CrossSiteRequest(InvalidInput):
    """A page of another origin may not do this; PREDICTOR_CORS_ORIGINS lists the origins that may."""

    code = "cross_site_request"


class TooManyValues(InvalidInput):
    """The request body has more values than any submission needs."""

    code = "too_many_values"


class MalformedRequest(InvalidInput):
    """The request is not valid HTTP."""

    code = "malformed_request"


class HeadersTooLarge(InvalidInput):
    """The address and the headers of the request are larger than this service takes."""

    code = "headers_too_large"


class HeaderTimeout(InvalidInput):
    """The headers of the request did not arrive in time."""

    code = "header_timeout"


class Overloaded(Unavailable):
    """The service has as much to do for its clients as it can at the moment."""

    code = "overloaded"


class TooManyConnections(Overloaded):
    """The service has as many clients as it can serve at the moment."""

    code = "too_many_connections"


class TooManyBodies(Overloaded):
    """The service holds as much data of its clients as it can at the moment."""

    code = "too_many_bodies"


class TooManyStreams(Overloaded):
    """The service has as many event streams as it can serve at the moment."""

    code = "too_many_streams"
