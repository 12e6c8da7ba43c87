"""The API keys in a dictionary."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime

from application.ports.database.api_keys import ApiKeyReader, ApiKeys
from domain.access.api_key import ApiKey
from domain.access.owner import Owner

_Rows = dict[str, ApiKey]


class MemoryApiKeys(ApiKeys):
    """Keys by their ids; they are copied on the way in and out, as a database does."""

    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    def add(self, key: ApiKey) -> None:
        self._rows[key.id] = deepcopy(key)

    def lock(self, key_id: str) -> ApiKey | None:
        return deepcopy(self._rows.get(key_id))

    def save(self, key: ApiKey) -> None:
        self._rows[key.id] = replace(deepcopy(key), last_used_at=self._rows[key.id].last_used_at)

    def note_uses(self, uses: Mapping[str, datetime]) -> None:
        for key_id, at in uses.items():
            key = self._rows.get(key_id)
            if key and (key.last_used_at is None or key.last_used_at < at):
                self._rows[key_id] = replace(key, last_used_at=at)


class MemoryApiKeyReader(ApiKeyReader):
    """The committed keys, copied."""

    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    def get_many(self, ids: Sequence[str]) -> list[ApiKey]:
        return [deepcopy(self._rows[key_id]) for key_id in dict.fromkeys(ids) if key_id in self._rows]

    def of(self, owner: Owner | None) -> list[ApiKey]:
        found = [key for key in list(self._rows.values()) if owner in (None, key.owner)]
        return deepcopy(sorted(found, key=lambda key: (key.created_at, key.id)))
