"""HTTP settings that both clients share."""

from importlib.metadata import version
from typing import Any

import httpx

from predictor_client.requests import Call

DEFAULT_URL = "http://localhost:5000"
# Time for one answer of a busy service over a slow network.
TIMEOUT_SECONDS = 30.0
# No limit, because each request that waits for a label holds a connection.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20)


def default_headers(api_key: str | None) -> dict[str, str]:
    """Headers of every request."""
    headers = {"User-Agent": f"predictor-client/{version('ml-prediction-system')}"}
    return headers | {"Authorization": f"Bearer {api_key}"} if api_key else headers


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
