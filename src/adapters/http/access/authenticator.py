"""The check of API keys, with a short memory."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from adapters.http.requests.request_batching import RequestBatcher
from application.ports.system import Clock
from domain.access.api_key import ApiKey
from domain.access.caller import Caller, Scope
from domain.access.key_token import KeyToken
from domain.access.owner import DEFAULT_OWNER
from domain.errors import ApiKeyInvalid

FindKeys = Callable[[Sequence[str]], Iterable[ApiKey]]

# A revoked key is refused so many seconds later, everywhere.
MEMORY_SECONDS = 4.0
# Ids to remember, unknown ones included: about 2 MB. Of those that nobody asks for again, the oldest go first.
_MAX_IDS = 4096
# One query at a time, for all ids that were asked for during the one before: a flood of unknown keys costs the database
# one connection and as many queries as it answers one after the other.
_THREADS = 1
_MAX_BATCH = 256

# Stands for an unknown key: no secret has this digest.
_NO_KEY = ApiKey(
    id="", owner=DEFAULT_OWNER, name="", digest="", scopes=frozenset(Scope), created_at=datetime.min.replace(tzinfo=UTC)
)


class _Known(NamedTuple):
    """A key, or None for an unknown id, and the time of the event loop at which it was read."""

    key: ApiKey | None
    read_at: float


class Authenticator:
    """Finds the caller that a token stands for. To be used within one event loop.

    Args:
        find_keys: finds keys by their ids; unknown ones are left out. Runs in a thread.
        clock: tells which keys have expired.
    """

    def __init__(self, find_keys: FindKeys, clock: Clock) -> None:
        self._find_keys = find_keys
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._uses: dict[str, datetime] = {}
        self._reads: RequestBatcher[str, ApiKey | None] = RequestBatcher(
            self._find, "keys", threads=_THREADS, max_batch=_MAX_BATCH
        )

    async def authenticate(self, text: str) -> Caller:
        """Find the caller that a token stands for.

        Raises:
            ApiKeyInvalid: it is no token, or its key is unknown, has expired or was revoked.
            DatabaseUnavailable: the key is not known, and the database cannot be reached.
        """
        token = KeyToken.parse(text)
        if token is None:
            raise ApiKeyInvalid
        key, now = await self._get(token.id) or _NO_KEY, self._clock.now()
        # Compared also where there is no such key, so that time does not tell. The secret comes first: without it,
        # nobody learns that there is such a key.
        if not key.matches(token) or not key.is_active_at(now):
            raise ApiKeyInvalid
        self._uses[key.id] = now
        return key.caller

    def take_uses(self) -> dict[str, datetime]:
        """Get the keys that were used since the last call, with the times of their last use. Thread-safe."""
        uses, self._uses = self._uses, {}
        return uses

    async def _get(self, key_id: str) -> ApiKey | None:
        now = asyncio.get_running_loop().time()
        known = self._known.get(key_id)
        if known is None or now - known.read_at > MEMORY_SECONDS:
            known = _Known(await self._reads.ask(key_id), now)
            self._known[key_id] = known
            self._known.move_to_end(key_id)
            while len(self._known) > _MAX_IDS:
                self._known.popitem(last=False)
        return known.key

    def _find(self, ids: Sequence[str]) -> list[ApiKey | Exception | None]:
        found = {key.id: key for key in self._find_keys(list(dict.fromkeys(ids)))}
        return [found.get(key_id) for key_id in ids]
