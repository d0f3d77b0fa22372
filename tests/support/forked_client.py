"""Asks `forked_server.py` for a program and represents it: forwards signals, exits as it does.

Usage: python -I -S forked_client.py SOCKET [ARGUMENT]...
"""

import os
import signal
import socket
import sys

FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    server = socket.socket(socket.AF_UNIX)
    server.connect(sys.argv[1])
    variables = [f"{name}={value}" for name, value in os.environ.items()]
    words = [str(len(variables)), *variables, os.getcwd(), *sys.argv[2:]]  # noqa: PTH109 - slow
    request = b"\0".join(map(os.fsencode, words))
    signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    header = len(request).to_bytes(4, "big")
    socket.send_fds(server, [header], [0, 1, 2])
    server.sendall(request)
    with server.makefile("rb") as answers:
        program = int(answers.readline())
        for stream in range(3):
            os.close(stream)
        for number in FORWARDED:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda received, _: os.kill(program, received))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
        status = int(answers.readline())
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


main()
