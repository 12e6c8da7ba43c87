"""Draws `terminal.svg`: what the command line shows on a terminal, against a service of its own.

.venv/bin/python docs/record_terminal.py
"""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

REPOSITORY = Path(__file__).parents[1]
PREDICTOR = Path(sys.executable).with_name("predictor")
COLUMNS = 112
COMMANDS = ("submit tests/data/images --wait", "list --limit 2", "status")

_UP_AND_ERASE = re.compile(r"[^\n]*\n(?:\r|\x1b\[2K)*\x1b\[1A\x1b\[2K")
_ERASED = re.compile(r"[^\n]*\x1b\[2K")
_FONT_FACE = re.compile(r"\s*@font-face \{[^}]*\}")
_CURSOR = re.compile(r"\x1b\[\?25[lh]|\r")


def main() -> None:
    """Start a service, run the commands, and write what they show."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {"PREDICTOR_DATA_DIR": folder, "PREDICTOR_PORT": "5000"}
        service = subprocess.Popen([PREDICTOR, "serve"], env=os.environ | settings, stdout=subprocess.PIPE, text=True)
        try:
            assert service.stdout is not None
            assert "Serving" in service.stdout.readline()
            # The recording need not show how long the model takes to load.
            while subprocess.run([PREDICTOR, "status"], stdout=subprocess.DEVNULL, check=False).returncode:
                time.sleep(0.5)
            shown = [(command, _on_terminal(command)) for command in COMMANDS]
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait()
    _draw(shown)


def _on_terminal(command: str) -> str:
    """Everything that a command writes to a terminal."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [PREDICTOR, *command.split()], env=environment, cwd=REPOSITORY, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    written = b""
    try:
        while select.select([ours], [], [], 60)[0] and (more := os.read(ours, 65_536)):
            written += more
    except OSError:  # how Linux says that nobody writes there any more
        pass
    os.close(ours)
    assert process.wait() == 0
    return written.decode()


def _left_standing(written: str) -> str:
    """The text that is left on the terminal, without overwritten lines."""
    text = written.replace("\r\n", "\n")
    while (shorter := _UP_AND_ERASE.sub("", text, count=1)) != text:
        text = shorter
    return _CURSOR.sub("", _ERASED.sub("", text)).strip("\n")


def _draw(shown: list[tuple[str, str]]) -> None:
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True, color_system="truecolor")
        for command, written in shown:
            console.print(Text.assemble(("$ ", "bold green"), (f"predictor {command}", "bold")))
            console.print(Text.from_ansi(_left_standing(written)))
    # rich would name it after its content, and every recording would change every line.
    svg = console.export_svg(title="predictor", unique_id="terminal")
    # Nor is anything to be fetched from another host.
    (REPOSITORY / "docs" / "terminal.svg").write_text(_FONT_FACE.sub("", svg))


if __name__ == "__main__":
    main()
