"""Which local DSQL is meant: every combination of what may name one, alive, dead or not there."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from threading import Thread

import pytest

from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem import data_folder
from dsql_tui.local.process import server
from dsql_tui.local.process.selection import SelectedBy, SelectedServer, select, select_by_aws
from dsql_tui.local.process.server import read_info
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.local.process.shell import DATA_VARIABLE

OPTION, ENVIRONMENT, EPHEMERAL, OWN = (
    *(SelectedBy.OPTION, SelectedBy.ENVIRONMENT),
    *(SelectedBy.EPHEMERAL, SelectedBy.OWN),
)
PORTS = {OPTION: 1, ENVIRONMENT: 2, EPHEMERAL: 3, OWN: 4}
ABSENT, DEAD, ALIVE = "absent", "dead", "alive"


class World:
    """A home folder, a shell's environment and the servers that run."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        patch.setenv("XDG_DATA_HOME", str(folder / "home"))
        self.environ = {"AWS_CONFIG_FILE": str(folder / "no-config")}
        self.folders = {
            OPTION: folder / "named",
            ENVIRONMENT: folder / "exported",
            EPHEMERAL: folder / "ephemeral",
            OWN: data_folder.default_data_dir(),
        }
        self.servers: dict[Path, ServerInfo] = {}

    def add(self, source: SelectedBy, state: str) -> None:
        """Put a data folder where a source names it; its server runs if it is alive."""
        folder = self.folders[source]
        if state == ABSENT:
            return
        os.close(data_folder.make(folder))
        if source is ENVIRONMENT:
            self.environ[DATA_VARIABLE] = str(folder)
        if source is EPHEMERAL:
            assert data_folder.remember_ephemeral(folder)
        info = info_of(folder, PORTS[source], ephemeral=source is EPHEMERAL)
        if state == ALIVE:
            self.servers[folder] = info
        elif source is EPHEMERAL:  # killed: its files are still there
            (folder / "server.json").write_text(info.to_json())

    def select(self, *, named: bool = False, renews: bool = False) -> SelectedServer:
        option = self.folders[OPTION] if named else None
        return select(option, self.environ, renews=renews, running=self.servers.get)

    def by_aws(self, profile: str | None = None) -> SelectedServer | None:
        return select_by_aws(profile, self.environ, running=self.servers.get)


def info_of(folder: Path, port: int, *, ephemeral: bool = False) -> ServerInfo:
    return ServerInfo(
        pid=1,
        data_dir=folder,
        api_url=f"http://127.0.0.1:{port}",
        gateway_port=port + 100,
        root_certificate=folder / "tls" / "ca.pem",
        config_file=folder / "aws-config",
        credentials_file=folder / "aws-credentials",
        aws_profile="dsql-local",
        regions=("us-east-1",),
        ephemeral=ephemeral,
        channel_port=1,
        channel_secret="",
        runtime_dir=folder,
    )


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


TABLE = [
    # which is meant ← --data, environment, ephemeral, own
    *((OPTION, states) for states in product((DEAD, ALIVE), repeat=4)),
    (ENVIRONMENT, (ABSENT, ALIVE, ALIVE, ALIVE)),
    (ENVIRONMENT, (ABSENT, ALIVE, ALIVE, DEAD)),
    (ENVIRONMENT, (ABSENT, ALIVE, DEAD, ALIVE)),
    (ENVIRONMENT, (ABSENT, ALIVE, DEAD, DEAD)),
    (ENVIRONMENT, (ABSENT, DEAD, ALIVE, ALIVE)),
    (ENVIRONMENT, (ABSENT, DEAD, ALIVE, DEAD)),
    (ENVIRONMENT, (ABSENT, DEAD, DEAD, ALIVE)),
    (ENVIRONMENT, (ABSENT, DEAD, DEAD, DEAD)),
    (EPHEMERAL, (ABSENT, ABSENT, ALIVE, ALIVE)),
    (EPHEMERAL, (ABSENT, ABSENT, ALIVE, DEAD)),
    (EPHEMERAL, (ABSENT, ABSENT, ALIVE, ABSENT)),
    (OWN, (ABSENT, ABSENT, DEAD, ALIVE)),
    (OWN, (ABSENT, ABSENT, DEAD, DEAD)),
    (OWN, (ABSENT, ABSENT, DEAD, ABSENT)),
    (OWN, (ABSENT, ABSENT, ABSENT, ALIVE)),
    (OWN, (ABSENT, ABSENT, ABSENT, DEAD)),
    (OWN, (ABSENT, ABSENT, ABSENT, ABSENT)),
]


@pytest.mark.parametrize("renews", [False, True])
@pytest.mark.parametrize(("meant", "states"), TABLE)
def test_the_rule_in_every_combination(
    world: World, meant: SelectedBy, states: tuple[str, ...], renews: bool
) -> None:
    for source, state in zip((OPTION, ENVIRONMENT, EPHEMERAL, OWN), states, strict=True):
        world.add(source, state)
    chosen = world.select(named=states[0] != ABSENT, renews=renews)
    assert (chosen.source, chosen.folder) == (meant, world.folders[meant])
    assert chosen.info == world.servers.get(chosen.folder)
    assert str(chosen.folder) in str(chosen)


def forget(world: World) -> None:
    """Set up the environment of an ephemeral server that has ended, with its data."""
    world.environ[DATA_VARIABLE] = str(world.folders[ENVIRONMENT])


def forget_killed(world: World) -> None:
    """Set up an ephemeral server that was killed before it could delete its data."""
    world.add(ENVIRONMENT, DEAD)
    folder = world.folders[ENVIRONMENT]
    (folder / "server.json").write_text(info_of(folder, 2, ephemeral=True).to_json())


@pytest.mark.parametrize("end", [forget, forget_killed])
@pytest.mark.parametrize("latest", [DEAD, ALIVE])
def test_an_environment_whose_server_is_gone_is_never_another_server(
    world: World, end: Callable[[World], None], latest: str
) -> None:
    world.add(OWN, ALIVE)
    world.add(EPHEMERAL, latest)
    end(world)
    chosen = world.select()
    assert (chosen.source, chosen.is_gone) == (ENVIRONMENT, True)
    for use in (chosen.attach, chosen.start):
        with pytest.raises(LocalError, match="which has ended") as caught:
            use()
        assert str(world.folders[ENVIRONMENT]) in caught.value.message
        assert caught.value.remedy == (
            'Run eval "$(dsql-tui local env)" again, or unset the environment: '
            'eval "$(dsql-tui local env --unset)"'
        )
    # `local env`, the remedy, finds what is meant without that environment.
    assert world.select(renews=True).source is (EPHEMERAL if latest == ALIVE else OWN)


@pytest.mark.parametrize("source", [ENVIRONMENT, EPHEMERAL])
def test_a_server_that_does_not_answer_is_still_the_one_that_is_meant(
    world: World, source: SelectedBy
) -> None:
    world.add(OWN, ALIVE)
    world.add(source, DEAD)
    if source is ENVIRONMENT:
        forget_killed(world)
    held = data_folder.hold(world.folders[source])
    assert held is not None
    for renews in (False, True):
        chosen = world.select(renews=renews)
        assert (chosen.source, chosen.info) == (source, None)
        with pytest.raises(LocalError, match="does not answer") as caught:
            chosen.attach()
        assert str(world.folders[source]) in caught.value.message
        if source is EPHEMERAL:
            with pytest.raises(LocalError, match="does not answer"):
                chosen.start()
    os.close(held)


def test_an_environment_that_names_the_users_own_folder_outlives_its_files(world: World) -> None:
    world.environ[DATA_VARIABLE] = str(world.folders[OWN])
    assert not world.select().is_gone


def test_a_selection_that_does_not_run_names_its_folder_in_the_remedy(world: World) -> None:
    world.add(ENVIRONMENT, DEAD)
    for named in (False, True):
        chosen = world.select(named=named)
        with pytest.raises(LocalError, match="is not running") as caught:
            chosen.attach()
        assert f"dsql-tui local start --data {chosen.folder}" in caught.value.remedy


def test_an_ephemeral_server_that_has_ended_since_is_not_started_as_a_lasting_one(
    world: World,
) -> None:
    world.add(EPHEMERAL, ALIVE)
    with pytest.raises(LocalError, match="is not running"):
        world.select().start()
    assert not (world.folders[EPHEMERAL] / "server.log").exists()


# --- without --local -----------------------------------------------------------------------------


def profile_in(world: World, name: str, folder: Path) -> None:
    """Let the AWS config have a profile of the server of a data folder."""
    config = Path(world.environ["AWS_CONFIG_FILE"])
    section = name if name == "default" else f"profile {name}"
    with config.open("a") as file:
        file.write(f"[{section}]\ndsql_tui_local_data = {folder}\n")


def test_without_an_endpoint_and_a_profile_it_is_aws(world: World) -> None:
    world.add(OWN, ALIVE)
    world.add(EPHEMERAL, ALIVE)
    world.add(ENVIRONMENT, ALIVE)  # the shell has unset what leads there
    assert world.by_aws() is None
    assert world.by_aws("prod") is None


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DSQL"])
@pytest.mark.parametrize("source", [ENVIRONMENT, EPHEMERAL, OWN])
def test_an_endpoint_of_a_server_is_that_server(
    world: World, source: SelectedBy, variable: str
) -> None:
    for one in (ENVIRONMENT, EPHEMERAL, OWN):
        world.add(one, ALIVE)
    world.environ[variable] = f"http://127.0.0.1:{PORTS[source]}"
    for profile in (None, "theirs"):
        chosen = world.by_aws(profile)
        assert chosen is not None
        assert chosen.folder == world.folders[source]
    world.environ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "TRUE"
    assert world.by_aws() is None


def test_the_endpoint_of_one_service_beats_that_of_all(world: World) -> None:
    world.add(ENVIRONMENT, ALIVE)
    world.environ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:2"
    world.environ["AWS_ENDPOINT_URL_DSQL"] = "https://dsql.example"
    assert world.by_aws() is None


def test_somebody_elses_endpoint_is_left_alone(world: World) -> None:
    world.add(ENVIRONMENT, DEAD)
    world.environ["AWS_ENDPOINT_URL"] = "https://vpce-1.dsql.us-east-1.on.aws"
    assert world.by_aws() is None
    del world.environ[DATA_VARIABLE]
    world.environ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:4566"
    assert world.by_aws() is None


@pytest.mark.parametrize("now", [DEAD, ALIVE])
def test_an_endpoint_that_is_out_of_date_is_one_sentence(world: World, now: str) -> None:
    world.add(ENVIRONMENT, now)
    world.environ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9999"
    with pytest.raises(LocalError, match=str(world.folders[ENVIRONMENT])) as caught:
        world.by_aws()
    assert 'eval "$(dsql-tui local env)" again' in caught.value.remedy
    restart = f"dsql-tui local start --data {world.folders[ENVIRONMENT]}"
    assert (restart in caught.value.remedy) is (now == DEAD)


def test_a_profile_named_on_purpose_beats_the_environment(world: World) -> None:
    world.add(ENVIRONMENT, ALIVE)
    world.add(OWN, ALIVE)
    world.environ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:2"
    world.environ["AWS_PROFILE"] = "b"
    profile_in(world, "b", world.folders[OWN])
    named, ambient = world.by_aws("b"), world.by_aws()
    assert named is not None
    assert ambient is not None
    assert (named.source, named.folder) == (SelectedBy.PROFILE, world.folders[OWN])
    assert (ambient.source, ambient.folder) == (ENVIRONMENT, world.folders[ENVIRONMENT])


@pytest.mark.parametrize(
    ("variables", "profile"),
    [
        ({}, "default"),
        ({"AWS_PROFILE": "b"}, "b"),
        ({"AWS_DEFAULT_PROFILE": "b", "AWS_PROFILE": "c"}, "b"),
    ],
)
def test_a_profile_that_aws_would_use_leads_there_too(
    world: World, variables: dict[str, str], profile: str
) -> None:
    world.add(OWN, DEAD)
    profile_in(world, profile, world.folders[OWN])
    world.environ |= variables
    chosen = world.by_aws()
    assert chosen is not None
    assert chosen == SelectedServer(world.folders[OWN], SelectedBy.PROFILE, None)
    assert world.by_aws("another") is None


def test_a_config_file_that_cannot_be_parsed_is_left_to_boto3(world: World) -> None:
    Path(world.environ["AWS_CONFIG_FILE"]).write_text("dsql_tui_local_data\n[")
    assert world.by_aws("b") is None


# --- the servers themselves ----------------------------------------------------------------------


def test_a_copy_of_a_data_folder_does_not_identify_the_server_of_the_original(
    tmp_path: Path,
) -> None:
    original, copy = tmp_path / "a", tmp_path / "b"
    for folder in (original, copy):
        folder.mkdir()
        (folder / "server.json").write_text(info_of(original, 1).to_json())
    assert read_info(original) == info_of(original, 1)
    assert read_info(copy) is None
    (copy / "server.json").write_text(info_of(tmp_path / "gone", 1).to_json())
    assert read_info(copy) is None


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"7\n"])
def test_another_listener_on_the_port_of_a_killed_server_is_not_mistaken_for_it(
    tmp_path: Path, answer: bytes
) -> None:
    def listen() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1024)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        info = replace(info_of(tmp_path, 1), channel_port=listener.getsockname()[1])
        (tmp_path / "server.json").write_text(info.to_json())
        for ask in (server.running, server.attach):
            stranger = Thread(target=listen)
            stranger.start()
            assert ask(tmp_path) is None
            stranger.join()
