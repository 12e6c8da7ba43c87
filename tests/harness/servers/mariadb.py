"""MariaDB or MySQL, whichever is installed. ``TEST_DATABASE_BIN`` names the folder of another one's commands."""

import os
import shutil
import subprocess
import uuid
from pathlib import Path

from sqlalchemy import URL, NullPool, create_engine, exc, make_url, text

from tests.harness.servers.process import GivenServer, ServerProcess

_USER = "tester"
# What is small and quick about it is its memory; every promise about durability is as in production.
_OPTIONS = (
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--socket=mysql.sock",
    "--pid-file=mysql.pid",
    "--innodb-buffer-pool-size=64M",
    "--innodb-flush-log-at-trx-commit=1",
    "--performance-schema=OFF",
    "--max-connections=200",
)
_MARIADB_OPTIONS = ("--innodb-log-file-size=32M",)
_MYSQL_OPTIONS = ("--innodb-redo-log-capacity=64M", "--mysqlx=OFF", "--sync-binlog=1")


def missing_mariadb() -> str | None:
    """The reason that no private server can be started here; None if one can."""
    if _program("mariadbd") and _program("mariadb-install-db"):
        return None
    return None if _program("mysqld") else "neither mariadbd (package mariadb-server) nor mysqld is installed"


class Databases:
    """Empty databases on a running server.

    Args:
        server: an account on it that may create databases.
    """

    def __init__(self, server: URL) -> None:
        self._server = server
        self._made: list[str] = []

    def new(self) -> str:
        """The URL of a new, empty database."""
        name = f"predictor_test_{uuid.uuid4().hex[:12]}"
        self._execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        self._made.append(name)
        return _full(self._server.set(database=name))

    def drop_all(self) -> None:
        """Remove what `new` made."""
        while self._made:
            self._execute(f"DROP DATABASE IF EXISTS {self._made.pop()}")

    def _execute(self, statement: str) -> None:
        engine = create_engine(self._server, poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(statement))


class MariaDBServer(ServerProcess):
    """A private server in `folder`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._data = folder / "data"
        self._mariadb = _program("mariadbd")
        self._server = URL.create("mysql+pymysql", _USER, "secret", "127.0.0.1", self.port)
        self._databases = Databases(self._server)
        self._url = ""

    @property
    def url(self) -> str:
        """A database that is there from the first start on."""
        return self._url

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        return self._databases.new()

    def start(self) -> None:
        if not self._data.exists():
            self._initialise()
        super().start()
        self._url = self._url or self.new_database()

    def answers(self) -> bool:
        # The account is made before the server listens; to log in as it is to have everything.
        engine = create_engine(self._server, poolclass=NullPool, connect_args={"connect_timeout": 2, "read_timeout": 5})
        try:
            engine.connect().close()
        except exc.OperationalError:
            return False
        return True

    def command(self) -> list[str]:
        own = _MARIADB_OPTIONS if self._mariadb else _MYSQL_OPTIONS
        program = self._mariadb or _program("mysqld")
        place = [f"--datadir={self._data}", f"--port={self.port}", f"--init-file={self._account_file}"]
        return [program, "--no-defaults", *_as_whom(), *place, *_OPTIONS, *own]

    @property
    def _account_file(self) -> Path:
        return self.folder / "account.sql"

    def _initialise(self) -> None:
        self._account_file.write_text(
            f"CREATE USER IF NOT EXISTS '{_USER}'@'127.0.0.1' IDENTIFIED BY 'secret';\n"
            f"GRANT ALL ON *.* TO '{_USER}'@'127.0.0.1' WITH GRANT OPTION;\n"
        )
        if self._mariadb:
            make = [_program("mariadb-install-db"), "--no-defaults", "--auth-root-authentication-method=normal"]
            make += ["--skip-name-resolve", "--skip-test-db"]
        else:
            make = [_program("mysqld"), "--no-defaults", "--initialize-insecure"]
        with (self.folder / "output").open("ab") as output:
            place = [f"--datadir={self._data}", *_as_whom()]
            subprocess.run([*make, *place], cwd=self.folder, stdout=output, stderr=output, check=True)


class GivenDatabase(GivenServer):
    """A database on a server that somebody else runs; its account has to be allowed to create others."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._databases = Databases(make_url(url))

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        return self._databases.new()

    def drop_databases(self) -> None:
        """Remove the databases that the tests made."""
        self._databases.drop_all()


def _program(name: str) -> str:
    """Path of the program; "" if it is not installed. Its usual folder is not on everybody's path."""
    if folder := os.environ.get("TEST_DATABASE_BIN"):
        return shutil.which(name, path=folder) or ""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/libexec") or ""


def _as_whom() -> list[str]:
    # Both servers refuse to run as root unless they are told to.
    return ["--user=root"] if os.geteuid() == 0 else []


def _full(url: URL) -> str:
    return url.render_as_string(hide_password=False)
