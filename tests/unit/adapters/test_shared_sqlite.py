"""A SQLite file that several processes write."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from adapters.sql.connections.database import Database
from adapters.sql.schema.migrate import migrate
from adapters.sql.unit_of_work import SQLUnitOfWork
from tests.contracts.api_keys import keep_keys
from tests.harness.builders import a_key

_OTHER = """
import sys
from adapters.sql.connections.database import Database
from adapters.sql.unit_of_work import SQLUnitOfWork
from tests.harness.builders import a_key
from tests.contracts.api_keys import keep_keys
database = Database(sys.argv[1], shared=True)
for number in range(int(sys.argv[2]), int(sys.argv[2]) + 20):
    keep_keys(SQLUnitOfWork(database), a_key(number))
database.close()
"""


def test_processes_write_it_in_turn_and_without_a_log(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'keys.db'}"
    migrate(url)
    others = [subprocess.Popen([sys.executable, "-c", _OTHER, url, str(first)]) for first in (100, 200)]
    database = Database(url, shared=True)
    for number in range(300, 320):
        keep_keys(SQLUnitOfWork(database), a_key(number))
    assert [other.wait(60) for other in others] == [0, 0]
    with SQLUnitOfWork(database).read() as committed:
        assert len(committed.api_keys.of(None)) == 60
    database.close()
    with closing(sqlite3.connect(tmp_path / "keys.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert not (tmp_path / "keys.db-wal").exists()
