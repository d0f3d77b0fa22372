"""The quick way to botocore's models finds what the slow way finds."""

from __future__ import annotations

import json
from pathlib import Path

import botocore.session
import pytest
from botocore.exceptions import DataNotFoundError

from dsql_tui.aws.models import use_quick_loader


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of models that a person has put in `AWS_DATA_PATH`."""
    models = tmp_path / "ours" / "2026-01-01"
    models.mkdir(parents=True)
    (models / "service-2.json").write_text(json.dumps({"metadata": {"serviceId": "ours"}}))
    return tmp_path


def test_every_service_that_botocore_knows_is_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(folder))
    slow, quick = botocore.session.Session(), botocore.session.Session()
    use_quick_loader(quick)
    known = set(slow.get_available_services())
    assert {"dsql", "sts", "cloudwatch", "sso", "ours"} <= known
    assert known <= set(quick.get_available_services())
    for service in ("dsql", "ours"):
        assert quick.get_service_data(service) == slow.get_service_data(service)


def test_a_service_that_does_not_exist_is_an_error_of_botocores() -> None:
    session = botocore.session.Session()
    use_quick_loader(session)
    with pytest.raises(DataNotFoundError):
        session.get_service_data("no-such-service")
