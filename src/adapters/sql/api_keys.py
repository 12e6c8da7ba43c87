"""The API keys in SQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, or_, select, update

from adapters.sql.schema.tables import api_keys as table
from application.ports.database.api_keys import ApiKeyReader, ApiKeys
from domain.access.api_key import ApiKey
from domain.access.caller import CallerLimits, Scope
from domain.access.owner import Owner
from domain.priority import Priority

_SAME_NAME = ("id", "name", "digest", "created_at", "expires_at", "revoked_at", "last_used_at")
_SAME_LIMIT = ("rate_per_minute", "burst", "max_queued")


class SQLApiKeys(ApiKeys):
    """The keys within one connection's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, key: ApiKey) -> None:
        self._connection.execute(insert(table), _to_row(key))

    def lock(self, key_id: str) -> ApiKey | None:
        query = select(table).where(table.c.id == key_id).with_for_update()
        row = self._connection.execute(query).mappings().one_or_none()
        return _from_row(row) if row else None

    def save(self, key: ApiKey) -> None:
        row = _to_row(key)
        del row["last_used_at"]
        self._connection.execute(update(table).where(table.c.id == key.id).values(row))

    def note_uses(self, uses: Mapping[str, datetime]) -> None:
        # In the order of the primary key, so that two transactions cannot wait for each other.
        for key_id, at in sorted(uses.items()):
            older = or_(table.c.last_used_at.is_(None), table.c.last_used_at < at)
            self._connection.execute(update(table).where(table.c.id == key_id, older).values(last_used_at=at))


class SQLApiKeyReader(ApiKeyReader):
    """The committed keys, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get_many(self, ids: Sequence[str]) -> list[ApiKey]:
        if not ids:
            return []
        return [_from_row(row) for row in self._connection.execute(select(table).where(table.c.id.in_(ids))).mappings()]

    def of(self, owner: Owner | None) -> list[ApiKey]:
        query = select(table).order_by(table.c.created_at, table.c.id)
        if owner is not None:
            query = query.where(table.c.owner == owner.name)
        return [_from_row(row) for row in self._connection.execute(query).mappings()]


def _to_row(key: ApiKey) -> dict[str, Any]:
    highest = key.limits.max_priority
    return {
        **{column: getattr(key, column) for column in _SAME_NAME},
        **{column: getattr(key.limits, column) for column in _SAME_LIMIT},
        "owner": key.owner.name,
        "scopes": " ".join(sorted(key.scopes)),
        "max_priority": None if highest is None else highest.level,
    }


def _from_row(row: RowMapping) -> ApiKey:
    highest = row["max_priority"]
    limits = {column: row[column] for column in _SAME_LIMIT}
    return ApiKey(
        **{column: row[column] for column in _SAME_NAME},
        owner=Owner(row["owner"]),
        scopes=frozenset(Scope(scope) for scope in row["scopes"].split()),
        limits=CallerLimits(**limits, max_priority=None if highest is None else Priority(highest)),
    )
