"""Settings of the database, the queue and the image store."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field
from pydantic_settings import BaseSettings
from sqlalchemy import make_url

from entrypoints.setting_types import one_of, one_or_several


class StorageSettings(BaseSettings):
    """Settings of the database, the queue and the image store."""

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

    @property
    def key_file(self) -> Path | None:
        """SQLite file of the API keys, beside that of the predictions; None where a server has both."""
        place = make_url(self.database)
        return Path(place.database).with_suffix(".keys.db") if place.database and "sqlite" in place.drivername else None

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
    def written_folders(self) -> list[Path]:
        """Directories on this machine to which pictures and rows are written."""
        url = make_url(self.database)
        is_file = url.get_backend_name() == "sqlite" and url.database
        database = [Path(url.database).parent] if is_file and url.database else []
        return [*database, self.image_folder] if self.image_store_scheme == "file" else database

    @property
    def broker_urls(self) -> tuple[str, ...]:
        """URL of each broker."""
        return tuple(self.broker_url.split())

    @property
    def queue_kind(self) -> Literal["embedded", "rabbitmq"]:
        """Kind of the job queue."""
        return "embedded" if urlsplit(self.broker_url).scheme == "embedded" else "rabbitmq"
