"""A disk that takes no more, as the kernel refuses what makes a file too large."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def file_limit(size_bytes: int) -> Iterator[None]:
    """Have the kernel refuse what makes any file of this process grow beyond a size.

    The test runner's own output may be such a file, so only what is tested belongs in the block.
    Bytecode is not kept: Python 3.11 does not notice that the kernel took a part of it only.
    """
    writes_no_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        sys.dont_write_bytecode = writes_no_bytecode
