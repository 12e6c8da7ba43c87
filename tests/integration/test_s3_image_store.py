"""The object store against a real server of the S3 protocol, and against servers that misbehave."""

import socket
import time
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import S3Store

from adapters.storage.marker import MARKER
from adapters.storage.object_image_store import ObjectImageStore
from application.ports.image_store import ImageMissing
from domain.errors import ImageStoreFull, ImageStoreUnavailable
from tests.contracts.image_store import KEY, OTHER, ImageStoreContract
from tests.contracts.image_store_place import ImageStorePlaceContract, assert_away
from tests.contracts.image_store_sweep import ImageStoreSweepContract
from tests.harness.empty_bucket import emptied_bucket

# moto keeps private what it has from somebody, and believes who somebody is.
SOMEBODY = {"Authorization": "AWS4-HMAC-SHA256 Credential=id/20260101/us-east-1/s3/aws4_request"}
TOKEN = "token-of-an-hour"
# Nobody has to wait for a server of this machine so long.
SHORT = timedelta(seconds=0.5)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own credentials and endpoint do not count here."""
    for name in ("PROFILE", "REGION", "DEFAULT_REGION", "ENDPOINT_URL", "ENDPOINT_URL_S3", "SESSION_TOKEN"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)


class S3Server:
    """moto's server on a free port."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.endpoint = f"http://{host}:{port}"

    def reset(self) -> None:
        """Forget everything but an empty bucket ``pictures``."""
        self.tell("POST", "/moto-api/reset")
        self.refuse_strangers(False)
        self.tell("PUT", "/pictures")

    def refuse_strangers(self, refuse: bool) -> None:
        self.tell("POST", "/moto-api/reset-auth", b"0" if refuse else b"inf")

    def tell(self, method: str, path: str, content: bytes = b"") -> httpx.Response:
        response = httpx.request(method, self.endpoint + path, content=content, headers=SOMEBODY, trust_env=False)
        return response.raise_for_status()

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture(scope="module")
def running() -> Iterator[S3Server]:
    server = S3Server()
    yield server
    server.stop()


@pytest.fixture
def server(running: S3Server) -> S3Server:
    running.reset()
    return running


def at(endpoint: str, bucket: str = "pictures", prefix: str = "some/prefix", options: str = "") -> ObjectImageStore:
    url = f"s3://{bucket}/{prefix}?endpoint={endpoint}&access_key_id=id&secret_access_key=secret{options}"
    return ObjectImageStore.at(url, SHORT)


def set_up(endpoint: str) -> ObjectImageStore:
    store = at(endpoint)
    store.set_up()
    return store


class TestS3ImageStore(ImageStoreContract):
    @pytest.fixture
    def store(self, server: S3Server) -> ObjectImageStore:
        return set_up(server.endpoint)

    def test_works(self, store: ObjectImageStore) -> None:
        store.check()

    def test_a_picture_is_under_the_prefix_with_its_media_type(self, server: S3Server, store: ObjectImageStore) -> None:
        store.put(OTHER, b"picture")
        found = server.tell("GET", f"/pictures/some/prefix/{OTHER}")
        assert (found.content, found.headers["Content-Type"]) == (b"picture", "image/png")

    def test_the_environment_can_say_where_and_who(
        self, server: S3Server, store: ObjectImageStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        ObjectImageStore.at("s3://pictures/some/prefix").put(KEY, b"picture")
        assert store.get(KEY) == b"picture"


class TestS3ImageStoreSweep(ImageStoreSweepContract):
    @pytest.fixture
    def store(self, server: S3Server) -> ObjectImageStore:
        server.tell("PUT", "/pictures/some/prefix-of-others/018cc25/file", b"")
        return set_up(server.endpoint)


class TestS3ImageStorePlace(ImageStorePlaceContract):
    @pytest.fixture
    def place(self, server: S3Server) -> ObjectImageStore:
        return at(server.endpoint)

    @pytest.fixture
    def emptied(self, server: S3Server, place: ObjectImageStore) -> AbstractContextManager[object]:
        return emptied_for_long(server.endpoint)


@contextmanager
def emptied_for_long(endpoint: str) -> Iterator[None]:
    objects = S3Store(
        "pictures",
        prefix="some/prefix",
        endpoint=endpoint,
        access_key_id="id",
        secret_access_key="secret",
        client_options={"allow_http": True},
    )
    with emptied_bucket(objects):
        time.sleep(1.1)  # so long a marker is believed that was seen
        yield


def test_another_prefix_is_another_place(server: S3Server) -> None:
    set_up(server.endpoint).put(KEY, b"picture")
    other = at(server.endpoint, prefix="some/prefix/of/others")
    assert_away(other)
    assert not other.has_pictures()


def test_without_the_right_to_list_a_store_is_unavailable_and_never_set_up() -> None:
    with answering((403, "AccessDenied")) as forbidding:
        forbidding.has_marker = False
        store = at(forbidding.endpoint)
        assert_away(store)
        for call in (store.is_set_up, store.has_pictures, store.set_up):
            with pytest.raises(ImageStoreUnavailable):
                call()


def assert_unavailable(store: ObjectImageStore) -> None:
    for call in (store.check, lambda: store.put(KEY, b"picture"), lambda: store.get(KEY), lambda: store.delete(KEY)):
        with pytest.raises(ImageStoreUnavailable) as problem:
            call()
        assert not isinstance(problem.value, ImageStoreFull)


def test_a_bucket_that_is_not_there_is_no_missing_picture(server: S3Server) -> None:
    assert_unavailable(at(server.endpoint, bucket="no-such-bucket"))


def test_wrong_credentials(server: S3Server) -> None:
    server.refuse_strangers(True)
    assert_unavailable(at(server.endpoint))


def test_a_server_that_stopped() -> None:
    server = S3Server()
    server.reset()
    store = set_up(server.endpoint)
    store.put(KEY, b"picture")
    server.stop()
    started = time.monotonic()
    assert_unavailable(store)
    assert time.monotonic() - started < 4 * 3 * SHORT.total_seconds()


def test_a_server_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = at(f"http://127.0.0.1:{silent.getsockname()[1]}")
        started = time.monotonic()
        with pytest.raises(ImageStoreUnavailable):
            store.put(KEY, b"picture")
        assert time.monotonic() - started < 3 * SHORT.total_seconds()


class AnsweringServer(ThreadingHTTPServer):
    """Gives its answers one after the other, the last one for ever; it repeats what it was told, as S3 does."""

    def __init__(self, answers: list[tuple[int, str]]) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answers = answers
        self.endpoint = f"http://127.0.0.1:{self.server_port}"
        self.has_marker = True


class Answering(BaseHTTPRequestHandler):
    server: AnsweringServer

    def do_HEAD(self) -> None:
        # Without the right to list, S3 does not say that an object is not there.
        self.send_response(200 if self.server.has_marker else 403)
        self.send_header("ETag", "of-no-interest")
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer()

    def _answer(self) -> None:
        answers = self.server.answers
        status, code = answers.pop(0) if len(answers) > 1 else answers[0]
        body = f"<Error><Code>{code}</Code><CanonicalRequest>{self.headers}</CanonicalRequest></Error>".encode()
        self.send_response(status)
        self.send_header("ETag", "of-no-interest")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def answering(*answers: tuple[int, str]) -> Iterator[AnsweringServer]:
    with AnsweringServer(list(answers)) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (507, "InsufficientStorage", ImageStoreFull),
        (507, "XMinioStorageFull", ImageStoreFull),
        (400, "XMinioAdminBucketQuotaExceeded", ImageStoreFull),
        (403, "QuotaExceeded", ImageStoreFull),
        (403, "SignatureDoesNotMatch", ImageStoreUnavailable),
        (503, "SlowDown", ImageStoreUnavailable),
    ],
)
def test_a_refusal_tells_its_reason_and_no_secret(status: int, code: str, error: type[ImageStoreUnavailable]) -> None:
    with answering((status, code)) as server, pytest.raises(ImageStoreUnavailable) as problem:
        at(server.endpoint, options=f"&session_token={TOKEN}").put(KEY, b"picture")
    assert type(problem.value) is error
    printed = "".join(traceback.format_exception(problem.value))
    assert f"status code: {status}" in printed
    assert f"({code})" in printed
    assert TOKEN in str(problem.value.__context__)
    assert TOKEN not in printed


def test_a_passing_refusal_is_not_noticed() -> None:
    with answering((503, "SlowDown"), (200, "")) as server:
        at(server.endpoint).put(KEY, b"picture")


def test_a_picture_that_went_away_is_missing_while_its_bucket_is_there(server: S3Server) -> None:
    store = set_up(server.endpoint)
    store.put(KEY, b"picture")
    server.tell("DELETE", f"/pictures/some/prefix/{KEY}")
    with pytest.raises(ImageMissing):
        store.get(KEY)
    server.tell("DELETE", f"/pictures/some/prefix/{MARKER}")
    server.tell("DELETE", "/pictures")
    with pytest.raises(ImageStoreUnavailable):
        store.get(KEY)
