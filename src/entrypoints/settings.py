"""Settings of the service, read from the environment and `.env`. No other module of the service reads them."""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.webhooks.signature import Secret
from application.accept.rules import SubmissionRules
from application.classify.attempts import AttemptRules
from application.upkeep.relay_jobs import RelayRules
from domain.image_limits import ImageLimits
from domain.webhooks.public_address import AddressPolicy
from domain.webhooks.webhook import WebhookRules
from domain.webhooks.webhook_delivery import RetrySchedule
from entrypoints.cache_folder import user_cache_folder
from entrypoints.setting_types import each, one_of, one_or_several, seconds, usable_cores, words

PREFIX = "PREDICTOR_"


class InvalidSettings(Exception):
    """Raised when a setting is invalid; the message names the variable and never repeats the value."""


class Settings(BaseSettings):
    """All settings. The variable of a setting is its name in capitals with the prefix `PREDICTOR_`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for all interfaces.")
    port: int = Field(5000, ge=0, le=65535, description="Port to listen on; 0 for a free one.")
    data_dir: Path = Field(
        Path("data"), description="Directory of the embedded mode: database file, images and compiled models."
    )
    database_url: Annotated[str, one_of("sqlite", "mysql+pymysql")] | None = Field(
        None, description="URL of the database; default: SQLite in the data directory."
    )
    broker_url: Annotated[str, one_or_several("amqp", "amqps", alone="embedded")] = Field(
        "embedded:",
        description="URL of the job queue: `amqp://user:password@host:5672/` (`amqps:` for TLS), several for a "
        "cluster, separated by spaces, or `embedded:` for the database.",
    )
    queue_name: str = Field(
        "predictor.jobs", min_length=1, max_length=200, description="Name of the queue in RabbitMQ."
    )
    image_store_url: Annotated[str, one_of("file", "s3", "gs", "az", "db")] | None = Field(
        None,
        description="URL of the image store: `file:///folder`, `s3://bucket/prefix`, `gs://bucket/prefix`, "
        "`az://container/prefix`, or `db://` for the database; default: `images` in the data directory.",
    )
    model: str = Field(
        "efficientnet_lite0",
        min_length=1,
        description="Name of the model, see `predictor models`, or path of an `.onnx` file.",
    )
    weights: Path | None = Field(
        None, description="File with the model's weights (.pth or .safetensors); default: the model's own."
    )
    engine: Literal["auto", "cpu", "torch"] = Field(
        "auto",
        description="Runtime of the model: `cpu` (compiled), `torch`, or `auto`: torch if there is CUDA, else cpu.",
    )
    precision: Literal["fp32", "int8"] = Field(
        "fp32", description="Precision of the compiled model; int8 is faster and less accurate, see docs/accuracy.md."
    )
    cache_dir: Path | None = Field(
        None,
        description="Directory of compiled models; "
        "default: `models` in the data directory for `predictor serve`, else in the user's cache directory.",
    )
    result_cache: bool = Field(
        False, description="Reuse the result of a picture that the same version of the model has classified before."
    )
    max_image_bytes: int = Field(1_048_576, ge=1, le=67_108_864, description="Maximum size of an image file, in bytes.")
    max_image_pixels: int = Field(40_000_000, ge=1, le=200_000_000, description="Maximum number of pixels of an image.")
    concurrency: int = Field(
        default_factory=usable_cores,
        ge=1,
        le=256,
        description="Number of batches processed at once; default: number of CPU cores.",
    )
    batch_size: int = Field(
        8, ge=1, le=1024, description="Maximum number of pictures in a batch; a smaller batch does not wait for more."
    )
    max_attempts: int = Field(3, ge=1, le=100, description="Maximum number of attempts to classify a picture.")
    lease_seconds: float = Field(
        60, ge=1, le=86_400, description="Seconds after which the pictures of a silent engine are queued again."
    )
    republish_seconds: float = Field(
        60,
        ge=1,
        le=86_400,
        description="Seconds after which a job that its queue has delivered, and nobody has begun, is published again.",
    )
    receive_timeout_seconds: float = Field(
        30, gt=0, le=3600, description="Maximum seconds for a client to send a request body."
    )
    max_wait_seconds: float = Field(60, ge=0, le=3600, description="Maximum seconds that a request waits for a result.")
    webhook_secrets: Annotated[str, each(Secret.parse, "keys: whsec_ and base64 of 24 to 64 bytes")] = Field(
        "",
        repr=False,
        description="Secrets for signing webhooks, `whsec_...`, separated by spaces; webhooks are off without one; "
        "default: none.",
    )
    webhook_networks: Annotated[str, each(ip_network, "networks such as 10.0.0.0/8")] = Field(
        "",
        description="Networks outside the public internet that webhooks may call, such as `10.0.0.0/8`, separated by "
        "spaces; default: none.",
    )
    webhook_retry_seconds: Annotated[str, each(seconds, "numbers of seconds")] = Field(
        " ".join(f"{wait.total_seconds():.0f}" for wait in RetrySchedule().waits),
        description="Seconds to wait after each failed attempt to deliver a webhook, separated by spaces.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Minimum level of log messages."
    )

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
    def database(self) -> str:
        """URL of the database."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'predictor.db'}"

    @property
    def image_store_scheme(self) -> str:
        """Scheme of the image store's URL."""
        return urlsplit(self.image_store_url or "file:").scheme

    @property
    def image_folder(self) -> Path:
        """Directory of a `file:` image store."""
        return Path(urlsplit(self.image_store_url).path) if self.image_store_url else self.data_dir / "images"

    @property
    def model_name(self) -> str:
        """Name of the model in requests and answers; that of a file is its name without directory and suffix."""
        return Path(self.model).stem if self.model.endswith(".onnx") else self.model

    @property
    def cache_folder(self) -> Path:
        """Directory of compiled models."""
        return self.cache_dir or user_cache_folder()

    @property
    def limits(self) -> ImageLimits:
        return ImageLimits(self.max_image_bytes, self.max_image_pixels)

    @property
    def submission_rules(self) -> SubmissionRules:
        webhooks = WebhookRules(enabled=self.sends_webhooks, address_policy=self.webhook_address_policy)
        return SubmissionRules(self.model_name, self.limits, webhooks, self.result_cache)

    @property
    def webhook_keys(self) -> tuple[Secret, ...]:
        """Keys that sign webhooks."""
        return tuple(Secret.parse(word) for word in words(self.webhook_secrets))

    @property
    def sends_webhooks(self) -> bool:
        """True if there is a key to sign webhooks with."""
        return bool(self.webhook_keys)

    @property
    def webhook_address_policy(self) -> AddressPolicy:
        """Rules for the addresses that webhooks may call."""
        return AddressPolicy(tuple(ip_network(word) for word in words(self.webhook_networks)))

    @property
    def webhook_schedule(self) -> RetrySchedule:
        return RetrySchedule(tuple(seconds(word) for word in words(self.webhook_retry_seconds)))

    @property
    def attempt_rules(self) -> AttemptRules:
        return AttemptRules(self.model_name, self.max_attempts, timedelta(seconds=self.lease_seconds))

    @property
    def relay_rules(self) -> RelayRules:
        return RelayRules(lost_after=timedelta(seconds=self.republish_seconds))

    @property
    def broker_urls(self) -> tuple[str, ...]:
        """URL of each broker."""
        return tuple(self.broker_url.split())

    @property
    def queue_kind(self) -> Literal["embedded", "rabbitmq"]:
        """Kind of the job queue."""
        return "embedded" if urlsplit(self.broker_url).scheme == "embedded" else "rabbitmq"

    @property
    def slots(self) -> int:
        """Batches held by an engine: one more than are processed at once, to be ready while results are recorded."""
        return self.concurrency + 1

    @property
    def prefetch(self) -> int:
        """Number of jobs that a worker takes ahead from each queue: two batches for each slot."""
        return 2 * self.slots * self.batch_size

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
