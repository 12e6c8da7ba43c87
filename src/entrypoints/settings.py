"""The settings, read once from the environment and `.env`. `os.environ` appears nowhere else."""

import os
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.webhooks.signature import Secret
from application.accept.rules import SubmissionRules
from application.classify.run_inference import AttemptRules
from application.upkeep.relay_jobs import RelayRules
from domain.image import ImageLimits
from domain.webhooks.public_address import AddressPolicy
from domain.webhooks.webhook import WebhookRules
from domain.webhooks.webhook_delivery import RetrySchedule
from entrypoints.cache_folder import user_cache_folder
from entrypoints.setting_lists import each, seconds, words

PREFIX = "PREDICTOR_"


class InvalidSettings(Exception):
    """A setting is wrong; the message names its variable and never its value."""


def _one_of(*schemes: str) -> AfterValidator:
    def check(url: str) -> str:
        if urlsplit(url).scheme not in schemes:
            raise ValueError("the URL does not start with " + " or ".join(f"{scheme}:" for scheme in schemes))
        return url

    return AfterValidator(check)


def usable_cores() -> int:
    """How many cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Settings(BaseSettings):
    """Every setting is the variable `PREDICTOR_` + its name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address to serve on; 0.0.0.0 for every interface.")
    port: int = Field(5000, ge=0, le=65535, description="Port to serve on; 0 picks a free one.")
    data_dir: Path = Field(Path("data"), description="Embedded mode: database file, images and compiled models.")
    database_url: Annotated[str, _one_of("sqlite", "mysql+pymysql")] | None = Field(
        None, description="Where the predictions are kept; default: SQLite in the data directory."
    )
    broker_url: Annotated[str, _one_of("embedded", "amqp", "amqps")] = Field(
        "embedded:",
        description="The job queue: `amqp://user:password@host:5672/` (`amqps:` for TLS); "
        "`embedded:` uses the rows of the predictions.",
    )
    queue_name: str = Field(
        "predictor.jobs", min_length=1, max_length=200, description="Name of the queue in the broker."
    )
    image_store_url: Annotated[str, _one_of("file", "s3", "gs", "az", "db")] | None = Field(
        None,
        description="Where the images are kept: `file:///folder`, `s3://bucket/prefix`, `gs://bucket/prefix`, "
        "`az://container/prefix`, or `db://` for the database; default: `images` in the data directory.",
    )
    model: str = Field(
        "efficientnet_lite0", min_length=1, description="The model: a name from `predictor models`, or an `.onnx` file."
    )
    weights: Path | None = Field(
        None, description="File with the model's weights (.pth or .safetensors); default: the model's own."
    )
    engine: Literal["auto", "cpu", "torch"] = Field(
        "auto", description="What runs the model: `cpu` (compiled), `torch`, or `auto`: torch where there is CUDA."
    )
    precision: Literal["fp32", "int8"] = Field(
        "fp32", description="Numbers of the compiled model; int8 is faster and less exact, see docs/accuracy.md."
    )
    cache_dir: Path | None = Field(
        None,
        description="Where compiled models are kept; "
        "default: `models` in the data directory for `predictor serve`, else the user's cache folder.",
    )
    result_cache: bool = Field(
        False,
        description="Answer a picture that the same version of the model classified before from its stored result.",
    )
    max_image_bytes: int = Field(1_048_576, ge=1, le=67_108_864, description="Largest image file, in bytes.")
    max_image_pixels: int = Field(40_000_000, ge=1, le=200_000_000, description="Most pixels of an image.")
    concurrency: int = Field(
        default_factory=usable_cores, ge=1, le=256, description="Pictures' batches in work at once; default: cores."
    )
    batch_size: int = Field(8, ge=1, le=1024, description="Most pictures in a batch; never waited for.")
    max_attempts: int = Field(3, ge=1, le=100, description="How often a picture is tried before it fails.")
    lease_seconds: float = Field(60, ge=1, le=86_400, description="An engine silent for so long counts as gone.")
    republish_seconds: float = Field(
        60, ge=1, le=86_400, description="A published job that is in no queue after so long is published again."
    )
    receive_timeout_seconds: float = Field(30, gt=0, le=3600, description="How long a client may take to send a body.")
    max_wait_seconds: float = Field(
        60,
        ge=0,
        le=3600,
        description="Longest time that an answer is held back for a client that waits for its result.",
    )
    webhook_secrets: Annotated[str, each(Secret.parse, "keys: whsec_ and base64 of 24 to 64 bytes")] = Field(
        "",
        repr=False,
        description="Secrets that sign webhooks, `whsec_...`, with spaces between; without any, there are no webhooks; "
        "default: none.",
    )
    webhook_networks: Annotated[str, each(ip_network, "networks such as 10.0.0.0/8")] = Field(
        "",
        description="Networks outside the public internet that webhooks may call, such as `10.0.0.0/8`, with spaces "
        "between; default: none.",
    )
    webhook_retry_seconds: Annotated[str, each(seconds, "numbers of seconds")] = Field(
        " ".join(f"{wait.total_seconds():.0f}" for wait in RetrySchedule().waits),
        description="How long to wait after each failed attempt to deliver a webhook.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")

    @classmethod
    def load(cls) -> Self:
        """Read the environment and `.env`.

        Raises:
            InvalidSettings: with one line that names the variable.
        """
        try:
            return cls()
        except ValidationError as error:
            problems = (f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors(include_input=False))
            raise InvalidSettings("; ".join(problems)) from None

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'predictor.db'}"

    @property
    def image_store_kind(self) -> Literal["file", "db", "object"]:
        """Which image store the URL asks for; every cloud's is the same one."""
        match urlsplit(self.image_store_url or "file:").scheme:
            case "file":
                return "file"
            case "db":
                return "db"
            case _:
                return "object"

    @property
    def image_folder(self) -> Path:
        """The folder of a `file:` image store."""
        return Path(urlsplit(self.image_store_url).path) if self.image_store_url else self.data_dir / "images"

    @property
    def model_name(self) -> str:
        """What the model is called in requests and answers; a file is called as it is, without folder and suffix."""
        return Path(self.model).stem if self.model.endswith(".onnx") else self.model

    @property
    def cache_folder(self) -> Path:
        """The folder of the compiled models."""
        return self.cache_dir or user_cache_folder(os.environ)

    @property
    def limits(self) -> ImageLimits:
        return ImageLimits(self.max_image_bytes, self.max_image_pixels)

    @property
    def submission_rules(self) -> SubmissionRules:
        webhooks = WebhookRules(enabled=self.sends_webhooks, address_policy=self.webhook_address_policy)
        return SubmissionRules(self.model_name, self.limits, webhooks, self.result_cache)

    @property
    def webhook_keys(self) -> tuple[Secret, ...]:
        """What signs webhooks."""
        return tuple(Secret.parse(word) for word in words(self.webhook_secrets))

    @property
    def sends_webhooks(self) -> bool:
        """Whether there is a key to sign them with."""
        return bool(self.webhook_keys)

    @property
    def webhook_address_policy(self) -> AddressPolicy:
        """Where webhooks may go."""
        return AddressPolicy(tuple(ip_network(word) for word in words(self.webhook_networks)))

    @property
    def webhook_schedule(self) -> RetrySchedule:
        return RetrySchedule(tuple(seconds(word) for word in words(self.webhook_retry_seconds)))

    @property
    def attempt_rules(self) -> AttemptRules:
        return AttemptRules(self.model_name, self.max_attempts, timedelta(seconds=self.lease_seconds))

    @property
    def relay_rules(self) -> RelayRules:
        return RelayRules(vanished_after=timedelta(seconds=self.republish_seconds))

    @property
    def queue_kind(self) -> Literal["embedded", "rabbitmq"]:
        """Which job queue the URL asks for."""
        return "embedded" if urlsplit(self.broker_url).scheme == "embedded" else "rabbitmq"

    @property
    def slots(self) -> int:
        """Batches in an engine's hands: one more than work at once, so that one is ready while another is recorded."""
        return self.concurrency + 1

    @property
    def prefetch(self) -> int:
        """Jobs of each queue in a worker's hands: one batch in work and one ready for each slot."""
        return 2 * self.slots * self.batch_size

    def check_for_production(self) -> None:
        """API and worker as processes of their own need servers between them.

        Raises:
            InvalidSettings: there are none.
        """
        if self.queue_kind == "embedded":
            raise InvalidSettings(f"{PREFIX}BROKER_URL: this command needs RabbitMQ, amqp://...")
        if not (self.database_url or "").startswith("mysql"):
            raise InvalidSettings(f"{PREFIX}DATABASE_URL: this command needs MySQL, mysql+pymysql://...")

    def for_embedded(self) -> Self:
        """The same, with the compiled models in the data directory unless another place is given."""
        return self.model_copy(update={"cache_dir": self.cache_dir or self.data_dir / "models"})

    def check_for_embedded(self) -> None:
        """`predictor serve` is queue and engine itself.

        Raises:
            InvalidSettings: a broker is given, which it would leave alone.
        """
        if self.queue_kind != "embedded":
            raise InvalidSettings(f"{PREFIX}BROKER_URL: for a broker, run `predictor api` and `predictor worker`")
