"""The caller of a request."""

from starlette.requests import Request
from starlette.types import Scope as ConnectionScope

from adapters.http.requests.path_parameters import parse_uuid
from application.ports.database.predictions import OwnedUuid
from domain.access.caller import Caller
from domain.access.caller import Scope as KeyScope

_ENTRY = "predictor.caller"


def with_caller(scope: ConnectionScope, caller: Caller) -> ConnectionScope:
    """Note the caller in the scope of a request."""
    return {**scope, _ENTRY: caller}


def caller_of(request: Request) -> Caller:
    """Get the caller of a request. An endpoint that is open to everybody has none."""
    caller: Caller = request.scope[_ENTRY]
    return caller


def owned_uuid(request: Request, uuid: str) -> OwnedUuid:
    """Get the owner and the uuid of the prediction that a request names.

    Args:
        request: by the owner.
        uuid: the parameter in its path.

    Raises:
        PredictionNotFound: the uuid is malformed.
    """
    return OwnedUuid(caller_of(request).owner, parse_uuid(uuid))


def may_see_state(request: Request) -> bool:
    """True if the caller of a request may see the state of the service as a whole."""
    caller: Caller | None = request.scope.get(_ENTRY)
    return caller is not None and KeyScope.ADMIN in caller.scopes
