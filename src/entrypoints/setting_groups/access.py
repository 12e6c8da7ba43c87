"""Settings of the access to the service."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings

from entrypoints.setting_types import is_loopback


class AccessSettings(BaseSettings):
    """Who may call the service."""

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for all interfaces.")
    access: Literal["auto", "keys", "open"] = Field(
        "auto",
        description="`keys`: requests need an API key, see `predictor keys`; `open`: everybody may do everything; "
        "`auto`: open on a loopback address, else keys.",
    )

    @property
    def needs_keys(self) -> bool:
        """True if requests need an API key."""
        return self.access == "keys" or (self.access == "auto" and not is_loopback(self.host))
