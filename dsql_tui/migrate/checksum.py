"""A checksum of a table's rows that does not depend on their order.

Both databases write rows by COPY in the same text format; only numbers whose scale has become fixed
are written with other zeros.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import blake2b

_BITS = 64


@dataclass(slots=True)
class RowChecksum:
    """The number of rows and the sum of their hashes.

    Attributes:
        numbers: Positions of the columns in whose values zeros after the point do not count.
        rows: Rows added.
        total: The sum, below 2 to the power of 64.
    """

    numbers: Collection[int] = ()
    rows: int = 0
    total: int = 0

    def add(self, line: bytes) -> None:
        """Add a row as COPY writes it, with its line break."""
        if self.numbers:
            fields = line.rstrip(b"\n").split(b"\t")
            for position in self.numbers:
                fields[position] = _plain(fields[position])
            line = b"\t".join(fields) + b"\n"
        digest = blake2b(line, digest_size=_BITS // 8).digest()
        self.rows += 1
        self.total = (self.total + int.from_bytes(digest, "big")) % 2**_BITS

    @property
    def text(self) -> str:
        """The sum as hexadecimal digits."""
        return f"{self.total:0{_BITS // 4}x}"


def _plain(number: bytes) -> bytes:
    return number.rstrip(b"0").rstrip(b".") if b"." in number else number
