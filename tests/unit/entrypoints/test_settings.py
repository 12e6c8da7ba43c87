import pickle
import resource
from contextlib import ExitStack
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from adapters.webhooks.signature import Secret
from domain.image_limits import ImageLimits
from domain.webhooks.public_address import AddressPolicy
from domain.webhooks.webhook import WebhookRules
from domain.webhooks.webhook_delivery import RetrySchedule
from entrypoints.http_server import server_config
from entrypoints.settings import InvalidSettings, Settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the developer's environment nor a `.env` counts here."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PREDICTOR_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_by_default_everything_is_in_one_folder(tmp_path: Path) -> None:
    settings = Settings.load()
    assert (settings.host, settings.port, settings.model) == ("127.0.0.1", 5000, "efficientnet_lite0")
    assert settings.database == f"sqlite:///{tmp_path}/data/predictor.db"
    assert settings.image_folder == Path("data/images")
    assert settings.limits == ImageLimits()


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PREDICTOR_PORT=6000\nPREDICTOR_MODEL=resnet50\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("PREDICTOR_PORT", "7000")
    monkeypatch.setenv("PREDICTOR_IMAGE_STORE_URL", "file:///var/lib/images")
    settings = Settings.load()
    assert (settings.port, settings.model) == (7000, "resnet50")
    assert settings.image_folder == Path("/var/lib/images")


def test_the_embedded_mode_keeps_compiled_models_with_its_data(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).for_embedded().cache_folder == tmp_path / "models"
    assert Settings(cache_dir=tmp_path / "shared").for_embedded().cache_folder == tmp_path / "shared"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "secret"),
        ("PORT", "70000"),
        ("MAX_IMAGE_BYTES", "0"),
        ("DATABASE_URL", "postgresql://user:secret@host/name"),
        ("BROKER_URL", "redis://secret"),
        ("BROKER_URL", " "),
        ("BROKER_URL", "amqp://guest:secret@h1/ redis://secret"),
        ("BROKER_URL", "amqp://guest:secret@h1/ embedded:"),
        ("BROKER_URL", "embedded: embedded:"),
        ("BROKER_URL", "amqp://guest:secret@h1/,amqp://guest:secret@h2/"),
        ("BROKER_URL", "amqp://h1,amqp://secret@h2"),
        ("BROKER_URL", "amqp://guest@h1:secret/"),
        ("BROKER_URL", "amqp://guest@[secret/"),
        ("IMAGE_STORE_URL", "ftp://secret"),
        ("MODEL", ""),
        ("LOG_LEVEL", "secret"),
        ("ALLOWED_HOSTS", "https://secret/"),
        ("ALLOWED_HOSTS", "localhost secret:5000"),
        ("CORS_ORIGINS", "secret.example.org"),
        ("CORS_ORIGINS", "*"),
        ("WEBHOOK_SECRETS", "secret"),
        ("WEBHOOK_NETWORKS", "10.0.0.1/8 secret"),
        ("WEBHOOK_RETRY_SECONDS", "5 secret"),
        ("WEBHOOK_RETRY_SECONDS", "0"),
        ("WEBHOOK_RETRY_SECONDS", "nan"),
    ],
)
def test_a_wrong_value_names_its_variable_and_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"PREDICTOR_{name}", value)
    with pytest.raises(InvalidSettings) as refused:
        Settings.load()
    assert str(refused.value).startswith(f"PREDICTOR_{name}: ")
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_cluster_of_brokers_has_several_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREDICTOR_BROKER_URL", " amqp://guest:a,b@h1:5672/ amqps://h2/vhost?heartbeat=10  amqp:// ")
    settings = Settings.load()
    assert settings.broker_urls == ("amqp://guest:a,b@h1:5672/", "amqps://h2/vhost?heartbeat=10", "amqp://")
    assert settings.queue_kind == "rabbitmq"
    assert Settings(broker_url="embedded:").queue_kind == "embedded"


KEY = "whsec_" + "AQEB" * 8


def test_without_a_secret_there_are_no_webhooks() -> None:
    settings = Settings.load()
    assert not settings.submission_rules.webhooks.enabled
    assert settings.webhook_schedule == RetrySchedule()


def test_lists_have_spaces_or_commas_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREDICTOR_WEBHOOK_SECRETS", f"{KEY},{KEY}")
    monkeypatch.setenv("PREDICTOR_WEBHOOK_NETWORKS", "10.0.0.0/8 ::1")
    monkeypatch.setenv("PREDICTOR_WEBHOOK_RETRY_SECONDS", "0.5, 60")
    settings = Settings.load()
    assert settings.webhook_keys == (Secret(b"\1" * 24),) * 2
    assert settings.webhook_address_policy.networks == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert settings.webhook_schedule.waits == (timedelta(seconds=0.5), timedelta(minutes=1))
    assert settings.submission_rules.webhooks == WebhookRules(
        enabled=True, address_policy=settings.webhook_address_policy
    )
    assert KEY not in repr(settings)


def test_hosts_and_origins_are_read_as_browsers_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not Settings.load().browser_rules.hosts.allows("photos.example.org")
    monkeypatch.setenv("PREDICTOR_ALLOWED_HOSTS", "server.lan, *.Example.org")
    monkeypatch.setenv("PREDICTOR_CORS_ORIGINS", "HTTPS://App.example.org:443 http://localhost:8080")
    rules = Settings.load().browser_rules
    assert all(map(rules.hosts.allows, ("server.lan", "photos.example.org", "localhost")))
    assert rules.origins == {"https://app.example.org", "http://localhost:8080"}


def test_ports_are_single_or_from_and_to(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.load().webhook_address_policy == AddressPolicy()
    monkeypatch.setenv("PREDICTOR_WEBHOOK_PORTS", "443, 8000-8001")
    policy = Settings.load().webhook_address_policy
    assert [port for port in range(65_536) if policy.allows_port(port)] == [443, 8000, 8001]


@pytest.mark.parametrize("value", ["0", "65536", "9-8", "1-", "-1", "http", "1-2-3", "80;443"])
def test_what_is_no_port_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PREDICTOR_WEBHOOK_PORTS", value)
    with pytest.raises(InvalidSettings, match="PREDICTOR_WEBHOOK_PORTS"):
        Settings.load()


def test_there_are_no_senders_without_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.load().active_webhook_senders == 0
    monkeypatch.setenv("PREDICTOR_WEBHOOK_SECRETS", KEY)
    monkeypatch.setenv("PREDICTOR_WEBHOOK_SENDERS", "7")
    monkeypatch.setenv("PREDICTOR_WEBHOOK_SENDERS_PER_HOST", "1")
    settings = Settings.load()
    assert (settings.active_webhook_senders, settings.webhook_lane_rules.at_once) == (7, 1)


def test_connections_leave_file_descriptors_for_the_rest() -> None:
    descriptors, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    settings = Settings(max_connections=100_000, max_waiting_requests=1000, max_event_streams=10)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
        limits, places = settings.connection_limits, settings.waiting_places
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, hard))

    assert limits.max_connections == 864
    assert (limits.max_header_bytes, limits.header_timeout, limits.write_timeout) == (32_768, 10, 30)
    with ExitStack() as stack:
        for _ in range(576):  # two thirds
            assert not places.waits.are_taken
            stack.enter_context(places.waits.one())
        assert places.waits.are_taken


def test_no_proxy_is_trusted_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")

    assert not server_config("none:none", Settings()).proxy_headers
    named = server_config("none:none", Settings(trusted_proxies="127.0.0.1, 10.0.0.0/8"))

    assert named.proxy_headers
    assert named.forwarded_allow_ips == ["127.0.0.1", "10.0.0.0/8"]
    assert not named.server_header


def test_processes_that_share_an_address_get_their_limits() -> None:
    config = pickle.loads(pickle.dumps(server_config("none:none", Settings(max_header_bytes=2048), workers=2)))

    assert config.http.keywords["guard"].limits.max_header_bytes == 2048
