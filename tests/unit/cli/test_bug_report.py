"""`dsql-tui bug-report` prints what helps, and nothing that identifies anybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsql_tui.cli.bug_report import without_names
from dsql_tui.cli.root import run

IDENTIFIER = "nuabtv7kxr3mq5zyp4wjc2dfhe"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("arn:aws:iam::123456789012:user/ada.lovelace,", "<identity>,"),
        ("arn:aws-cn:sts::123456789012:assumed-role/ops/ada@example.com", "<identity>"),
        (
            f"arn:aws:dsql:us-east-1:123456789012:cluster/{IDENTIFIER}",
            "arn:aws:dsql:us-east-1:<account>:cluster/<cluster>",
        ),
        (f"{IDENTIFIER}.dsql.us-east-1.on.aws", "<cluster>.dsql.us-east-1.on.aws"),
        ("10.0.3.17:5432 answers", "<address>:5432 answers"),
        ("2600:1f18:4a2:9b00:1:2:3:4", "<address>"),
        ("127.0.0.1:15432 answers", "127.0.0.1:15432 answers"),
        ("environment, key …WXYZ, until 2026", "environment, key …, until 2026"),
        ("AKIAIOSFODNN7EXAMPLE", "<access key>"),
        (f"{Path.home()}/.aws/config", "~/.aws/config"),
        ("payroll in us-east-1, connected as app_rw", "<name> in us-east-1, connected as <role>"),
        ("payrolls", "payrolls"),
        ("TLSv1.3, certificate of Amazon 3.14.0", "TLSv1.3, certificate of Amazon 3.14.0"),
    ],
)
def test_what_identifies_somebody_is_replaced(text: str, shown: str) -> None:
    assert without_names(text, {"payroll": "<name>", "app_rw": "<role>"}) == shown


def test_settings_are_named_without_their_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        '[aws]\nprofile = "payroll-admin"\n[results]\nrow_limit = 1000\n'
        '[keys]\n"tab.close" = "alt+x"\n[clusters."payroll"]\nread_only = true\n'
    )
    monkeypatch.setenv("DSQL_TUI_CONFIG", str(config))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "verysecretkey")
    monkeypatch.setenv("TERM", "xterm-kitty")
    monkeypatch.setenv("TMUX", "/tmp/tmux-1000/payroll,1,0")
    assert run(["bug-report"]) == 0
    report = capsys.readouterr().out
    for line in (
        *("- results.row_limit = 1000 (file)", "- aws.profile is set (file)", "- keys: tab.close"),
        *(
            "- sections of clusters: 1",
            "- TERM=xterm-kitty",
            "- inside tmux",
            "No cluster was named.",
        ),
    ):
        assert line in report.splitlines()
    assert "payroll" not in report
    assert "verysecret" not in report
