"""A restricted process uses what it was given; where the kernel cannot restrict, it starts all the
same."""

from __future__ import annotations

import errno
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from dsql_tui.local.postgres import binaries, sandbox
from dsql_tui.local.postgres.sandbox import (
    SandboxAccess,
    interpreter,
    landlock_version,
    start_restricted,
)

needs_landlock = pytest.mark.skipif(not landlock_version(), reason="this kernel has no Landlock")
CREATE, ADD, RESTRICT = 444, 445, 446


class FakeKernel:
    """Records the calls; refuses those in `refused`."""

    def __init__(self, version: int, refused: dict[int, int] | None = None) -> None:
        self.version = version
        self.refused = refused or {}
        self.called: list[int | str] = []
        self.handled = (0, 0, 0)
        self.rules: list[tuple[int, int]] = []

    def call(self, number: int, *arguments: object) -> int:
        self.called.append(number)
        if number in self.refused:
            raise OSError(self.refused[number], "refused")
        if number == CREATE and arguments[0] is None:
            return self.version
        if number == CREATE:
            self.handled = struct.unpack("=QQQ", arguments[0])  # type: ignore[arg-type]
            return os.open(os.devnull, os.O_RDONLY)
        if number == ADD:
            self.rules.append(struct.unpack("=Qi", arguments[2]))  # type: ignore[arg-type]
        return 0

    def forbid_new_privileges(self) -> None:
        self.called.append("forbid")


# --- where it is not possible ---------------------------------------------------------------------


@pytest.mark.parametrize("reason", [errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM])
def test_without_landlock_the_start_happens_unrestricted(reason: int) -> None:
    """An old kernel, one with Landlock switched off, a container that forbids the call."""
    kernel = FakeKernel(0, {CREATE: reason})
    assert landlock_version(kernel) == 0
    assert (
        start_restricted(SandboxAccess(read=(Path("/"),)), lambda: "started", kernel) == "started"
    )
    assert set(kernel.called) == {CREATE}


@pytest.mark.parametrize("refused", [ADD, RESTRICT])
def test_a_kernel_that_refuses_later_does_not_prevent_the_start(refused: int) -> None:
    kernel = FakeKernel(7, {refused: errno.E2BIG})
    before = len(os.listdir("/dev/fd"))  # noqa: PTH208
    assert (
        start_restricted(SandboxAccess(read=(Path("/"),)), lambda: "started", kernel) == "started"
    )
    assert len(os.listdir("/dev/fd")) == before  # noqa: PTH208


@pytest.mark.parametrize(("system", "machine"), [("darwin", "arm64"), ("linux", "mips64")])
def test_other_systems_and_other_numbers_are_not_called(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert sandbox.this_kernel() is None
    assert landlock_version() == 0
    assert start_restricted(SandboxAccess(), threading.get_ident) != threading.get_ident()


def test_without_an_access_nothing_is_restricted() -> None:
    kernel = FakeKernel(7)
    assert start_restricted(None, lambda: "started", kernel) == "started"
    assert not kernel.called


def test_what_the_start_raises_is_raised() -> None:
    def fail() -> None:
        raise FileNotFoundError(errno.ENOENT, "no such program")

    with pytest.raises(FileNotFoundError):
        start_restricted(SandboxAccess(), fail, FakeKernel(7))


@pytest.mark.parametrize(
    ("version", "rights", "tcp", "scopes"),
    [(1, 13, 0, 0), (2, 14, 0, 0), (3, 15, 0, 0), (4, 15, 3, 0), (5, 16, 3, 0), (6, 16, 3, 3),
     (99, 16, 3, 3)],
)  # fmt: skip
def test_each_version_is_asked_for_what_it_knows(
    tmp_path: Path, version: int, rights: int, tcp: int, scopes: int
) -> None:
    """Asking for more is refused by the kernel as a whole."""
    kernel = FakeKernel(version)
    file = tmp_path / "file"
    file.touch()
    access = SandboxAccess(run=(file,), read=(tmp_path, Path("/none")), write=(tmp_path, file))
    start_restricted(access, lambda: None, kernel)
    assert kernel.handled == ((1 << rights) - 1, tcp, scopes)
    granted = [rule for rule, _ in kernel.rules]
    assert len(granted) == 4
    assert all(rule and rule & ~kernel.handled[0] == 0 for rule in granted)
    assert kernel.called[-2:] == ["forbid", RESTRICT]  # in this order the kernel accepts it


# --- where it is ----------------------------------------------------------------------------------


def _mkfifo(folder: Path) -> None:
    os.mkfifo(folder / "fifo")


def _move(folder: Path) -> None:
    (folder / "moved").mkdir()
    (folder / "text").rename(folder / "moved" / "text")


ACTIONS: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "read": (lambda folder: (folder / "text").read_text(), {"read", "write"}),
    "list": (lambda folder: list(folder.iterdir()), {"read", "write"}),
    "change": (lambda folder: (folder / "text").write_text("new"), {"write"}),
    "make": (lambda folder: (folder / "made").touch(), {"write"}),
    "make a folder": (lambda folder: (folder / "made").mkdir(), {"write"}),
    "delete": (lambda folder: (folder / "text").unlink(), {"write"}),
    "delete a folder": (lambda folder: (folder / "empty").rmdir(), {"write"}),
    "link": (lambda folder: (folder / "link").symlink_to("/etc/passwd"), set()),
    "make a FIFO": (_mkfifo, set()),
    "run": (lambda folder: subprocess.run([folder / "program"], check=True), set()),
}


@needs_landlock
@pytest.mark.parametrize("kind", ["read", "write", ""])
@pytest.mark.parametrize("action", ACTIONS)
def test_only_what_was_given_is_possible(tmp_path: Path, action: str, kind: str) -> None:
    folder = tmp_path / "folder"
    (folder / "empty").mkdir(parents=True)
    (folder / "text").write_text("text")
    program = folder / "program"
    program.write_bytes(Path("/bin/true").read_bytes())
    program.chmod(0o700)
    act, allowing = ACTIONS[action]
    system = (Path("/lib"), Path("/lib64"), Path("/usr/lib"), Path("/dev/null"))
    given = {"read": (folder,)} if kind == "read" else {"write": (folder,)} if kind else {}
    loader = interpreter(Path("/bin/true"))
    access = SandboxAccess(
        run=(loader,) if loader else (),
        read=(*system, *given.get("read", ())),
        write=given.get("write", ()),
    )
    if kind in allowing:
        start_restricted(access, lambda: act(folder))
    else:
        with pytest.raises(PermissionError):
            start_restricted(access, lambda: act(folder))
    act(folder) if action not in {"delete", "make a folder", "delete a folder"} else None


@needs_landlock
def test_a_program_that_was_given_runs_and_starts_no_other(tmp_path: Path) -> None:
    shell = Path("/bin/sh").resolve()
    loader = interpreter(shell)
    access = SandboxAccess(
        run=(shell, *([loader] if loader else [])),
        read=(Path("/lib"), Path("/lib64"), Path("/usr/lib"), Path("/etc/ld.so.cache")),
        write=(tmp_path,),
    )
    script = "echo here >made; cat /etc/passwd; echo $?; read -r line </etc/passwd; echo $?"

    def run() -> str:
        done = subprocess.run(
            [shell, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        return done.stdout

    with open(os.devnull):  # noqa: PTH123 - Popen opens nothing but pipes here
        said = start_restricted(access, run).split()
    assert len(said) == 2
    assert "0" not in said
    assert (tmp_path / "made").read_text() == "here\n"


@needs_landlock
@pytest.mark.skipif(landlock_version() < 6, reason="this Landlock does not restrict signals")
def test_others_are_not_signalled() -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        with pytest.raises(PermissionError):
            start_restricted(SandboxAccess(), lambda: os.kill(other.pid, signal.SIGTERM))
        other.kill()


# --- what PostgreSQL needs ------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="programs are ELF on Linux")
def test_the_program_that_links_a_program_is_read_from_it(tmp_path: Path) -> None:
    loader = interpreter(Path("/bin/sh"))
    assert loader is None or loader.name.startswith("ld")
    script = tmp_path / "postgres"
    for text in (
        b"#!/bin/sh\nexec /usr/bin/postgres\n" + b"#" * 64,
        b"",
        b"\x7fELF\x01" + b"0" * 64,
    ):
        script.write_bytes(text)
        with pytest.raises(ValueError, match="ELF"):
            interpreter(script)


def test_a_postgresql_that_is_a_script_is_started_unrestricted(tmp_path: Path) -> None:
    script = tmp_path / "postgres"
    script.write_text(
        "#!/bin/sh\n# a wrapper, as some distributions have\necho PostgreSQL 16.9\n" * 2
    )
    script.chmod(0o700)
    inspected = binaries._inspected(tmp_path)
    assert (inspected.version, inspected.access) == ("16.9", None)


@needs_landlock
def test_one_whose_libraries_are_not_where_they_are_looked_for_is_started_unrestricted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "postgres"
    program.parent.mkdir()
    # Any program that has a version will do.
    program.write_bytes(Path("/bin/ls").read_bytes())
    program.chmod(0o700)
    inspected = binaries._inspected(program.parent)
    assert inspected.version
    assert inspected.access is not None
    monkeypatch.setattr(binaries, "_READ_BY_ALL", ())
    inspected = binaries._inspected(program.parent)
    assert inspected.version
    assert inspected.access is None
