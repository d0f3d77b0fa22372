"""Distributed processing units (DPU): the billing formulas.

Source: user guide, billing and metering (September 2026). The minimums apply to a transaction. The
figures in a plan are those of one statement, without minimums.
"""

from __future__ import annotations

from dataclasses import dataclass

COMPUTE_DPU_PER_SECOND = 1.0
WRITE_DPU_PER_BYTE = 0.00004883
ROW_MIN_BYTES = 128
WRITE_MIN_DPU = 0.05
"""Minimum of a writing transaction: the cost of 1,024 bytes."""
READ_DPU_PER_BYTE = 0.00000183105
READ_MIN_DPU = 0.00375
"""Minimum of a reading transaction: the cost of 2,048 bytes."""


@dataclass(frozen=True, slots=True)
class DpuUsage:
    """DPU by kind.

    Attributes:
        compute: Query processing.
        read: Reading rows.
        write: Writing rows.
        multi_region_write: Writing rows to the second Region.
    """

    compute: float = 0.0
    read: float = 0.0
    write: float = 0.0
    multi_region_write: float = 0.0

    @property
    def total(self) -> float:
        """The total of all kinds."""
        return self.compute + self.read + self.write + self.multi_region_write


def read_dpu(read_bytes: int) -> float:
    """Return the DPU for reading, without the transaction minimum."""
    return read_bytes * READ_DPU_PER_BYTE


def write_dpu(written_rows: int, written_bytes: int) -> float:
    """Return the DPU for writing, without the transaction minimum; each row has a minimum size."""
    return max(written_bytes, written_rows * ROW_MIN_BYTES) * WRITE_DPU_PER_BYTE


def of_transaction(
    *,
    compute_s: float,
    read_bytes: int,
    written_rows: int,
    written_bytes: int,
    is_multi_region: bool,
) -> DpuUsage:
    """Return the billed DPU of a committed transaction, with the transaction minimums."""
    write = max(write_dpu(written_rows, written_bytes), WRITE_MIN_DPU) if written_rows else 0.0
    return DpuUsage(
        compute=compute_s * COMPUTE_DPU_PER_SECOND,
        read=max(read_dpu(read_bytes), READ_MIN_DPU) if read_bytes else 0.0,
        write=write,
        multi_region_write=write if is_multi_region else 0.0,
    )
