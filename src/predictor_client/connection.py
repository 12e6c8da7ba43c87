"""HTTP settings that both clients share."""

import os
import re
from importlib.metadata import version
from typing import Any

import httpx

from predictor_client.errors import MalformedApiKey
from predictor_client.requests import Call

DEFAULT_URL = "http://localhost:5000"
KEY_VARIABLE = "PREDICTOR_API_KEY"
# Time for one answer of a busy service over a slow network.
TIMEOUT_SECONDS = 30.0
# No limit, because each request that waits for a label holds a connection.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20)


# What a header can carry. A line end in it, as of a key read from a file, would be quoted in an error message.
_KEY = re.compile(r"[!-~]+", re.ASCII)


def default_headers(api_key: str | None) -> dict[str, str]:
    """Headers of every request.

    Args:
        api_key: None for the one in the environment; empty for none.

    Raises:
        MalformedApiKey: no header can carry it.
    """
    headers = {"User-Agent": f"predictor-client/{version('ml-prediction-system')}"}
    key = (os.environ.get(KEY_VARIABLE, "") if api_key is None else api_key).strip()
    if not key:
        return headers
    if not _KEY.fullmatch(key):
        raise MalformedApiKey("The API key has a space or another character that no key has.")
    return headers | {"Authorization": f"Bearer {key}"}


def arguments(call: Call, timeout: float) -> dict[str, Any]:
    """Keyword arguments for `request` and `stream` of an httpx client."""
    return {
        "method": call.method,
        "url": call.path,
        "params": call.query,
        "headers": call.headers,
        "content": call.content,
        "timeout": httpx.Timeout(timeout, read=timeout + call.server_wait),
    }
