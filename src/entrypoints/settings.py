"""Settings of the service, read from the environment and `.env`. No other module of the service reads them."""

from datetime import timedelta
from typing import Self

from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from application.accept.rules import SubmissionRules
from application.classify.attempts import AttemptRules
from application.upkeep.retention_rules import RetentionRules
from domain.webhooks.webhook import WebhookRules
from entrypoints.setting_groups.access import AccessSettings
from entrypoints.setting_groups.backlog import BacklogSettings
from entrypoints.setting_groups.browsers import BrowserSettings
from entrypoints.setting_groups.connections import ConnectionSettings
from entrypoints.setting_groups.model import ModelSettings
from entrypoints.setting_groups.request_limits import RequestLimitSettings
from entrypoints.setting_groups.retention import RetentionSettings
from entrypoints.setting_groups.server import ServerSettings
from entrypoints.setting_groups.storage import StorageSettings
from entrypoints.setting_groups.webhooks import WebhookSettings
from entrypoints.setting_groups.work import WorkSettings

PREFIX = "PREDICTOR_"

# For a sender of webhooks that was away, until it has caught up.
_DAY = timedelta(days=1)


class InvalidSettings(Exception):
    """Raised when a setting is invalid; the message names the variable and never repeats the value."""


# Pydantic lists the settings of the last group first.
class Settings(
    WebhookSettings,
    BacklogSettings,
    RetentionSettings,
    ConnectionSettings,
    RequestLimitSettings,
    WorkSettings,
    ModelSettings,
    StorageSettings,
    BrowserSettings,
    ServerSettings,
    AccessSettings,
):
    """All settings. The variable of a setting is its name in capitals with the prefix `PREDICTOR_`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", frozen=True, extra="ignore")

    @classmethod
    def load(cls) -> Self:
        """Read the environment and `.env`.

        Raises:
            InvalidSettings: a setting is invalid.
        """
        try:
            return cls()
        except ValidationError as error:
            problems = (f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors(include_input=False))
            raise InvalidSettings("; ".join(problems)) from None

    @property
    def submission_rules(self) -> SubmissionRules:
        webhooks = WebhookRules(enabled=self.sends_webhooks, address_policy=self.webhook_address_policy)
        return SubmissionRules(self.model_name, self.limits, webhooks, self.result_cache)

    @property
    def attempt_rules(self) -> AttemptRules:
        return AttemptRules(self.model_name, self.max_attempts, timedelta(seconds=self.lease_seconds))

    @property
    def retention_rules(self) -> RetentionRules:
        return RetentionRules(self.keep_images_for, self.keep_predictions_for, self.webhook_schedule.longest + _DAY)

    def check_for_production(self) -> None:
        """Check that a database server and a broker are set, which separate API and worker processes need.

        Raises:
            InvalidSettings: one of them is not set.
        """
        if self.queue_kind == "embedded":
            raise InvalidSettings(f"{PREFIX}BROKER_URL: this command needs RabbitMQ, amqp://...")
        if not (self.database_url or "").startswith("mysql"):
            raise InvalidSettings(f"{PREFIX}DATABASE_URL: this command needs MySQL, mysql+pymysql://...")

    def for_embedded(self) -> Self:
        """These settings with the compiled models in the data directory, unless `cache_dir` is set."""
        return self.model_copy(update={"cache_dir": self.cache_dir or self.data_dir / "models"})

    def check_for_embedded(self) -> None:
        """Check that no broker is set, which `predictor serve` would not use.

        Raises:
            InvalidSettings: a broker is set.
        """
        if self.queue_kind != "embedded":
            raise InvalidSettings(f"{PREFIX}BROKER_URL: for a broker, run `predictor api` and `predictor worker`")
