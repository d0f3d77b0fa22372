from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dsql_tui.local.filesystem.folders import cannot_write


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        shutil.Error([("a", "b", "[Errno 28] No space left on device: 'a' -> 'b'")] * 900),
    ],
)
def test_a_full_disk_is_one_sentence_however_many_files_it_stopped(error: OSError) -> None:
    told = cannot_write(Path("/data"), error)
    assert "No space left on device" in told.message
    assert len(told.message) < 80
