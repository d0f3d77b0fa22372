"""The database endpoints: TLS, routing by SNI, token and role checks, then a `ClientSession`.

One loopback port serves every cluster of every Region, and another one does so by WebSocket. A
connection is refused with DSQL's own errors, and every connection that DSQL refuses is refused.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Protocol
from weakref import WeakKeyDictionary

from dsql_tui.errors import LocalError
from dsql_tui.local.control.state import AccountState, ClusterRecord
from dsql_tui.local.faults import Conditions
from dsql_tui.local.filesystem.descriptors import Shares
from dsql_tui.local.gateway import tls
from dsql_tui.local.gateway.admission import Admission
from dsql_tui.local.gateway.clients import Client, accepted, exactly, readable, shake_hands
from dsql_tui.local.gateway.database_registry import DatabaseRegistry
from dsql_tui.local.gateway.session import ClientSession
from dsql_tui.local.gateway.slots import Slot, Slots
from dsql_tui.local.gateway.startup import Refused, StartupRequest
from dsql_tui.local.iam import policy
from dsql_tui.local.iam.identity import Caller, KeyRing, TokenRejected
from dsql_tui.local.metering.counters import Counters
from dsql_tui.local.metering.meter import Meter
from dsql_tui.local.postgres.databases import Databases
from dsql_tui.local.protocol import answers, wire
from dsql_tui.local.protocol.backend import Backend, BackendRefused, literal
from dsql_tui.local.protocol.stream import ByteStream
from dsql_tui.local.protocol.websocket_stream import WebSocketStream
from dsql_tui.local.protocol.wire import CancelKey, ProtocolViolation, Startup

DATABASE = "postgres"
ADMIN = "admin"
AUTHENTICATION_TIMEOUT_S = 60.0
"""Time from the accept until the session is open: PostgreSQL's `authentication_timeout`."""
TOKEN_MAX_BYTES = 64 * 1024
_TLS_HANDSHAKE = b"\x16"
_PACKET_HEAD = 8


Greet = Callable[[socket.socket], Awaitable[Client | None]]
"""Establishes TLS on an accepted connection; `None` if there is nothing to serve."""


class Cancellable(Protocol):
    """A session that a CancelRequest can cancel."""

    async def cancel(self) -> None:
        """Cancel the running statement."""
        ...


class Gateway:
    """Listens on the loopback interface and serves every cluster of `state`.

    Args:
        state: The clusters to route to.
        keyring: Verifies tokens.
        databases: Opens connections to their databases.
        context: TLS context of the server's certificate.
        counters: Count connects, sessions and their transactions.
        shares: How many connections may be open at once.
    """

    def __init__(
        self,
        state: AccountState,
        keyring: KeyRing,
        databases: Databases,
        context: ssl.SSLContext,
        counters: Counters,
        shares: Shares,
    ) -> None:
        self._counters = counters
        self._slots = Slots(shares.unauthenticated, shares.sessions)
        self._registry = DatabaseRegistry(databases)
        self._admission = Admission(counters.open_sessions)
        self._state = state
        self._keyring = keyring
        self._databases = databases
        self._context = context
        self._names: WeakKeyDictionary[ssl.SSLSocket, str] = WeakKeyDictionary()
        context.sni_callback = self._remember_name
        self._sessions: dict[CancelKey, Cancellable] = {}
        self._regions: dict[asyncio.Task[None], str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def _remember_name(
        self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext
    ) -> None:
        if name and isinstance(connection, ssl.SSLSocket):
            self._names[connection] = name.lower()  # DNS names are not case-sensitive

    @property
    def conditions(self) -> Conditions:
        """The current conditions of the server."""
        return self._registry.conditions

    def change(self, conditions: Conditions) -> None:
        """Set new conditions; end the sessions of a Region that goes down."""
        if conditions.waking_up and not self.conditions.waking_up:
            self._admission.put_to_sleep()
        self._registry.conditions = conditions
        for task, region in self._regions.items():
            if region in conditions.regions_down:
                task.cancel()

    async def serve(self, listener: socket.socket, websockets: socket.socket) -> None:
        """Accept connections until cancelled; then end every session.

        Args:
            listener: For PostgreSQL's protocol over TLS.
            websockets: For PostgreSQL's protocol in a WebSocket over TLS.
        """
        try:
            async with asyncio.TaskGroup() as listening:
                listening.create_task(self._accept(listener, self._greet))
                listening.create_task(self._accept(websockets, self._greet_websocket))
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._registry.close()

    async def _accept(self, listener: socket.socket, greet: Greet) -> None:
        """Accept connections until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                connection = await accepted(listener, self._slots.cut_oldest)
                slot = Slot(connection.close)
                task = loop.create_task(self._serve_connection(connection, slot, greet))
                slot.cut = task.cancel
                self._slots.take(slot)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        finally:
            listener.close()

    async def _serve_connection(self, connection: socket.socket, slot: Slot, greet: Greet) -> None:
        ends_at_s = asyncio.get_running_loop().time() + AUTHENTICATION_TIMEOUT_S
        client = None
        try:
            with suppress(OSError, EOFError, TimeoutError, ProtocolViolation):
                async with asyncio.timeout_at(ends_at_s):
                    client = await greet(connection)
        finally:
            if client is None:
                connection.close()
                self._slots.give_back(slot)
        if client is None:
            return
        slot.cut = client.stream.abort
        client.stream.when_closed(partial(self._slots.give_back, slot))
        try:
            with suppress(OSError, EOFError):
                await self._serve_client(client, slot, ends_at_s)
        finally:
            client.stream.close()

    async def _greet(self, connection: socket.socket) -> Client | None:
        """Establish TLS, directly or after an SSLRequest; `None` if the client requests no TLS."""
        _prepare(connection)
        await readable(connection)
        direct = connection.recv(1, socket.MSG_PEEK) == _TLS_HANDSHAKE
        if not direct and not await self._ask_for_tls(connection):
            return None
        client = await self._encrypt(connection)
        if direct and client.alpn != tls.ALPN:
            client.stream.abort()
            return None
        return client

    async def _greet_websocket(self, connection: socket.socket) -> Client | None:
        """Establish TLS; the client's upgrade request is answered by the stream.

        `None` for a cluster in a Region that is down, where nothing answers the request.
        """
        _prepare(connection)
        client = await self._encrypt(connection, WebSocketStream)
        cluster = self._state.cluster(client.server_name.partition(".")[0])
        if cluster is not None and cluster.region in self.conditions.regions_down:
            client.stream.abort()
            return None
        return client

    async def _encrypt(
        self, connection: socket.socket, stream: type[ByteStream] = ByteStream
    ) -> Client:
        """Perform the TLS handshake; the returned client owns the connection.

        Raises:
            OSError: The handshake failed.
        """
        encrypted = self._context.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False
        )
        try:
            await shake_hands(encrypted)
        except BaseException:
            encrypted.close()
            raise
        name, alpn = self._names.get(encrypted, ""), encrypted.selected_alpn_protocol() or ""
        cipher = encrypted.cipher()
        spoken = f"{cipher[1]} {cipher[0]} {cipher[2]}" if cipher else ""
        return Client(stream(encrypted), name, alpn, spoken)

    async def _ask_for_tls(self, connection: socket.socket) -> bool:
        """Read unencrypted packets until an SSLRequest; return whether one came."""
        loop = asyncio.get_running_loop()
        while True:
            head = await exactly(connection, _PACKET_HEAD)
            length, code = struct.unpack("!ii", head)
            if not _PACKET_HEAD <= length <= wire.STARTUP_MAX_BYTES:
                return False
            rest = await exactly(connection, length - _PACKET_HEAD)
            if code == wire.SSL_REQUEST:
                await loop.sock_sendall(connection, b"S")
                return True
            if code == wire.GSSENC_REQUEST:
                await loop.sock_sendall(connection, b"N")
                continue
            if code == wire.CANCEL_REQUEST:
                await self._cancel(wire.read_startup(head[4:] + rest))
            else:
                await loop.sock_sendall(connection, answers.tls_required().encode())
            return False

    async def _cancel(self, request: Startup | CancelKey | int) -> None:
        if self.conditions.ignores_cancels:
            return
        if isinstance(request, CancelKey) and request in self._sessions:
            await self._sessions[request].cancel()

    async def _serve_client(self, client: Client, slot: Slot, ends_at_s: float) -> None:
        try:
            async with asyncio.timeout_at(ends_at_s):
                session = await self._open_session(client, slot)
        except TimeoutError:
            return
        except Refused as refused:
            client.stream.write(refused.answer.encode())
            await client.stream.drain()
            return
        except ProtocolViolation as violation:
            client.stream.write(answers.fatal("08P01", str(violation)).encode())
            return
        if session is None:
            return
        self._sessions[session.key] = session
        try:
            await session.run()
        finally:
            del self._sessions[session.key]

    async def _open_session(self, client: Client, slot: Slot) -> ClientSession | None:
        packet = await self._startup_packet(client.stream)
        request = wire.read_startup(packet)
        if not isinstance(request, Startup):
            await self._cancel(request)
            return None
        self._negotiate(client, request)
        startup_request = StartupRequest.read(request)
        cluster = self._route(client.server_name, startup_request)
        self._counters.connect_attempted(cluster.identifier, is_admin=startup_request.user == ADMIN)
        if cluster.region in self.conditions.regions_down:
            return None  # a Region that is down does not answer
        refusal = self._admission.refusal(cluster.identifier, self.conditions)
        if refusal is not None:
            raise Refused(refusal)
        caller = await self._authenticate(client, startup_request, cluster)
        if not self._slots.authenticate(slot):
            raise Refused(answers.TOO_MANY)
        if startup_request.database != DATABASE:
            raise Refused(answers.no_database(startup_request.database))
        startup_request.check_settings()
        backend = await self._connect(startup_request, cluster, caller, client.tls)
        key = CancelKey(secrets.randbelow(1 << 22) + 1, secrets.randbits(31))
        peered = bool(cluster.peer_arns)
        meter = Meter(self._counters, cluster.identifier, is_multi_region=peered)
        context = self._registry.context(
            cluster.database_id, cluster.region, is_multi_region=peered
        )
        session = ClientSession(client.stream, backend, key, meter, context)
        task = asyncio.current_task()
        if task is not None:
            client.stream.when_lost(task.cancel)
            self._regions[task] = cluster.region
            task.add_done_callback(lambda done: self._regions.pop(done, None))
        session.greet()
        return session

    async def _startup_packet(self, stream: ByteStream) -> bytes:
        (length,) = struct.unpack("!i", await stream.exactly(4))
        if not _PACKET_HEAD <= length <= wire.STARTUP_MAX_BYTES:
            raise ProtocolViolation("invalid length of startup packet")
        return await stream.exactly(length - 4)

    def _negotiate(self, client: Client, startup: Startup) -> None:
        unknown = [name for name in startup.parameters if name.startswith("_pq_.")]
        if startup.minor or unknown:
            client.stream.write(wire.negotiate_version(unknown))

    def _route(self, server_name: str, startup_request: StartupRequest) -> ClusterRecord:
        """Find the cluster by the first label of the SNI name, or by `amzn-cluster-id`."""
        by_name = self._state.cluster(server_name.partition(".")[0])
        cluster = by_name or self._state.cluster(startup_request.cluster)
        if cluster is None and not (server_name or startup_request.cluster):
            raise Refused(answers.NO_SNI)
        if cluster is None or not cluster.status.connectable:
            raise Refused(answers.access_denied("The cluster does not exist or is not active"))
        return cluster

    async def _authenticate(
        self, client: Client, startup_request: StartupRequest, cluster: ClusterRecord
    ) -> Caller:
        # A token is signed for the name that the client connects to.
        private = client.server_name == cluster.private_host
        client.stream.write(wire.authentication(3))
        password = await client.stream.message(TOKEN_MAX_BYTES)
        if password is None or password.type != b"p":
            raise ProtocolViolation("expected password response")
        token, _ = wire.cstring(password.body, 0, "strict")
        try:
            caller = self._keyring.verify_token(
                token,
                host=cluster.private_host if private else cluster.endpoint_host,
                region=cluster.region,
                user=startup_request.user,
                cluster_arn=cluster.arn,
                now=datetime.now(UTC),
            )
        except TokenRejected as rejected:
            raise Refused(answers.access_denied(rejected.hint)) from None
        action = "dsql:DbConnectAdmin" if startup_request.user == ADMIN else "dsql:DbConnect"
        denied = policy.denial(cluster.policy, policy.PolicyRequest(caller, action, cluster.arn))
        if denied:
            raise Refused(answers.access_denied(denied))
        return caller

    async def _connect(
        self, startup_request: StartupRequest, cluster: ClusterRecord, caller: Caller, tls: str
    ) -> Backend:
        """Open a database session as the role, if the caller is mapped to it."""
        parameters = {
            "user": startup_request.user,
            "database": DATABASE,
            "dsql.iam_arn": caller.arn,
            "dsql.tls": tls,
            "dsql.key_bytes": str(self.conditions.key_bytes),
            **startup_request.for_postgres(),
        }
        try:
            if startup_request.user != ADMIN:
                await self._check_mapping(startup_request.user, cluster, caller)
            return await self._databases.open(cluster.database_id, parameters)
        except BackendRefused as refused:
            raise Refused(answers.refused_start_up(refused.answer)) from None
        except LocalError as failed:
            raise Refused(answers.fatal("XX000", failed.message)) from None

    async def _check_mapping(self, user: str, cluster: ClusterRecord, caller: Caller) -> None:
        system = await self._databases.system(cluster.database_id)
        try:
            arns = literal(caller.principal_arn), literal(caller.arn)
            rows = await system.query(_MAPPED.format(literal(user), *arns))
        finally:
            system.close()
        (mapped, exists) = rows[0]
        if mapped != "t":
            denied = answers.access_denied(answers.NOT_AUTHORIZED.format(arn=caller.arn))
            if exists != "t":
                denied = replace(denied, sqlstate=self.conditions.unknown_role)
            raise Refused(denied)


def _prepare(connection: socket.socket) -> None:
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


_MAPPED = (
    "SELECT pg_dsql.is_mapped({0}, ARRAY[{1}, {2}]::pg_catalog.text[]),"
    " EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) {0})"
)
