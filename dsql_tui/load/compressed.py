"""Files compressed with gzip, detected by their first bytes: no UTF-8 text begins with them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from dsql_tui.errors import InputError
from dsql_tui.load.records import Position, Record

SUFFIX = ".gz"
MAGIC = b"\x1f\x8b"
"""The first bytes of every gzip file (RFC 1952, section 2.3.1)."""


@contextmanager
def open_text(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes] | None]]:
    """Yield the content of a file and, if that is compressed, the compressed file.

    Raises:
        OSError: It cannot be opened or read.
        InputError: Its compressed data is damaged or incomplete; also while the content is read.
    """
    with path.open("rb") as file:
        is_compressed = file.read(len(MAGIC)) == MAGIC
        file.seek(0)
        if not is_compressed:
            yield file, None
            return
        try:
            with gzip.GzipFile(fileobj=file, mode="rb") as content:
                yield cast("IO[bytes]", content), file
        except EOFError:
            raise _damaged(path, "the compressed data ends too early") from None
        except (gzip.BadGzipFile, zlib.error):
            raise _damaged(path, "the compressed data is damaged") from None


def follow(
    records: Iterable[Record], compressed: IO[bytes], position: Position
) -> Iterator[Record]:
    """Yield the records and keep `position` up to date, in bytes of the compressed file."""
    for record in records:
        position.bytes_read = compressed.tell()
        yield record
    position.bytes_read = compressed.tell()


def _damaged(path: Path, why: str) -> InputError:
    return InputError(f"{path}: {why}.", remedy="Test it with gzip -t, and copy it again.")
