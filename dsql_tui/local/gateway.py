"""The data plane's door: TLS, routing by SNI, the token, the role; then a `Session` takes over.

One loopback port serves every cluster of every Region. A connection is told in DSQL's words why it
is refused; nothing is accepted that DSQL would refuse at connect.
"""

from __future__ import annotations

import asyncio
import secrets
import shlex
import socket
import ssl
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from weakref import WeakKeyDictionary

from dsql_tui.errors import LocalError
from dsql_tui.local import answers, policy, tls, wire
from dsql_tui.local.admission import Admission
from dsql_tui.local.backend import READ_BYTES, Backend, BackendRefused, literal
from dsql_tui.local.conditions import Conditions
from dsql_tui.local.counters import Counters
from dsql_tui.local.databases import Databases
from dsql_tui.local.identity import Caller, KeyRing, TokenRejected
from dsql_tui.local.meter import Meter
from dsql_tui.local.places import Places
from dsql_tui.local.session import Session
from dsql_tui.local.state import ClusterRecord, State
from dsql_tui.local.wire import CancelKey, ProtocolViolation, ServerMessage, Startup

DATABASE = "postgres"
ADMIN = "admin"
AUTHENTICATION_TIMEOUT_S = 60.0
"""PostgreSQL's own `authentication_timeout`."""
BACKLOG = 512
TOKEN_MAX_BYTES = 64 * 1024
_TLS_HANDSHAKE = b"\x16"
_PACKET_HEAD = 8
_CLUSTER_OPTION = "amzn-cluster-id"


class Refused(Exception):
    """The connection is refused with `answer`."""

    def __init__(self, answer: ServerMessage) -> None:
        super().__init__(answer.message)
        self.answer = answer


class Cancellable(Protocol):
    """A session that a CancelRequest can reach."""

    async def cancel(self) -> None:
        """Cancel what is running."""
        ...


@dataclass(frozen=True, slots=True)
class Opening:
    """What a client asks for in its start-up packet.

    Attributes:
        user: Database role.
        database: Database name.
        settings: Settings for the session, names in lower case.
        cluster: `amzn-cluster-id`, or empty.
    """

    user: str
    database: str
    settings: Mapping[str, str]
    cluster: str

    @classmethod
    def read(cls, startup: Startup) -> Opening:
        """Sort a start-up packet's parameters.

        Raises:
            Refused: It names no user, or its `options` are not `-c name=value`.
        """
        sent = dict(startup.parameters)
        user = sent.pop("user", "")
        if not user:
            raise Refused(
                answers.fatal("28000", "no PostgreSQL user name specified in startup packet")
            )
        database = sent.pop("database", user)
        settings = _options(sent.pop("options", ""))
        settings |= {name.lower(): value for name, value in sent.items() if name[:5] != "_pq_."}
        return cls(user, database, settings, settings.pop(_CLUSTER_OPTION, ""))

    def check_settings(self) -> None:
        """Refuse the settings that DSQL refuses.

        Raises:
            Refused: One is not allowed.
        """
        for name in self.settings:
            if name not in answers.SETTABLE:
                raise Refused(answers.fatal("0A000", answers.setting_refused(name)))


def _options(text: str) -> dict[str, str]:
    """Read `-c name=value`, `-cname=value` and `--name=value`, as PostgreSQL does."""
    settings: dict[str, str] = {}
    try:
        words = iter(shlex.split(text))
    except ValueError:
        words = iter([text])
    for word in words:
        setting = next(words, "") if word == "-c" else word.removeprefix("--").removeprefix("-c")
        name, equals, value = setting.partition("=")
        if not equals or word[:1] != "-":
            raise Refused(answers.fatal("42601", f"invalid command-line argument: {word}"))
        name = name.lower()
        settings[name if name == _CLUSTER_OPTION else name.replace("-", "_")] = value
    return settings


def listen(port: int) -> socket.socket:
    """Return a listening socket on the loopback; port 0 takes a free one.

    Raises:
        OSError: The port is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setblocking(False)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    listener.listen(BACKLOG)
    return listener


class Gateway:
    """Listens on the loopback and serves every cluster of `state`.

    Args:
        state: Clusters, to route by.
        keyring: Verifies tokens.
        databases: Opens connections to the databases behind.
        context: TLS context of the server's certificate.
        counters: Count connects, sessions and their transactions.
    """

    def __init__(
        self,
        state: State,
        keyring: KeyRing,
        databases: Databases,
        context: ssl.SSLContext,
        counters: Counters,
    ) -> None:
        self._counters = counters
        self._places = Places(databases)
        self._admission = Admission(counters.open_sessions)
        self._state = state
        self._keyring = keyring
        self._databases = databases
        self._context = context
        self._names: WeakKeyDictionary[ssl.SSLObject, str] = WeakKeyDictionary()
        context.sni_callback = self._remember_name
        self._sessions: dict[CancelKey, Cancellable] = {}
        self._regions: dict[asyncio.Task[None], str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def _remember_name(
        self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext
    ) -> None:
        if name and isinstance(connection, ssl.SSLObject):
            self._names[connection] = name

    @property
    def conditions(self) -> Conditions:
        """How the server behaves now."""
        return self._places.conditions

    def change(self, conditions: Conditions) -> None:
        """Behave differently from now on; a Region that goes down loses its sessions."""
        if conditions.waking_up and not self.conditions.waking_up:
            self._admission.put_to_sleep()
        self._places.conditions = conditions
        for task, region in self._regions.items():
            if region in conditions.regions_down:
                task.cancel()

    async def serve(self, listener: socket.socket) -> None:
        """Accept connections until cancelled; then end every session."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                connection, _ = await loop.sock_accept(listener)
                task = loop.create_task(self._serve_connection(connection))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        finally:
            listener.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._places.close()

    async def _serve_connection(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        direct = wanted = False
        with suppress(OSError, EOFError, TimeoutError, ProtocolViolation):
            async with asyncio.timeout(AUTHENTICATION_TIMEOUT_S):
                await _readable(connection)
                direct = connection.recv(1, socket.MSG_PEEK) == _TLS_HANDSHAKE
                wanted = direct or await self._ask_for_tls(connection)
        if not wanted:
            connection.close()
            return
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
            client = await self._encrypt(connection)
            try:
                if not direct or client.alpn == tls.ALPN:
                    await self._serve_client(client)
            finally:
                client.writer.close()

    async def _encrypt(self, connection: socket.socket) -> Client:
        """Bring up TLS; the connection belongs to the stream from here on."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=READ_BYTES)
        protocol = ClientProtocol(reader)
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol,
            connection,
            ssl=self._context,
            ssl_handshake_timeout=AUTHENTICATION_TIMEOUT_S,
        )
        encryption: ssl.SSLObject = transport.get_extra_info("ssl_object")
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        name, alpn = self._names.get(encryption, ""), encryption.selected_alpn_protocol()
        return Client(reader, writer, protocol, name, alpn or "")

    async def _ask_for_tls(self, connection: socket.socket) -> bool:
        """Read unencrypted packets until the client asks for TLS; whether it did."""
        loop = asyncio.get_running_loop()
        while True:
            head = await _exactly(connection, _PACKET_HEAD)
            length, code = struct.unpack("!ii", head)
            if not _PACKET_HEAD <= length <= wire.STARTUP_MAX_BYTES:
                return False
            rest = await _exactly(connection, length - _PACKET_HEAD)
            if code == wire.SSL_REQUEST:
                await loop.sock_sendall(connection, b"S")
                return True
            if code == wire.GSSENC_REQUEST:
                await loop.sock_sendall(connection, b"N")
                continue
            if code == wire.CANCEL_REQUEST:
                await self._cancel(wire.read_startup(head[4:] + rest))
            else:
                await loop.sock_sendall(connection, answers.TLS_REQUIRED.encode())
            return False

    async def _cancel(self, request: Startup | CancelKey | int) -> None:
        if isinstance(request, CancelKey) and request in self._sessions:
            await self._sessions[request].cancel()

    async def _serve_client(self, client: Client) -> None:
        try:
            async with asyncio.timeout(AUTHENTICATION_TIMEOUT_S):
                session = await self._open_session(client)
        except TimeoutError:
            return
        except Refused as refused:
            client.writer.write(refused.answer.encode())
            await client.writer.drain()
            return
        except ProtocolViolation as violation:
            client.writer.write(answers.fatal("08P01", str(violation)).encode())
            return
        if session is None:
            return
        self._sessions[session.key] = session
        try:
            await session.run()
        finally:
            del self._sessions[session.key]

    async def _open_session(self, client: Client) -> Session | None:
        packet = await self._startup_packet(client.reader)
        request = wire.read_startup(packet)
        if not isinstance(request, Startup):
            await self._cancel(request)
            return None
        self._negotiate(client, request)
        opening = Opening.read(request)
        cluster = self._route(client.server_name, opening)
        self._counters.connect_attempted(cluster.identifier, is_admin=opening.user == ADMIN)
        if cluster.region in self.conditions.regions_down:
            return None  # nobody is there to answer
        refusal = self._admission.refusal(cluster.identifier, self.conditions)
        if refusal is not None:
            raise Refused(refusal)
        caller = await self._authenticate(client, opening, cluster)
        if opening.database != DATABASE:
            raise Refused(answers.no_database(opening.database))
        opening.check_settings()
        backend = await self._connect(opening, cluster, caller)
        key = CancelKey(secrets.randbelow(1 << 22) + 1, secrets.randbits(31))
        peered = bool(cluster.peer_arns)
        meter = Meter(self._counters, cluster.identifier, is_multi_region=peered)
        setting = self._places.setting(cluster.database_id, cluster.region, is_multi_region=peered)
        session = Session(client.reader, client.writer, backend, key, meter, setting)
        task = asyncio.current_task()
        client.protocol.when_lost(task)
        if task is not None:
            self._regions[task] = cluster.region
            task.add_done_callback(lambda done: self._regions.pop(done, None))
        session.greet()
        return session

    async def _startup_packet(self, reader: asyncio.StreamReader) -> bytes:
        (length,) = struct.unpack("!i", await reader.readexactly(4))
        if not _PACKET_HEAD <= length <= wire.STARTUP_MAX_BYTES:
            raise ProtocolViolation("invalid length of startup packet")
        return await reader.readexactly(length - 4)

    def _negotiate(self, client: Client, startup: Startup) -> None:
        unknown = [name for name in startup.parameters if name.startswith("_pq_.")]
        if startup.minor or unknown:
            client.writer.write(wire.negotiate_version(0, unknown))

    def _route(self, server_name: str, opening: Opening) -> ClusterRecord:
        """Find the cluster by the first label of the SNI name, or by `amzn-cluster-id`."""
        by_name = self._state.cluster(server_name.partition(".")[0])
        cluster = by_name or self._state.cluster(opening.cluster)
        if cluster is None and not (server_name or opening.cluster):
            raise Refused(answers.NO_SNI)
        if cluster is None or not cluster.status.connectable:
            raise Refused(answers.access_denied("The cluster does not exist or is not active"))
        return cluster

    async def _authenticate(
        self, client: Client, opening: Opening, cluster: ClusterRecord
    ) -> Caller:
        client.writer.write(wire.authentication(3))
        kind, length = wire.header(await client.reader.readexactly(wire.HEADER_BYTES))
        if kind != b"p" or length > TOKEN_MAX_BYTES:
            raise ProtocolViolation("expected password response")
        token, _ = wire.cstring(await client.reader.readexactly(length), 0)
        try:
            caller = self._keyring.verify_token(
                token,
                host=cluster.endpoint_host,
                region=cluster.region,
                user=opening.user,
                now=datetime.now(UTC),
            )
        except TokenRejected as rejected:
            raise Refused(answers.access_denied(rejected.hint)) from None
        action = "dsql:DbConnectAdmin" if opening.user == ADMIN else "dsql:DbConnect"
        denied = policy.denial(cluster.policy, policy.Request(caller, action, cluster.arn))
        if denied:
            raise Refused(answers.access_denied(denied))
        return caller

    async def _connect(self, opening: Opening, cluster: ClusterRecord, caller: Caller) -> Backend:
        """Open the database as the role, if the caller may become it."""
        parameters = {"user": opening.user, "database": DATABASE, **_for_postgres(opening.settings)}
        try:
            if opening.user != ADMIN:
                await self._check_mapping(opening.user, cluster, caller)
            return await self._databases.open(cluster.database_id, parameters)
        except BackendRefused as refused:
            raise Refused(refused.answer.without_context()) from None
        except LocalError as failed:
            raise Refused(answers.fatal("XX000", failed.message)) from None

    async def _check_mapping(self, user: str, cluster: ClusterRecord, caller: Caller) -> None:
        system = await self._databases.system(cluster.database_id)
        try:
            arns = literal(caller.principal_arn), literal(caller.arn)
            found = await system.query(_MAPPED.format(literal(user), *arns))
        finally:
            system.close()
        if not found:
            hint = answers.NOT_AUTHORIZED.format(arn=caller.arn)
            raise Refused(answers.access_denied(hint))


_MAPPED = (
    "SELECT FROM sys.iam_pg_role_mappings m JOIN pg_catalog.pg_roles r ON r.oid = m.pg_role_oid"
    " WHERE r.rolcanlogin AND m.pg_role_name = {} AND m.arn IN ({}, {})"
)
_DSQL_ONLY = frozenset({"dsql.enable_batched_nestloop", "disable_sync_create_index"})


def _for_postgres(settings: Mapping[str, str]) -> dict[str, str]:
    """Leave out the settings that PostgreSQL does not have."""
    return {name: value for name, value in settings.items() if name not in _DSQL_ONLY}


class ClientProtocol(asyncio.StreamReaderProtocol):
    """A stream whose task is cancelled when the client is gone, even in the middle of a query."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        super().__init__(reader)
        self._lost = False
        self._task: asyncio.Task[None] | None = None

    def when_lost(self, task: asyncio.Task[None] | None) -> None:
        """Cancel `task` as soon as the connection is lost."""
        self._task = task
        if self._lost and task is not None:
            task.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass it on, and end the task that serves this client."""
        super().connection_lost(exc)
        self._lost = True
        if self._task is not None:
            self._task.cancel()


@dataclass(frozen=True, slots=True)
class Client:
    """An encrypted connection from outside.

    Attributes:
        reader: What the client sends.
        writer: What it is sent.
        protocol: Tells when it is gone.
        server_name: SNI name it asked for, or empty.
        alpn: Protocol agreed on, or empty.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    protocol: ClientProtocol
    server_name: str
    alpn: str


async def _readable(connection: socket.socket) -> None:
    """Wait until there is something to read, without reading it."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        with suppress(asyncio.InvalidStateError):
            ready.set_result(None)

    loop.add_reader(connection, wake)
    try:
        await ready
    finally:
        loop.remove_reader(connection)


async def _exactly(connection: socket.socket, count: int) -> bytes:
    """Read `count` bytes of a plain connection.

    Raises:
        EOFError: It ended before.
    """
    loop = asyncio.get_running_loop()
    parts = b""
    while len(parts) < count:
        part = await loop.sock_recv(connection, count - len(parts))
        if not part:
            raise EOFError
        parts += part
    return parts
