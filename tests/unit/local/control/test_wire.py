"""The endpoint below boto3: protocols, what is not implemented, and malformed bytes."""

from __future__ import annotations

import contextlib
import errno
import http.client
import json
import random
import socket
import threading
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from dsql_tui.errors import LocalError
from dsql_tui.local.control.protocol.endpoint import BODY_MAX_BYTES, HttpEndpoint
from dsql_tui.local.control.protocol.models import service_model
from dsql_tui.local.control.protocol.protocols import HttpRequest, HttpResponse
from tests.support.control_plane import Aws, refusal

PATIENCE_S = 10
"""Longest wait for an answer or the end of a connection; none comes near it."""


def call(
    aws: Aws,
    service: str,
    body: bytes = b"",
    *,
    method: str = "POST",
    path: str = "/",
    headers: dict[str, str] | None = None,
) -> tuple[int, str, http.client.HTTPMessage]:
    """Send a request signed for a service; return status, body and headers of the answer."""
    request = AWSRequest(
        method=method, url=aws.wire.endpoint.url + path, data=body, headers=headers or {}
    )
    key = aws.wire.keyring.admin
    SigV4Auth(Credentials(key.access_key_id, key.secret), service, "us-east-1").add_auth(request)
    connection = http.client.HTTPConnection("127.0.0.1", aws.wire.endpoint.port, timeout=PATIENCE_S)
    with contextlib.closing(connection):
        connection.request(method, path, body, dict(request.headers))
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class TestProtocols:
    def test_the_query_protocol_is_answered_in_xml_for_cloudwatch_too(self, aws: Aws) -> None:
        identifier = aws.create()["identifier"]
        aws.counters.session_opened(identifier)
        asked = {
            "Action": "ListMetrics",
            "Version": "2010-08-01",
            "Dimensions.member.1.Name": "ResourceId",
            "Dimensions.member.1.Value": f"cluster/{identifier}",
        }
        status, body, headers = call(aws, "monitoring", urlencode(asked).encode(), headers=FORM)
        assert (status, headers["Content-Type"]) == (200, "text/xml")
        assert f"<Value>cluster/{identifier}</Value>" in body
        assert "<ListMetricsResult>" in body

    def test_a_query_may_come_by_get(self, aws: Aws) -> None:
        path = "/?Action=GetCallerIdentity&Version=2011-06-15"
        status, body, _ = call(aws, "sts", method="GET", path=path)
        assert status == 200
        assert "<Arn>arn:aws:iam::000000000000:user/local</Arn>" in body

    @pytest.mark.parametrize(
        "body", [b"{", b"[]", b"\xff\xfe", b'{"tags": 1}', b'{"deletionProtectionEnabled": "x"}']
    )
    def test_a_body_that_cannot_be_read_is_a_validation_error(self, aws: Aws, body: bytes) -> None:
        status, text, headers = call(aws, "dsql", body, path="/cluster")
        assert status == 400
        assert headers["x-amzn-ErrorType"] == "ValidationException"
        assert json.loads(text)["reason"] == "cannotParse"

    @pytest.mark.parametrize("value", ["0", "101"])
    def test_a_number_out_of_range_names_its_bound(self, aws: Aws, value: str) -> None:
        status, text, _ = call(aws, "dsql", method="GET", path=f"/cluster?max-results={value}")
        assert status == 400
        assert json.loads(text)["fieldList"][0]["name"] == "maxResults"

    def test_a_number_that_is_none_cannot_be_read(self, aws: Aws) -> None:
        _, text, _ = call(aws, "dsql", method="GET", path="/cluster?max-results=many")
        assert json.loads(text)["reason"] == "cannotParse"

    def test_null_members_and_unknown_ones_are_left_out(self, aws: Aws) -> None:
        body = b'{"tags": null, "sinceTomorrow": {"x": [1]}}'
        status, text, _ = call(aws, "dsql", body, path="/cluster")
        assert status == 200
        assert json.loads(text)["status"] == "CREATING"


class TestWhatIsNotHere:
    def test_an_unknown_path_is_an_unknown_operation(self, aws: Aws) -> None:
        for method, path in (("GET", "/nothing"), ("PATCH", "/cluster"), ("POST", "/cluster/")):
            status, _, headers = call(aws, "dsql", method=method, path=path)
            assert status == 404
            assert headers["x-amzn-ErrorType"] == "UnknownOperationException"

    def test_an_operation_that_is_not_implemented_says_so(self, aws: Aws) -> None:
        for response in (
            refusal(aws.client("sts").get_session_token),
            refusal(aws.client("cloudwatch").list_dashboards),
        ):
            assert response["Error"]["Code"] == "NotImplementedException"
            assert response["ResponseMetadata"]["HTTPStatusCode"] == 501
            assert "The local DSQL does not implement" in response["Error"]["Message"]

    @pytest.mark.parametrize(
        ("service", "operation"),
        [
            ("dynamodb", "list_tables"),
            ("lambda", "list_functions"),
            ("iam", "list_users"),
            ("s3", "list_buckets"),
        ],
    )
    def test_a_service_that_is_not_here_says_so_to_every_protocol(
        self, aws: Aws, service: str, operation: str
    ) -> None:
        response = refusal(getattr(aws.client(service), operation))
        assert response["Error"]["Code"] == "NotImplementedException"
        assert service in response["Error"]["Message"]

    def test_a_request_without_a_signature_is_refused(self, aws: Aws) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", aws.wire.endpoint.port)
        with contextlib.closing(connection):
            connection.request("GET", "/cluster")
            answer = connection.getresponse()
            assert answer.status == 403
            assert answer.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"
            assert json.loads(answer.read())["message"] == "Missing Authentication Token"

    def test_nothing_takes_it_for_aws(self, aws: Aws) -> None:
        _, _, headers = call(aws, "dsql", method="GET", path="/cluster")
        assert headers["Server"] == "dsql-tui-local"


def exchange(aws: Aws, data: bytes) -> bytes:
    """Send bytes, then nothing more; return all that comes back until the connection ends."""
    address = ("127.0.0.1", aws.wire.endpoint.port)
    with socket.create_connection(address, PATIENCE_S) as connection:
        received = b""
        with contextlib.suppress(ConnectionError):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65_536):
                received += chunk
        return received


def signed_bytes(aws: Aws) -> bytes:
    """Return a good request as it goes over the wire."""
    body = b'{"tags": {"Name": "shop"}, "deletionProtectionEnabled": false}'
    request = AWSRequest("POST", aws.wire.endpoint.url + "/cluster", data=body, headers={})
    key = aws.wire.keyring.admin
    SigV4Auth(Credentials(key.access_key_id, key.secret), "dsql", "us-east-1").add_auth(request)
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    lines += [f"Host: 127.0.0.1:{aws.wire.endpoint.port}", f"Content-Length: {len(body)}"]
    return ("POST /cluster HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode() + body


def post(header: bytes) -> bytes:
    return b"POST / HTTP/1.1\r\n" + header + b"\r\n\r\n"


class TestBadBytes:
    @pytest.mark.parametrize(
        ("data", "status"),
        [
            pytest.param(b"", b"", id="nothing"),
            pytest.param(b"\0" * 100 + b"\r\n", b"400", id="zeros"),
            pytest.param(b"GET\r\n\r\n", b"400", id="one word"),
            pytest.param(b"GET / HTTP/9.9\r\n\r\n", b"505", id="version"),
            pytest.param(
                b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n", b"431", id="many headers"
            ),
            pytest.param(b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414", id="long path"),
            pytest.param(
                b"GET / HTTP/1.1\r\nA: " + b"a" * 70_000 + b"\r\n\r\n", b"431", id="long header"
            ),
            pytest.param(post(b"Content-Length: -1"), b"411", id="negative length"),
            pytest.param(post(b"Content-Length: x"), b"411", id="no length"),
            pytest.param(post(b"Transfer-Encoding: chunked"), b"411", id="chunked"),
            pytest.param(post(b"Content-Length: %d" % (BODY_MAX_BYTES + 1)), b"413", id="too long"),
            pytest.param(post(b"Content-Length: " + b"9" * 5_000), b"413", id="far too long"),
            pytest.param(post(b"Content-Length: 10") + b"short", b"", id="short body"),
            pytest.param(
                b"GET /%ff%00%zz?%=%&=+ HTTP/1.1\r\nAuthorization: \xff\xfe\r\n\r\n",
                b"400",
                id="not text",
            ),
        ],
    )
    def test_end_in_an_error_answer_or_a_closed_connection(
        self, aws: Aws, data: bytes, status: bytes
    ) -> None:
        answer = exchange(aws, data)
        assert (answer.split(b" ")[1] if status else answer) == status
        assert b"zz" not in answer

    def test_a_good_request_changed_at_random_never_hurts(self, aws: Aws) -> None:
        """Change, drop, repeat and insert bytes of a signed request; a fixed seed, 400 rounds."""
        chance = random.Random(20261121)
        good = signed_bytes(aws)
        assert b"200" in exchange(aws, good).split(b"\r\n")[0]
        for _ in range(400):
            bad = bytearray(good)
            for _ in range(chance.randint(1, 6)):
                at = chance.randrange(len(bad))
                end = at + chance.randint(0, 20)
                noise = chance.randbytes(chance.randint(0, 12))
                bad[at:end] = chance.choice([noise, b"", bytes(bad[at:end]) * 3, b"\r\n", b"%"])
            answer = exchange(aws, bytes(bad))
            assert answer == b"" or answer.startswith(b"HTTP/1.")
            assert b"Traceback" not in answer
            assert b" 500 " not in answer.split(b"\r\n")[0]
        aws.plane.settle()
        assert aws.create()["status"] == "CREATING"

    def test_a_request_dealt_out_byte_by_byte_is_cut_off(
        self, aws: Aws, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("dsql_tui.local.control.protocol.endpoint.REQUEST_S", 0.2)
        tick = threading.Event()
        with socket.create_connection(("127.0.0.1", aws.wire.endpoint.port)) as connection:

            def deal_out() -> None:
                for byte in b"GET /" + b"a" * 1_000:
                    connection.sendall(bytes([byte]))
                    tick.wait(0.01)

            with pytest.raises(ConnectionError):
                deal_out()

    def test_a_connection_may_be_used_for_longer_than_one_request_may_take(
        self, aws: Aws, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("dsql_tui.local.control.protocol.endpoint.REQUEST_S", 0.2)
        port, tick = aws.wire.endpoint.port, threading.Event()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        with contextlib.closing(connection):
            connection.connect()
            held = connection.sock
            for _ in range(3):
                connection.request("GET", "/cluster")
                connection.getresponse().read()
                assert connection.sock is held
                tick.wait(0.15)

    def test_a_crowd_of_idle_connections_gives_way_and_known_clients_stay(self, aws: Aws) -> None:
        with contextlib.ExitStack() as stack:

            def connect() -> socket.socket:
                address = ("127.0.0.1", endpoint.port)
                return stack.enter_context(socket.create_connection(address, PATIENCE_S))

            def is_answered(connection: socket.socket) -> bool:
                connection.sendall(signed_bytes(aws))
                answer = http.client.HTTPResponse(connection)
                answer.begin()
                answer.read()
                return answer.status == 200

            endpoint = aws.plane.serve(connections_max=3)
            stack.callback(endpoint.close)
            known, refused = connect(), connect()
            assert is_answered(known)
            refused.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert refused.recv(12) == b"HTTP/1.1 403"
            crowd = [connect() for _ in range(20)]
            assert is_answered(connect())
            assert all(one.recv(1) == b"" for one in crowd[:-1])
            assert is_answered(known)
            assert all(is_answered(connect()) for _ in range(4))  # those that are idle longest go

    def test_a_request_that_is_being_answered_does_not_give_way(self) -> None:
        asked, may_answer = threading.Semaphore(0), threading.Event()

        def answer(_: HttpRequest) -> HttpResponse:
            asked.release()
            assert may_answer.wait(PATIENCE_S)
            return HttpResponse(200, b"", {})

        endpoint = HttpEndpoint(answer, connections_max=2)
        address = ("127.0.0.1", endpoint.port)
        with contextlib.closing(endpoint), contextlib.ExitStack() as stack:
            working = [
                stack.enter_context(socket.create_connection(address, PATIENCE_S)) for _ in range(2)
            ]
            for one in working:
                one.sendall(b"GET / HTTP/1.1\r\n\r\n")
                assert asked.acquire(timeout=PATIENCE_S)
            with socket.create_connection(address, PATIENCE_S) as extra:
                assert extra.recv(1) == b""
            may_answer.set()
            assert [one.recv(12) for one in working] == [b"HTTP/1.1 200"] * 2

    @pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ECONNABORTED])
    def test_accepting_connections_continues_after_an_error(
        self, number: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        accept, failures = ThreadingHTTPServer.get_request, [number] * 3

        def flaky(server: ThreadingHTTPServer) -> Any:
            if failures:
                raise OSError(failures.pop(), "injected")
            return accept(server)

        monkeypatch.setattr(ThreadingHTTPServer, "get_request", flaky)
        with contextlib.closing(HttpEndpoint(lambda _: HttpResponse(200, b"", {}))) as endpoint:
            address = ("127.0.0.1", endpoint.port)
            with socket.create_connection(address, PATIENCE_S) as client:
                client.sendall(b"GET / HTTP/1.1\r\n\r\n")
                assert client.recv(12) == b"HTTP/1.1 200"
        assert not failures

    def test_closed_connections_leave_no_thread_running(self, aws: Aws) -> None:
        before = threading.active_count()
        for _ in range(50):
            exchange(aws, b"GET / HTTP/1.1\r\n")
        tick = threading.Event()
        assert any(
            threading.active_count() <= before or tick.wait(0.01) for _ in range(PATIENCE_S * 100)
        )


def test_every_service_is_found_by_the_name_its_clients_sign_for(aws: Aws) -> None:
    names = {name: service_model(one.name).signing_name for name, one in aws.plane.services.items()}
    assert names == {name: name for name in ("dsql", "sts", "monitoring", "tagging")}


class TestTheEndpoint:
    def test_ends_every_connection_when_it_closes(self, aws: Aws) -> None:
        endpoint = aws.plane.serve()
        with socket.create_connection(("127.0.0.1", endpoint.port), PATIENCE_S) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 403"
            endpoint.close()
            while connection.recv(65_536):
                pass
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", endpoint.port), PATIENCE_S)

    def test_reports_that_a_port_is_in_use(self, aws: Aws) -> None:
        with pytest.raises(LocalError, match="Cannot listen") as refused:
            aws.plane.serve(aws.wire.endpoint.port)
        assert "--port" in refused.value.remedy

    def test_takes_the_port_it_is_given_and_gives_it_back(self, aws: Aws) -> None:
        first = aws.plane.serve()
        first.close()
        again = aws.plane.serve(first.port)
        again.close()
        assert again.url == first.url
