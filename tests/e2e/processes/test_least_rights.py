"""The service as a user of the database that may read and write rows, and nothing else."""

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, NullPool, create_engine, exc, make_url, text

from tests.harness.processes import PREDICTOR, environment
from tests.harness.servers.mariadb import GivenDatabase, MariaDBServer
from tests.harness.servers.rabbitmq import GivenBroker, RabbitMQServer
from tests.harness.service import COFFEE, ProductionService

SCRIPT = Path(__file__).parents[3] / "deploy" / "mysql" / "service-user.sh"
# Stands for the function of the MySQL image that runs a script's SQL.
_PRINT_SQL = 'docker_process_sql() { cat; }; . "$0"'


def execute(url: URL, *statements: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.fixture
def urls(mariadb: MariaDBServer | GivenDatabase) -> Iterator[tuple[URL, URL]]:
    """Two users of a new database: one that may do everything, and the one that Compose makes for the service."""
    owner = make_url(mariadb.new_database())
    service = owner.set(username=f"service_{uuid.uuid4().hex[:8]}", password="secret")
    values = {"SERVICE_USER": service.username, "SERVICE_PASSWORD": "secret", "MYSQL_DATABASE": owner.database}
    command = ["bash", "-c", _PRINT_SQL, str(SCRIPT)]
    script = subprocess.run(command, env=values, capture_output=True, text=True, check=True).stdout  # type: ignore[arg-type]
    execute(owner, *filter(str.strip, script.split(";")))
    yield owner, service
    execute(owner, f"DROP USER '{service.username}'@'%'")


@pytest.fixture
def service(tmp_path: Path, urls: tuple[URL, URL], rabbitmq: RabbitMQServer | GivenBroker) -> ProductionService:
    """A service whose tables are there; it is not started yet."""
    owner, limited = (url.render_as_string(hide_password=False) for url in urls)
    service = ProductionService(tmp_path, limited, rabbitmq.url, result_cache=True, image_store_url="db://")
    migrating = environment(**service.settings | {"database_url": owner})
    subprocess.run([PREDICTOR, "migrate"], env=migrating, check=True, capture_output=True)
    return service


@pytest.fixture
def production(service: ProductionService) -> Iterator[ProductionService]:
    try:
        service.start_api()
        service.start_worker()
        service.wait_until_ready()
        yield service
    finally:
        service.stop()


def test_reading_and_writing_rows_is_all_that_the_service_needs(production: ProductionService) -> None:
    client = production.client
    first = production.submit(COFFEE)
    assert production.result(first)["prediction"] == "espresso"
    again = client.post("/inference/image", content=COFFEE, headers={"Content-Type": "image/png"})
    assert again.json()["cached"]
    assert client.get(f"/predictions/{first}/image").content == COFFEE
    assert client.post(f"/predictions/{first}/retry").status_code == 409
    assert client.delete(f"/predictions/{first}").status_code == 204
    assert client.get("/predictions").json()["predictions"]
    assert client.get("/queue").status_code == 200
    subprocess.run([PREDICTOR, "keys", "list"], env=environment(**production.settings), check=True, capture_output=True)
    assert "denied" not in "".join(worker.log for worker in production.workers)
    assert production.api is not None
    assert "denied" not in production.api.log


@pytest.mark.parametrize("change", ["DROP TABLE predictions", "CREATE TABLE t (n INT)", "TRUNCATE TABLE predictions"])
def test_the_service_cannot_change_tables(service: ProductionService, change: str) -> None:
    with pytest.raises(exc.OperationalError, match="denied"):
        execute(make_url(service.database_url), change)
