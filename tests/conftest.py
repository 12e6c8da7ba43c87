"""The servers are shared by every folder of tests that wants them; none is started before."""

from tests.harness.servers.fixtures import mariadb, rabbitmq

__all__ = ["mariadb", "rabbitmq"]
