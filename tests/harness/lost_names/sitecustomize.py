"""A resolver with names of its own, which a process has whose PYTHONPATH begins with this folder.

While the file ``$LOST_NAMES`` is there, the names do not resolve; that takes as many seconds as are written in it.
"""

import os
import socket
import time
from pathlib import Path
from typing import Any

_resolve = socket.getaddrinfo


def _getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
    if not str(host).endswith(".test"):
        return _resolve(host, *arguments, **options)
    lost = Path(os.environ["LOST_NAMES"])
    if lost.exists():
        time.sleep(float(lost.read_text()))
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    return _resolve("127.0.0.1", *arguments, **options)


socket.getaddrinfo = _getaddrinfo
