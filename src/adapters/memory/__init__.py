"""The in-memory adapter of every port: a whole world for tests and for trying things out."""

from adapters.memory.classifier import MemoryClassifier
from adapters.memory.completion_feed import MemoryCompletionFeed
from adapters.memory.database.result_cache import MemoryResultCache
from adapters.memory.database.unit_of_work import MemoryUnitOfWork
from adapters.memory.free_space import MemoryFreeSpace
from adapters.memory.image_store import MemoryImageStore
from adapters.memory.job_queue import MemoryJobQueue
from adapters.memory.retry import LimitedRetry
from adapters.memory.system import FixedClock, SequentialIds
from adapters.memory.webhook_sender import MemoryWebhookSender

__all__ = [
    "FixedClock",
    "LimitedRetry",
    "MemoryClassifier",
    "MemoryCompletionFeed",
    "MemoryFreeSpace",
    "MemoryImageStore",
    "MemoryJobQueue",
    "MemoryResultCache",
    "MemoryUnitOfWork",
    "MemoryWebhookSender",
    "SequentialIds",
]
