"""How both clients speak HTTP."""

from importlib.metadata import version
from typing import Any

import httpx

from predictor_client.calls import Call

DEFAULT_URL = "http://localhost:5000"
# What a busy service, or a slow way to it, may need for one answer.
TIMEOUT_SECONDS = 30.0
# As many connections as there are requests at once: who waits for a label holds one.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20)


def default_headers(api_key: str | None) -> dict[str, str]:
    """The headers of every request."""
    headers = {"User-Agent": f"predictor-client/{version('ml-prediction-system')}"}
    return headers | {"Authorization": f"Bearer {api_key}"} if api_key else headers


def arguments(call: Call, timeout: float) -> dict[str, Any]:
    """What httpx's `request` and `stream` want to know of `call`."""
    return {
        "method": call.method,
        "url": call.path,
        "params": call.query,
        "headers": call.headers,
        "content": call.content,
        "timeout": httpx.Timeout(timeout, read=timeout + call.patience),
    }
