"""The server process: databases, gateway, control plane and channel.

It writes one line to its standard output: its addresses when it is ready, or the reason why it
cannot start. It ends when its last lease is released, when it is stopped, or on SIGTERM, and stops
every process that it has started.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from dsql_tui.errors import LocalError
from dsql_tui.local.control.dsql.region_sets import REGIONS
from dsql_tui.local.control.plane import ControlPlane
from dsql_tui.local.control.protocol.endpoint import HttpEndpoint
from dsql_tui.local.control.state import AccountState
from dsql_tui.local.filesystem import data_folder, ownership
from dsql_tui.local.filesystem.data_folder import INFO_FILE, STATE_FILE
from dsql_tui.local.filesystem.descriptors import Shares, raise_limit
from dsql_tui.local.filesystem.folders import runtime_folder, stand_in, sweep_stand_ins
from dsql_tui.local.filesystem.private_files import write_private
from dsql_tui.local.gateway import tls
from dsql_tui.local.gateway.clients import listen
from dsql_tui.local.gateway.gateway import Gateway
from dsql_tui.local.iam.identity import KeyRing
from dsql_tui.local.metering.counters import Counters
from dsql_tui.local.metering.storage import StorageSampler
from dsql_tui.local.postgres.databases import Databases
from dsql_tui.local.process import samples
from dsql_tui.local.process.channel import Answer, Channel, Handler
from dsql_tui.local.process.preload import Preload
from dsql_tui.local.process.profiles import PROFILE, write_profiles
from dsql_tui.local.process.server import read_info
from dsql_tui.local.process.server_info import IAM_ROLES, ServerInfo

PORTS_TRIED = 100
"""How many ports after the requested one are tried if that is busy."""


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the server.

    Attributes:
        data_dir: Data folder, absolute.
        ephemeral: Delete the data folder at the end.
        port: The AWS endpoint's port; 0 selects a free one.
        regions: Regions to simulate.
    """

    data_dir: Path
    ephemeral: bool
    port: int
    regions: tuple[str, ...]


def run(options: Options, preload: Preload) -> int:
    """Serve until the end; return the exit status."""
    try:
        shares = Shares.of(raise_limit())
        # Locked until this process ends, when the kernel closes everything that it has opened.
        if data_folder.hold(options.data_dir) is None:
            _say(busy=str(options.data_dir))
            return 0
        _check_regions(options.regions)
        _make_room(options)
        with runtime_folder() as runtime:
            try:
                asyncio.run(_serve(options, preload, runtime, shares))
            finally:
                if options.ephemeral:
                    data_folder.remove(options.data_dir)
    except LocalError as error:
        _say(error=error.message, remedy=error.remedy)
        return 1
    return 0


def _say(**values: str) -> None:
    """Write the handshake line; the process that started us may have ended."""
    with suppress(OSError):
        sys.stdout.write(json.dumps(values) + "\n")
        sys.stdout.flush()


async def _serve(options: Options, preload: Preload, runtime: Path, shares: Shares) -> None:
    host = await asyncio.to_thread(Host, options, preload, runtime, shares)
    try:
        await host.serve()
    finally:
        await asyncio.to_thread(host.close)


class Host:
    """The components of a running server.

    Args:
        options: The options of the server.
        preload: Prepares PostgreSQL.
        runtime: Empty folder for sockets.
        shares: How many connections of each kind may be open.

    Raises:
        LocalError: A component cannot be created.
    """

    def __init__(self, options: Options, preload: Preload, runtime: Path, shares: Shares) -> None:
        self._options = options
        self._shares = shares
        folder = options.data_dir
        is_new = not (folder / STATE_FILE).exists()
        self.state = AccountState(folder / STATE_FILE)
        self.keyring = KeyRing(folder / "keys.json")
        self._authority = tls.authority(folder / "tls")
        context = tls.server_context(self._authority, options.regions)
        templates = preload.templates()
        self._runtime = runtime
        self.databases = Databases(templates, stand_in(folder / "databases"), runtime)
        if is_new:
            samples.create(self.state, self.databases, options.regions)
        counters = self._counters = Counters()
        self.gateway = Gateway(self.state, self.keyring, self.databases, context, counters, shares)
        self._storage_sampler = StorageSampler(
            lambda: [(one.identifier, one.database_id) for one in self.state.clusters()],
            counters,
            self.databases.size_bytes,
        )
        self._control = ControlPlane(
            self.state,
            self.keyring,
            self.databases,
            counters=counters,
            regions=options.regions,
            region_down=lambda region: region in self.gateway.conditions.regions_down,
        )
        self._ended = asyncio.Event()
        self._watch: asyncio.Task[bytes] | None = None

    async def serve(self) -> None:
        """Start listening, write the addresses, and serve until the last lease is released.

        The gateway ends by itself only because of a bug. The server then ends too, because a
        running process with a closed port would look usable and would not be.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._ended.set)
        port = self._options.port
        channel = Channel(self._requests(), self._ended.set, self._shares.channel)
        serve = partial(self._control.serve, connections_max=self._shares.http)
        endpoint = _first_free(port, serve)
        self._storage_sampler.start()
        try:
            listener = _first_free(port and port + 1, listen)
            websockets = _first_free(_port_after(listener) if port else 0, listen)
            gateway = asyncio.create_task(self.gateway.serve(listener, websockets))
            gateway.add_done_callback(lambda _: self._ended.set())
            async with channel.listening():
                await self._hold_while_parent_lives(channel)
                info = self._info(endpoint, listener, websockets, channel)
                write_private(self._options.data_dir / INFO_FILE, info.to_json())
                _say(ready="yes")
                await self._ended.wait()
            gateway.cancel()
            with suppress(asyncio.CancelledError):
                await gateway
        finally:
            endpoint.close()

    def close(self) -> None:
        """Stop all components."""
        with suppress(OSError):
            ownership.delete(self._options.data_dir / INFO_FILE)
        self._storage_sampler.close()
        self._control.settle()
        self.databases.stop()

    async def _hold_while_parent_lives(self, channel: Channel) -> None:
        """Hold a lease until standard input ends, which is when the starting process ends."""
        loop = asyncio.get_running_loop()
        parent = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(parent), sys.stdin)
        channel.hold_for_starter(parent)
        self._watch = loop.create_task(parent.read())
        self._watch.add_done_callback(lambda _: channel.let_go(parent))

    def _requests(self) -> Mapping[str, Handler]:
        return {"stop": self._stop, "set": self._set, "status": self._status}

    def _set(self, request: Mapping[str, Any]) -> Answer:
        changes, regions = request["conditions"], self._options.regions
        self.gateway.change(self.gateway.conditions.changed(changes, regions))
        return {"conditions": self.gateway.conditions.described()}

    async def _status(self, _: Mapping[str, Any]) -> Answer:
        regions = self._options.regions
        ids = {cluster.database_id for cluster in self.state.clusters()}
        asked = await asyncio.gather(*(self.databases.condition(one) for one in ids))
        conditions = dict(zip(ids, asked, strict=True))
        clusters = [
            {
                "name": cluster.name,
                "region": cluster.region,
                "status": cluster.status if cluster.region in regions else "not played",
                "endpoint": cluster.endpoint_host,
                "sessions": self._counters.open_sessions(cluster.identifier),
                "database": conditions[cluster.database_id],
            }
            for cluster in self.state.clusters()
        ]
        return {"clusters": clusters, "conditions": self.gateway.conditions.described()}

    def _stop(self, _: Mapping[str, Any]) -> Answer:
        self._ended.set()
        return {"leases": 0}

    def _info(
        self,
        endpoint: HttpEndpoint,
        listener: socket.socket,
        websockets: socket.socket,
        channel: Channel,
    ) -> ServerInfo:
        options = self._options
        files = write_profiles(
            options.data_dir,
            self.keyring,
            api_url=endpoint.url,
            region=options.regions[0],
            roles=tuple(IAM_ROLES.values()),
        )
        return ServerInfo(
            pid=os.getpid(),
            data_dir=options.data_dir,
            api_url=endpoint.url,
            gateway_port=_port_of(listener),
            root_certificate=self._authority.certificate_file,
            config_file=files.config_file,
            credentials_file=files.credentials_file,
            aws_profile=PROFILE,
            regions=options.regions,
            ephemeral=options.ephemeral,
            channel_port=channel.port,
            channel_secret=channel.secret,
            runtime_dir=self._runtime,
            websocket_port=_port_of(websockets),
        )


def _port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def _port_after(listener: socket.socket) -> int:
    """Return the port after a listener's; 0, which is any free port, after the last one."""
    return (_port_of(listener) + 1) % (1 << 16)


T = TypeVar("T")


def _first_free(port: int, listen: Callable[[int], T]) -> T:
    """Call `listen` with `port` or, if that is busy, with the next ones; 0 selects a free port.

    Raises:
        LocalError: All of these ports are busy.
    """
    candidates: Sequence[int] = range(port, min(port + PORTS_TRIED, 1 << 16)) if port else (0,)
    for candidate in candidates:
        try:
            return listen(candidate)
        except (OSError, LocalError):
            continue
    raise LocalError(
        f"No port from {port} on is free on 127.0.0.1.", remedy="Choose another one with --port."
    )


def _check_regions(regions: Sequence[str]) -> None:
    if unknown := [region for region in regions if region not in REGIONS]:
        raise LocalError(
            f"Aurora DSQL is not known to be offered in {', '.join(unknown)}.",
            remedy=f"It is offered in {', '.join(sorted(REGIONS))}.",
        )


def _make_room(options: Options) -> None:
    """Remove the files of earlier servers that were killed before they could remove them.

    Raises:
        LocalError: The server is ephemeral, and would delete data that another server has stored.
    """
    folder = options.data_dir
    if options.ephemeral and (folder / STATE_FILE).exists():
        earlier = read_info(folder)
        if earlier is None or not earlier.ephemeral:
            raise LocalError(
                f"{folder} contains local clusters, which an ephemeral server would delete.",
                remedy="Name another folder, or leave --ephemeral out.",
            )
        data_folder.clear(folder)
    sweep_stand_ins()
    data_folder.sweep_ephemeral(folder)
