"""Tables of the database. `migrations/` creates them; a test compares the two."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeDecorator

from domain.access.api_key import ApiKey
from domain.access.key_token import KeyToken
from domain.access.owner import DEFAULT_OWNER, Owner
from domain.classification import ScoredLabel
from domain.idempotency import Idempotency, IdempotencyKey
from domain.image import ImageHash, ImageKey
from domain.prediction import Prediction
from domain.prediction_state import Failure
from domain.priority import ORDINARY
from domain.webhooks.lane_key import MAX_LANE_LENGTH
from domain.webhooks.webhook import WebhookUrl
from domain.webhooks.webhook_delivery import DeliveryOutcome

# The Alembic revision that this code works with; kept here so that a health check need not load Alembic.
SCHEMA_REVISION = "0013"

_MYSQL = ("mysql", "mariadb")
_INNODB: dict[str, Any] = {
    f"{dialect}_{option}": value
    for dialect in _MYSQL
    for option, value in (("engine", "InnoDB"), ("charset", "utf8mb4"))
}


class UTCDateTime(TypeDecorator[datetime]):
    """Aware datetime, stored as naive UTC with microseconds."""

    impl = DateTime().with_variant(mysql.DATETIME(fsp=6), *_MYSQL)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def _ascii(length: int) -> String:
    """Column type of ids and codes: compared byte by byte, one byte a character in MySQL's indexes."""
    return String(length).with_variant(mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), *_MYSQL)


def _exact(length: int) -> String:
    """Column type of case-sensitive text."""
    return String(length).with_variant(mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin"), *_MYSQL)


metadata = MetaData()

# A default for processes of an older version during an upgrade.
_priority = Column("priority", Integer, nullable=False, server_default=str(ORDINARY.level))

# `uuid`, `img` and `prediction` are the customer's names. The labels are in `top` as JSON, [[label, score], ...];
# `prediction` repeats the best one for those who read the table.
predictions = Table(
    "predictions",
    metadata,
    Column("uuid", _ascii(50), primary_key=True),
    # A default for rows from before there were owners, and for processes of an older version during an upgrade.
    Column("owner", _ascii(Owner.MAX_LENGTH), nullable=False, server_default=DEFAULT_OWNER.name),
    Column("img", _ascii(ImageKey.MAX_LENGTH), nullable=False),
    Column("prediction", String(ScoredLabel.MAX_LABEL_LENGTH)),
    Column("name", String(Prediction.MAX_NAME_LENGTH), nullable=False),
    # In MySQL compared character by character, as SQLite does, where "A" is not "a".
    Column("model", _exact(Prediction.MAX_MODEL_LENGTH), nullable=False),
    Column("top_k", Integer, nullable=False),
    Column("status", _ascii(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("top", Text),
    Column("error_code", _ascii(Failure.MAX_CODE_LENGTH)),
    Column("error_message", String(Failure.MAX_MESSAGE_LENGTH)),
    Column("created_at", UTCDateTime, nullable=False),
    Column("started_at", UTCDateTime),
    Column("finished_at", UTCDateTime),
    Column("due_at", UTCDateTime),
    Column("published_at", UTCDateTime),
    Column("model_version", _ascii(Prediction.MAX_MODEL_VERSION_LENGTH)),
    # Only where results are reused, and only if an engine computed the result.
    Column("image_hash", _ascii(ImageHash.LENGTH)),
    _priority,
    Column("expires_at", UTCDateTime),
    Column("idempotency_key", _ascii(IdempotencyKey.MAX_LENGTH)),
    Column("fingerprint", _ascii(Idempotency.FINGERPRINT_LENGTH)),
    Column("webhook_url", _ascii(WebhookUrl.MAX_LENGTH)),
    Column("webhook_events", _ascii(50)),  # names with commas between them
    # A default for processes of an older version during an upgrade.
    Column("attempts_before_retry", Integer, nullable=False, server_default="0"),
    Column("image_state", _ascii(20)),  # NULL while the picture is kept
    # Due rows in their order: the longest waiting jobs of the embedded queue, and the leases that ran out.
    Index("ix_predictions_due", "status", "due_at", "uuid"),
    # Jobs of each priority that no broker has, of owners in turn: the outbox, and the embedded queue.
    Index("ix_predictions_published", "status", "published_at", "priority", "owner", "due_at", "uuid"),
    # Jobs of the embedded queue by their priority.
    Index("ix_predictions_urgent", "status", _priority.desc(), "due_at", "uuid"),
    # Search for an earlier result of the same picture.
    Index("ix_predictions_image_hash", "owner", "image_hash"),
    # Search for expired predictions.
    Index("ix_predictions_expires", "expires_at"),
    # Lets only one of two equal submissions at the same moment be inserted.
    Index("ux_predictions_idempotency_key", "owner", "idempotency_key", unique=True),
    # The list of an owner with each of its filters: the newest are at the end of their range.
    Index("ix_predictions_owner", "owner", "uuid"),
    Index("ix_predictions_status", "owner", "status", "uuid"),
    Index("ix_predictions_model", "owner", "model", "uuid"),
    Index("ix_predictions_status_model", "owner", "status", "model", "uuid"),
    **_INNODB,
)

# Keys of owners. The list is short: no index but the id's is needed.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", _ascii(KeyToken.ID_LENGTH), primary_key=True),
    Column("owner", _ascii(Owner.MAX_LENGTH), nullable=False),
    Column("name", String(ApiKey.MAX_NAME_LENGTH), nullable=False),
    Column("digest", _ascii(KeyToken.DIGEST_LENGTH), nullable=False),
    Column("scopes", _ascii(50), nullable=False),  # names with spaces between them
    Column("created_at", UTCDateTime, nullable=False),
    Column("expires_at", UTCDateTime),
    Column("revoked_at", UTCDateTime),
    Column("last_used_at", UTCDateTime),
    Column("rate_per_minute", Integer),
    Column("burst", Integer),
    Column("max_queued", Integer),
    Column("max_priority", Integer),
    **_INNODB,
)

# Moment at which an owner may take everything again that the rate allows at once.
rate_buckets = Table(
    "rate_buckets",
    metadata,
    Column("owner", _ascii(Owner.MAX_LENGTH), primary_key=True),
    Column("spent_until", UTCDateTime, nullable=False),
    **_INNODB,
)

# Version of each model whose results may be reused: that of the engine that started last.
served_models = Table(
    "served_models",
    metadata,
    Column("model", _exact(Prediction.MAX_MODEL_LENGTH), primary_key=True),
    Column("version", _ascii(Prediction.MAX_MODEL_VERSION_LENGTH), nullable=False),
    Column("since", UTCDateTime, nullable=False),
    **_INNODB,
)

# Empty unless the image store is `db://`. MEDIUMBLOB would save a byte a row, but ends below the largest image that
# a setting can allow.
images = Table(
    "images",
    metadata,
    Column("key", _ascii(ImageKey.MAX_LENGTH), primary_key=True),
    Column("data", LargeBinary().with_variant(mysql.LONGBLOB(), *_MYSQL), nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    **_INNODB,
)

# Deliveries of webhooks and their attempts, for predictions with a webhook that have become final. They are deleted
# with their prediction.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", _ascii(50), primary_key=True),
    Column(
        "uuid",
        _ascii(50),
        ForeignKey("predictions.uuid", name="fk_webhook_deliveries_uuid", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("event", _ascii(20), nullable=False),
    Column("state", _ascii(20), nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("due_at", UTCDateTime),
    # Only a pending delivery has one, so that the index of the lanes passes over the others. A default for processes of
    # an older version during an upgrade.
    Column("lane", _ascii(MAX_LANE_LENGTH), nullable=False, server_default=""),
    Index("ix_webhook_deliveries_uuid", "uuid"),
    # Only processes of an older version use it.
    Index("ix_webhook_deliveries_due", "due_at"),
    # What is due in a lane, and the lanes that have something due.
    Index("ix_webhook_deliveries_lane", "lane", "due_at"),
    **_INNODB,
)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    Column(
        "delivery",
        _ascii(50),
        ForeignKey("webhook_deliveries.id", name="fk_webhook_attempts_delivery", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("started_at", UTCDateTime, nullable=False),
    Column("finished_at", UTCDateTime),
    Column("status", Integer),
    Column("error", _ascii(DeliveryOutcome.MAX_ERROR_LENGTH)),
    **_INNODB,
)
