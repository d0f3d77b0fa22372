"""What a connection is answered before it has a session: TLS, routing, tokens, roles, limits."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from dsql_tui.errors import LocalError
from dsql_tui.local.control.state import AccountState, ClusterRecord, StoredStatus
from dsql_tui.local.faults import Conditions
from dsql_tui.local.filesystem.descriptors import Shares
from dsql_tui.local.gateway import tls
from dsql_tui.local.gateway.clients import listen
from dsql_tui.local.gateway.gateway import Gateway
from dsql_tui.local.iam.identity import KeyRing
from dsql_tui.local.metering.counters import ClusterMetric, Counters
from dsql_tui.local.protocol import answers, wire
from dsql_tui.local.protocol.backend import Backend, BackendRefused
from dsql_tui.local.protocol.stream import ByteStream
from dsql_tui.local.protocol.wire import Message, ServerMessage
from tests.support.scripted_backend import Reply, ScriptedBackend

DEADLINE_S = 20.0
REGION = "us-east-1"
NAME, GONE = "a" * 26, "b" * 26
WEBSOCKET_REQUEST = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
SSL_REQUEST = (8).to_bytes(4) + wire.SSL_REQUEST.to_bytes(4)


class Databases:
    """Databases whose sessions are scripted.

    Attributes:
        opened: Start-up parameters of the sessions that were opened.
        mapped: What the database says of a role: is it mapped, and does it exist.
        fails: What opening a session raises, or `None`.
    """

    def __init__(self) -> None:
        self.opened: list[dict[str, str]] = []
        self.mapped = ("t", "t")
        self.fails: Exception | None = None
        self.serving: list[asyncio.Task[None]] = []
        self.streams: list[ByteStream] = []

    async def open(self, database_id: str, parameters: dict[str, str]) -> Backend:
        if self.fails is not None:
            raise self.fails
        assert database_id == NAME
        self.opened.append(parameters)
        return self._connected()

    async def system(self, database_id: str) -> Backend:
        return self._connected()

    def _connected(self) -> Backend:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
        stream = ByteStream(theirs)
        database = ScriptedBackend(stream)
        database.answer("SELECT pg_dsql.is_mapped", Reply([self.mapped]))
        self.serving.append(asyncio.create_task(database.serve()))
        self.streams += [stream, backend_stream := ByteStream(ours)]
        return Backend(backend_stream, Path("nowhere"))


@dataclass
class Client:
    """A connection to the gateway."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def message(self) -> Message | None:
        """Return the next message, `None` when the gateway has closed the connection."""
        try:
            kind, length = wire.header(await self.reader.readexactly(wire.HEADER_BYTES))
            return Message(kind, await self.reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def refusal(self) -> ServerMessage:
        """Return the error that ends the start-up."""
        while (message := await self.message()) is not None:
            if message.type == b"E":
                assert await self.message() is None
                return ServerMessage.parse(message.body)
        raise AssertionError("the connection was closed without an error")


class Bench:
    """A gateway with one cluster, and clients of it.

    Attributes:
        state, keyring, databases, counters, gateway: As the gateway was given them.
    """

    def __init__(self, context: ssl.SSLContext, sessions_max: int) -> None:
        self.state, self.keyring, self.databases = AccountState(), KeyRing(), Databases()
        self.counters = Counters()
        self.cluster = ClusterRecord(NAME, REGION, NAME, StoredStatus.ACTIVE, datetime.now(UTC))
        self.state.save(self.cluster)
        shares = Shares(unauthenticated=4, sessions=sessions_max, http=1, channel=1)
        databases, state, keyring = self.databases, self.state, self.keyring
        self.gateway = Gateway(state, keyring, databases, context, self.counters, shares)  # type: ignore[arg-type]
        self.listener, self.websockets = listen(0), listen(0)
        self.clients: list[Client] = []

    async def connect(self) -> Client:
        port = self.listener.getsockname()[1]
        client = Client(*await asyncio.open_connection("127.0.0.1", port))
        self.clients.append(client)
        return client

    async def encrypted(self, name: str | None = "") -> Client:
        """Connect with TLS; `name` is the SNI name, by default the cluster's."""
        client = await self.connect()
        client.writer.write(SSL_REQUEST)
        assert await client.reader.readexactly(1) == b"S"
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        host = self.cluster.endpoint_host if name == "" else name
        await client.writer.start_tls(context, server_hostname=host)
        return client

    def token(self, *, admin: bool = True, host: str = "") -> str:
        key = self.keyring.admin
        client = boto3.client(
            "dsql",
            region_name=REGION,
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret,
        )
        sign = (
            client.generate_db_connect_admin_auth_token
            if admin
            else client.generate_db_connect_auth_token
        )
        return str(sign(host or self.cluster.endpoint_host, REGION))

    async def started(
        self, *, name: str | None = "", user: str = "admin", database: str = "postgres"
    ) -> Client:
        """Connect and send the start-up packet."""
        client = await self.encrypted(name)
        client.writer.write(wire.startup({"user": user, "database": database}))
        return client

    async def logged_in(self, token: str, **startup: str) -> Client:
        """Connect, start up and send a token."""
        client = await self.started(**startup)
        message = await client.message()
        assert message == Message(b"R", (3).to_bytes(4))
        client.writer.write(Message(b"p", wire.zstring(token)).encode())
        return client


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    return tls.server_context(tls.authority(tmp_path_factory.mktemp("tls")), [REGION])


Run = Callable[..., None]


@pytest.fixture
def run(context: ssl.SSLContext) -> Run:
    """Yield a function that runs a test against a gateway."""

    def runs(test: Callable[[Bench], Awaitable[None]], sessions_max: int = 4) -> None:
        async def whole() -> None:
            bench = Bench(context, sessions_max)
            serving = asyncio.create_task(bench.gateway.serve(bench.listener, bench.websockets))
            try:
                async with asyncio.timeout(DEADLINE_S):
                    await test(bench)
            finally:
                for client in bench.clients:
                    client.writer.close()
                    with suppress(OSError, ssl.SSLError):
                        await client.writer.wait_closed()
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)
                for task in bench.databases.serving:
                    task.cancel()
                for stream in bench.databases.streams:
                    stream.abort()

        asyncio.run(whole())

    return runs


# --- TLS and start-up -----------------------------------------------------------------------------


def test_a_start_up_without_tls_is_refused(run: Run) -> None:
    async def test(bench: Bench) -> None:
        client = await bench.connect()
        client.writer.write(wire.startup({"user": "admin"}))
        refusal, expected = await client.refusal(), answers.tls_required()
        assert (refusal.sqlstate, refusal.message) == (expected.sqlstate, expected.message)

    run(test)


@pytest.mark.parametrize(
    "sent",
    [b"\0\0\0\x04\0\0\0\0", b"\x7f\xff\xff\xff\0\0\0\0", b"\x16\x03\x01\0\x05hello"],
    ids=["too short", "too long", "broken TLS"],
)
def test_what_is_no_start_up_is_dropped(run: Run, sent: bytes) -> None:
    async def test(bench: Bench) -> None:
        client = await bench.connect()
        client.writer.write(sent)
        with suppress(ConnectionError):
            assert b"S" not in await client.reader.read()

    run(test)


def test_gss_encryption_is_declined_and_tls_accepted_after_it(run: Run) -> None:
    async def test(bench: Bench) -> None:
        client = await bench.connect()
        client.writer.write((8).to_bytes(4) + wire.GSSENC_REQUEST.to_bytes(4) + SSL_REQUEST)
        assert await client.reader.readexactly(2) == b"NS"

    run(test)


def test_a_start_up_packet_of_the_wrong_length_is_a_protocol_violation(run: Run) -> None:
    async def test(bench: Bench) -> None:
        client = await bench.encrypted()
        client.writer.write((1 << 30).to_bytes(4))
        assert (await client.refusal()).sqlstate == "08P01"

    run(test)


# --- routing --------------------------------------------------------------------------------------


def test_an_unknown_cluster_is_refused_as_an_unknown_one(run: Run) -> None:
    async def test(bench: Bench) -> None:
        client = await bench.started(name=f"{GONE}.dsql.{REGION}.on.aws")
        refusal = await client.refusal()
        assert refusal.hint == "The cluster does not exist or is not active"

    run(test)


def test_a_cluster_that_is_not_active_is_refused(run: Run) -> None:
    async def test(bench: Bench) -> None:
        bench.state.save(replace(bench.cluster, status=StoredStatus.DELETING))
        refusal = await (await bench.started()).refusal()
        assert refusal.hint == "The cluster does not exist or is not active"

    run(test)


def test_a_client_without_a_name_and_without_the_option_is_refused(run: Run) -> None:
    async def test(bench: Bench) -> None:
        refusal = await (await bench.started(name=None)).refusal()
        assert refusal.message == answers.NO_SNI.message

    run(test)


def test_a_region_that_is_down_answers_nothing(run: Run) -> None:
    async def test(bench: Bench) -> None:
        bench.gateway.change(Conditions(regions_down=frozenset({REGION})))
        assert await (await bench.started()).message() is None

    run(test)


@pytest.mark.parametrize("down", [frozenset(), frozenset({REGION})])
def test_a_websocket_is_opened_unless_its_region_is_down(run: Run, down: frozenset[str]) -> None:
    async def test(bench: Bench) -> None:
        bench.gateway.change(Conditions(regions_down=down))
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        client = Client(
            *await asyncio.open_connection(
                *bench.websockets.getsockname(),
                ssl=context,
                server_hostname=bench.cluster.endpoint_host,
            )
        )
        bench.clients.append(client)
        client.writer.write(WEBSOCKET_REQUEST)
        answer = b""
        with suppress(ConnectionError):
            answer = await client.reader.readline()
        assert answer == (b"" if down else b"HTTP/1.1 101 Switching Protocols\r\n")

    run(test)


# --- tokens and roles -----------------------------------------------------------------------------


def test_a_session_is_opened_for_the_admin_with_a_token(run: Run) -> None:
    async def test(bench: Bench) -> None:
        client = await bench.logged_in(bench.token())
        kinds = b""
        while not kinds.endswith(b"Z"):
            message = await client.message()
            assert message is not None
            kinds += message.type
        assert kinds.startswith(b"R")
        assert kinds.endswith(b"KZ")
        client.writer.write(wire.query("SELECT 1"))
        answered = [await client.message(), await client.message()]
        assert [one.type for one in answered if one is not None] == [b"C", b"Z"]
        (parameters,) = bench.databases.opened
        assert (parameters["user"], parameters["database"]) == ("admin", "postgres")
        assert parameters["dsql.iam_arn"].endswith(":user/local")
        assert parameters["dsql.tls"].startswith("TLSv1.")
        assert bench.counters.open_sessions(NAME) == 1
        assert ClusterMetric.ADMIN_CONNECTS in bench.counters.metrics(NAME)

    run(test)


@pytest.mark.parametrize("make", ["nothing", "other host", "not admin"])
def test_a_token_for_something_else_is_refused_with_its_reason(run: Run, make: str) -> None:
    async def test(bench: Bench) -> None:
        tokens = {
            "nothing": "x",
            "other host": bench.token(host=f"{GONE}.dsql.{REGION}.on.aws"),
            "not admin": bench.token(admin=False),
        }
        refusal = await (await bench.logged_in(tokens[make])).refusal()
        assert refusal.message == answers.access_denied("").message
        assert refusal.hint
        assert bench.databases.opened == []

    run(test)


def test_anything_but_a_password_is_a_protocol_violation(run: Run) -> None:
    async def test(bench: Bench) -> None:
        client = await bench.started()
        await client.message()
        client.writer.write(wire.query("SELECT 1"))
        assert (await client.refusal()).sqlstate == "08P01"

    run(test)


@pytest.mark.parametrize(
    ("mapped", "sqlstate"),
    [(("t", "t"), None), (("f", "t"), answers.access_denied("").sqlstate), (("f", "f"), "28000")],
    ids=["mapped", "not mapped", "no such role"],
)
def test_another_role_needs_a_mapping(
    run: Run, mapped: tuple[str, str], sqlstate: str | None
) -> None:
    async def test(bench: Bench) -> None:
        bench.databases.mapped = mapped
        bench.gateway.change(Conditions(unknown_role="28000"))
        client = await bench.logged_in(bench.token(admin=False), user="reader")
        if sqlstate is None:
            message = await client.message()
            assert message == Message(b"R", bytes(4))
        else:
            refusal = await client.refusal()
            assert refusal.sqlstate == sqlstate
            assert bench.databases.opened == []

    run(test)


def test_a_policy_that_denies_the_caller_is_obeyed(run: Run) -> None:
    async def test(bench: Bench) -> None:
        policy = (
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*",'
            ' "Action": "dsql:DbConnectAdmin", "Resource": "*"}]}'
        )
        bench.state.save(replace(bench.cluster, policy=policy))
        refusal = await (await bench.logged_in(bench.token())).refusal()
        assert refusal.message == answers.access_denied("").message
        assert bench.databases.opened == []

    run(test)


def test_a_database_that_does_not_exist_is_refused_after_the_token(run: Run) -> None:
    async def test(bench: Bench) -> None:
        refusal = await (await bench.logged_in(bench.token(), database="shop")).refusal()
        assert refusal.message == answers.no_database("shop").message

    run(test)


@pytest.mark.parametrize(
    ("error", "sqlstate"),
    [
        (LocalError("PostgreSQL did not start."), "XX000"),
        (BackendRefused(answers.fatal("53300", "too many connections")), "53300"),
    ],
)
def test_a_database_that_cannot_be_opened_is_reported(
    run: Run, error: Exception, sqlstate: str
) -> None:
    async def test(bench: Bench) -> None:
        bench.databases.fails = error
        assert (await (await bench.logged_in(bench.token())).refusal()).sqlstate == sqlstate

    run(test)


# --- limits and ends ------------------------------------------------------------------------------


def test_one_session_more_than_there_is_room_for_is_refused(run: Run) -> None:
    async def test(bench: Bench) -> None:
        first = await bench.logged_in(bench.token())
        assert await first.message() == Message(b"R", bytes(4))
        refusal = await (await bench.logged_in(bench.token())).refusal()
        assert refusal == answers.TOO_MANY

    run(test, 1)


def test_connects_are_refused_as_the_conditions_say(run: Run) -> None:
    async def test(bench: Bench) -> None:
        bench.gateway.change(Conditions(refuse_connects=1.0))
        await (await bench.started()).refusal()
        assert bench.databases.opened == []

    run(test)


def test_a_region_that_goes_down_ends_its_sessions(run: Run) -> None:
    async def test(bench: Bench) -> None:
        client = await bench.logged_in(bench.token())
        while (message := await client.message()) is not None and message.type != b"Z":
            pass
        bench.gateway.change(Conditions(regions_down=frozenset({REGION})))
        refusal = await client.refusal()
        assert refusal.sqlstate == answers.SHUTTING_DOWN.sqlstate
        assert bench.counters.open_sessions(NAME) == 0

    run(test)


@pytest.mark.parametrize("is_known", [True, False])
def test_a_cancel_request_reaches_the_session_that_has_its_key(
    run: Run, monkeypatch: pytest.MonkeyPatch, *, is_known: bool
) -> None:
    async def test(bench: Bench) -> None:
        cancelled: list[Backend] = []

        async def cancel(backend: Backend) -> None:
            cancelled.append(backend)

        monkeypatch.setattr(Backend, "cancel", cancel)
        client = await bench.logged_in(bench.token())
        while (message := await client.message()) is not None and message.type != b"K":
            pass
        assert message is not None
        key = wire.read_backend_key(message.body)
        asking = await bench.connect()
        asking.writer.write(wire.cancel_request(key if is_known else replace(key, secret=0)))
        assert await asking.reader.read() == b"", "nothing is answered"
        assert len(cancelled) == is_known

    run(test)
