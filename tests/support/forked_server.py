"""A process that has imported the command line, and forks into a program for each request.

A fork has run nothing yet: arguments, environment, folder, streams, signal handlers and the way to
its end are those of `python -m dsql_tui`.

Usage: python -m tests.support.forked_server SOCKET. It ends when its standard input does.
"""

from __future__ import annotations

import gc
import os
import pkgutil
import select
import signal
import socket
import sys
import time
from importlib import import_module
from io import TextIOWrapper
from typing import NamedTuple


class Request(NamedTuple):
    """A program that is wanted."""

    environment: list[bytes]
    folder: bytes
    arguments: list[bytes]
    streams: list[int]

    @classmethod
    def read(cls, client: socket.socket) -> Request:
        """Read what a client sends."""
        header, streams, _, _ = socket.recv_fds(client, 4, 3)
        with client.makefile("rb") as sent:
            words = sent.read(int.from_bytes(header, "big")).split(b"\0")
        last = int(words[0])
        return cls(words[1 : last + 1], words[last + 1], words[last + 2 :], streams)

    def become(self) -> None:
        """Make this process the program."""
        for stream, number in enumerate(self.streams):
            os.dup2(number, stream)
            os.close(number)
        os.environ.clear()
        for variable in self.environment:
            key, _, value = variable.partition(b"=")
            os.environb[key] = value
        os.chdir(self.folder)
        time.tzset()
        sys.argv[1:] = map(os.fsdecode, self.arguments)
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            opening = opened(number, "backslashreplace" if name == "stderr" else "surrogateescape")
            for attribute in (name, f"__{name}__"):
                setattr(sys, attribute, opening)


def opened(number: int, errors: str) -> TextIOWrapper:
    """Open a standard stream as Python does at its start."""
    file = os.fdopen(number, "wb" if number else "rb", closefd=False)
    lines = number == 2 or file.isatty()
    return TextIOWrapper(file, encoding="utf-8", errors=errors, line_buffering=lines)


def import_program() -> None:
    """Import every command, and the libraries that commands import when they need them."""
    import dsql_tui.cli

    for module in pkgutil.walk_packages(dsql_tui.cli.__path__, "dsql_tui.cli."):
        import_module(module.name)
    for name in ("boto3.session", "botocore.httpsession", "psycopg", "sqlparse"):
        import_module(name)


def wait_for_request(path: str) -> Request:
    """Fork for each request, and return it in the fork."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        readable, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in readable:
            os._exit(0)
        client, _ = listener.accept()
        with client:
            if os.fork() == 0:
                listener.close()
                request = Request.read(client)
                if is_program(client, request):
                    return request


def is_program(client: socket.socket, request: Request) -> bool:
    """Fork into the program, where this is true, and its parent, which tells the client."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    program = os.fork()
    if program == 0:
        return True
    for number in (0, 1, 2, *request.streams):
        os.close(number)
    client.sendall(b"%d\n" % program)
    _, status = os.waitpid(program, 0)
    client.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


if __name__ == "__main__":
    import_program()
    gc.collect()
    gc.freeze()  # no collection writes to the pages that the forks share
    wait_for_request(sys.argv[1]).become()

    from dsql_tui.cli import main

    main()
