"""Settings of the HTTP server, and of the process as a whole."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings


class ServerSettings(BaseSettings):
    """The port, and what the processes log."""

    port: int = Field(5000, ge=0, le=65535, description="Port to listen on; 0 for a free one.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Minimum level of log messages."
    )
