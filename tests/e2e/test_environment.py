"""Variables of the shell that lead elsewhere change nothing for the local DSQL."""

from __future__ import annotations

import os
import subprocess

import pytest

from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.pg.environment import PREFERENCES, VARIABLES
from tests.support.program import program
from tests.unit.aws.test_environment import VARIABLES as AWS_VARIABLES

NOWHERE = "http://127.0.0.1:9"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
HOSTILE = (
    dict.fromkeys(VARIABLES | PREFERENCES, "hostile")
    | dict.fromkeys(AWS_VARIABLES, "hostile")
    | dict.fromkeys(PROXIES, NOWHERE)
    | {"NO_PROXY": "example.com", "no_proxy": "example.com", "PYTHONWARNINGS": "ignore"}
)
SHOWN = "select current_user, current_setting('datestyle'), current_setting('timezone')"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["query", "shop", "-At", "-c", SHOWN], "admin|ISO, MDY|UTC\n"),
        (["clusters", "list"], "todos-dev"),
        (["doctor", "shop"], "✓ first query"),
    ],
    ids=["query", "clusters", "doctor"],
)
def test_all_of_them_at_once_lead_a_command_nowhere_else(
    local_dsql: ServerInfo, words: list[str], expected: str
) -> None:
    done = subprocess.run(
        [*program(), *words, "--local", "--data", str(local_dsql.data_dir)],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=os.environ | HOSTILE,
    )
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout
