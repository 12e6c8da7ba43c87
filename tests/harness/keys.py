"""The keys of a service, made by its own command."""

import subprocess
from pathlib import Path

from tests.harness.processes import PREDICTOR, environment

_EVERYTHING = ("--scope", "submit", "--scope", "read", "--scope", "admin")


class KeyCommands:
    """What an operator does about keys. The service need not run."""

    folder: Path
    settings: dict[str, object]
    # One that may do everything, where the service needs keys.
    key: str = ""

    def create_first_key(self) -> None:
        """Create the key without which a service that needs keys does not start."""
        if self.settings.get("access") == "keys" and not self.key:
            self.key = self.create_key(*_EVERYTHING)

    def create_key(self, *options: str) -> str:
        """Create a key, and return its text."""
        return self._run("create", *options)

    def revoke_key(self, key: str) -> None:
        self._run("revoke", _id_in(key))

    def rotate_key(self, key: str, overlap_hours: float) -> str:
        """Exchange a key, and return the text of the new one."""
        return self._run("rotate", _id_in(key), "--overlap-hours", str(overlap_hours))

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [str(PREDICTOR), "keys", *arguments],
            env=environment(**self.settings),
            cwd=self.folder,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()


def bearer(key: str) -> dict[str, str]:
    """The header that carries a key."""
    return {"Authorization": f"Bearer {key}"}


def _id_in(key: str) -> str:
    return key.split("_")[1]
