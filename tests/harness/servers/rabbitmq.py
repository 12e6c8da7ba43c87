"""RabbitMQ. ``TEST_RABBITMQ_BIN`` names the folder of another installation's commands."""

import logging
import os
import shutil
import subprocess
import uuid
from pathlib import Path

import pika
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPError

from tests.harness.servers.process import GivenServer, ServerProcess, free_port

# Debian's commands on the path insist on the account `rabbitmq`; these are what they call.
_DEBIAN = "/usr/lib/rabbitmq/bin"
_OTHERS = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin:/opt/rabbitmq/sbin"

# A write-ahead log of 512 MB, the default, is for a server with a disk of its own.
_CONFIGURATION = """\
listeners.tcp.default = 127.0.0.1:{port}
raft.wal_max_size_bytes = 33554432
"""

# What it prints at the end of a start; it takes connections somewhat earlier.
_COMPLETED = "completed with"


def missing_rabbitmq() -> str | None:
    """The reason that no private server can be started here; None if one can."""
    return None if _program("rabbitmq-server") else "rabbitmq-server is not installed"


class RabbitMQServer(ServerProcess):
    """A private node without plugins in `folder`.

    It uses the machine's `epmd`, the port mapper of Erlang, and leaves one behind where there was none.

    Args:
        folder: where everything it writes goes.
        home: directory of the cookie, which nodes of one cluster share; default: `folder`.
    """

    def __init__(self, folder: Path, home: Path | None = None) -> None:
        super().__init__(folder)
        self.node = f"predictor-{uuid.uuid4().hex[:12]}@localhost"
        self.configuration = _CONFIGURATION.format(port=self.port)
        self._home = home or folder
        self._distribution_port = free_port()
        self._starts_before = 0

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def ctl(self, *arguments: str) -> str:
        """Run ``rabbitmqctl`` and return its output; it takes a second or two.

        For example ``purge_queue NAME``, ``list_queues name messages``, ``close_all_connections REASON``,
        ``set_vm_memory_high_watermark 0.000001`` and ``set_disk_free_limit 1000GB``, which block publishers.
        """
        command = [_program("rabbitmqctl"), "--quiet", *arguments]
        return subprocess.run(
            command, env=self.environment(), cwd=self.folder, check=True, capture_output=True, text=True, timeout=60
        ).stdout

    def start(self) -> None:
        (self.folder / "rabbitmq.conf").write_text(self.configuration)
        (self.folder / "rabbitmq-env.conf").touch()
        (self.folder / "enabled_plugins").write_text("[].\n")
        super().start()

    def launch(self) -> None:
        self._starts_before = self.output.count(_COMPLETED)
        super().launch()

    def answers(self) -> bool:
        if self.output.count(_COMPLETED) == self._starts_before:
            return False
        # Quiet: that it is not there yet is no news.
        logging.getLogger("pika").setLevel(logging.CRITICAL)
        parameters = pika.URLParameters(f"{self.url}?connection_attempts=1&socket_timeout=2&stack_timeout=5")
        try:
            pika.BlockingConnection(parameters).close()
        except (AMQPError, AMQPConnectorException, OSError):
            return False
        finally:
            logging.getLogger("pika").setLevel(logging.NOTSET)
        return True

    def command(self) -> list[str]:
        return [_program("rabbitmq-server")]

    def environment(self) -> dict[str, str]:
        own = {
            "HOME": self._home,  # for the cookie, which has to be the server's and rabbitmqctl's
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_NODE_PORT": self.port,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_DIST_PORT": self._distribution_port,
            "RABBITMQ_MNESIA_BASE": self.folder / "data",
            "RABBITMQ_LOG_BASE": self.folder / "log",
            "RABBITMQ_SCHEMA_DIR": self.folder / "schema",
            "RABBITMQ_CONFIG_FILE": self.folder / "rabbitmq.conf",
            "RABBITMQ_CONF_ENV_FILE": self.folder / "rabbitmq-env.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": self.folder / "enabled_plugins",
            # The script then becomes the server, so that a signal reaches it and nobody in between.
            "RABBITMQ_ALLOW_INPUT": "true",
            "RABBITMQ_SERVER_START_ARGS": "-noinput +B i",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CTL_ERL_ARGS": "+S 1:1",
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("RABBITMQ_")}
        return inherited | {name: str(value) for name, value in own.items()}


class GivenBroker(GivenServer):
    """A broker that somebody else runs."""

    def ctl(self, *arguments: str) -> str:
        self.start()


def _program(name: str) -> str:
    """Path of the program; "" if it is not installed."""
    if folder := os.environ.get("TEST_RABBITMQ_BIN"):
        return shutil.which(name, path=folder) or ""
    return shutil.which(name, path=_DEBIAN) or shutil.which(name) or shutil.which(name, path=_OTHERS) or ""
