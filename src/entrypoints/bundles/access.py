"""The API keys: their use cases, and the check of what clients send."""

import secrets
from dataclasses import dataclass

from adapters.http.access.authenticator import Authenticator
from adapters.sql.connections.database import Database
from adapters.sql.schema.migrate import migrate
from adapters.sql.unit_of_work import SQLUnitOfWork
from application.access.create_api_key import CreateApiKey
from application.access.find_api_keys import FindApiKeys
from application.access.list_api_keys import ListApiKeys
from application.access.note_key_uses import NoteKeyUses
from application.access.revoke_api_key import RevokeApiKey
from application.access.rotate_api_key import RotateApiKey
from application.ports.system import Clock
from entrypoints.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The API keys.

    Args:
        database: that has them.
        create, list, revoke, rotate: for operators.
        note_uses: notes when keys were used.
        authenticator: checks what clients send.
    """

    database: Database
    create: CreateApiKey
    list: ListApiKeys
    revoke: RevokeApiKey
    rotate: RotateApiKey
    note_uses: NoteKeyUses
    authenticator: Authenticator


def open_access(settings: Settings, database: Database, clock: Clock) -> Access:
    """The API keys in the database of the predictions; with SQLite in a file of their own.

    `predictor keys` changes that file while the service runs. That of the predictions has to have one writing process
    only, see `adapters.sql.connections.database`.

    Raises:
        DatabaseUnavailable: the file cannot be made.
    """
    if settings.key_file is not None:
        settings.key_file.parent.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{settings.key_file}"
        migrate(url)
        database = Database(url, shared=True)
    unit_of_work = SQLUnitOfWork(database)
    return Access(
        database=database,
        create=CreateApiKey(unit_of_work=unit_of_work, clock=clock, random=secrets.token_bytes),
        list=ListApiKeys(unit_of_work=unit_of_work),
        revoke=RevokeApiKey(unit_of_work=unit_of_work, clock=clock),
        rotate=RotateApiKey(unit_of_work=unit_of_work, clock=clock, random=secrets.token_bytes),
        note_uses=NoteKeyUses(unit_of_work=unit_of_work),
        authenticator=Authenticator(FindApiKeys(unit_of_work=unit_of_work).execute, clock),
    )
