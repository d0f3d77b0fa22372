"""What a shell completes, asked as the scripts of `dsql-tui completion` ask."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from dsql_tui.cli.completion import SCRIPTS
from dsql_tui.cli.root import run
from dsql_tui.known_names import FILE
from tests.support.program import program

SHOPS = ("shop@us-east-1", "shop@us-east-2")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a state folder in which names are known."""
    folder = tmp_path / "dsql-tui"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    folder.mkdir()
    names = {
        "clusters": {
            "ops": ["shop@us-east-1", "shop@us-east-2", "todos@us-east-1"],
            "local": ["sample@us-east-1"],
        },
        "roles": {"shop": ["app_ro", "app_rw"], "todos": ["owner"]},
        "tables": {"shop": ["public.orders", "public.items"]},
    }
    (folder / FILE).write_text(json.dumps(names))
    return folder


@pytest.fixture
def shell_environment(state: Path, tmp_path: Path) -> dict[str, str]:
    """Give the variables with which a shell finds this program, and a home with two files."""
    script = tmp_path / "bin" / "dsql-tui"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {shlex.join(program())} "$@"\n')
    script.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    for name in ("notes.sql", "two words.sql"):
        (home / name).touch()
    return {
        "PATH": f"{script.parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "TERM": "dumb",
        "XDG_STATE_HOME": str(state.parent),
    }


def completions(line: str, state: Path) -> list[str]:
    """Ask as bash does; the network is out of reach and the credentials are none."""
    words = line.split(" ")
    done = subprocess.run(
        [*program()],
        env={
            "PATH": os.environ["PATH"],
            "XDG_STATE_HOME": str(state.parent),
            "_DSQL_TUI_COMPLETE": "bash_complete",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
            "AWS_EC2_METADATA_DISABLED": "true",
            "https_proxy": "http://127.0.0.1:9",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return [each.partition(",")[2] for each in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("dsql-tui qu", ["query"]),
        ("dsql-tui clusters vpc", ["vpc-endpoint"]),
        ("dsql-tui query --json", ["--json-lines", "--json"]),
        ("dsql-tui query sho", ["shop", *SHOPS]),
        ("dsql-tui query todos@", ["todos@us-east-1"]),
        ("dsql-tui token ", ["sample", "shop", *SHOPS, "todos"]),
        ("dsql-tui query shop --role ", ["app_ro", "app_rw"]),
        ("dsql-tui query shop@us-east-1 --role app_rw", ["app_rw"]),
        ("dsql-tui query new --role o", ["owner"]),
        ("dsql-tui why shop --on public.i", ["public.items"]),
        ("dsql-tui load shop orders.csv --table public.o", ["public.orders"]),
        ("dsql-tui query --format ts", ["tsv"]),
    ],
)
def test_commands_options_and_names_are_completed_without_a_network(
    line: str, expected: list[str], state: Path
) -> None:
    assert sorted(completions(line, state)) == sorted(expected)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_script_asks_this_program(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_DSQL_TUI_COMPLETE={shell}_complete" in script
    if shutil.which(shell):
        checked = subprocess.run(
            [shell, "-n"], input=script, text=True, capture_output=True, check=False
        )
        assert (checked.returncode, checked.stderr) == (0, "")


ASK = """
source <(dsql-tui completion bash)
COMP_WORDBREAKS=$BREAKS
for word in $SPLIT; do [[ $word == NOTHING ]] && word=; COMP_WORDS+=("$word"); done
COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_POINT=${#COMP_LINE}
_dsql_tui_completion dsql-tui
printf '%s\n' "${COMPREPLY[@]}"
"""
USUAL_BREAKS = " \t\n\"'><=;|&(:@"


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("line", "split", "breaks", "expected"),
    [
        ("query sh", "query sh", USUAL_BREAKS, ["shop", *SHOPS]),
        ("query shop@us", "query shop @ us", USUAL_BREAKS, ["us-east-1", "us-east-2"]),
        ("query shop@", "query shop @ NOTHING", USUAL_BREAKS, ["us-east-1", "us-east-2"]),
        ("query shop@", "query shop @", USUAL_BREAKS, ["us-east-1", "us-east-2"]),
        ("query shop@us", "query shop@us", " ", [*SHOPS]),
        ("query --format=ts", "query --format = ts", USUAL_BREAKS, ["tsv"]),
        ("query --format=ts", "query --format=ts", " ", ["tsv"]),
        ("query shop  --role ", "query shop --role NOTHING", USUAL_BREAKS, ["app_ro", "app_rw"]),
        (
            "query todos@us-east-1 --role o",
            "query todos @ us-east-1 --role o",
            USUAL_BREAKS,
            ["owner"],
        ),
        ("query shop -f x", "query shop -f x", USUAL_BREAKS, [""]),
    ],
)
def test_bash_completes_words_that_it_splits_at_other_characters(
    line: str, split: str, breaks: str, expected: list[str], shell_environment: dict[str, str]
) -> None:
    done = subprocess.run(
        ["bash", "--norc", "-c", ASK],
        env={
            **shell_environment,
            "COMP_LINE": f"dsql-tui {line}",
            "SPLIT": f"dsql-tui {split}",
            "BREAKS": breaks,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.split("\n")[:-1], done.stderr) == (expected, "")


COMPLETED = {
    "clusters vpc": "clusters vpc-endpoint",
    "query todos@": "query todos@us-east-1",
    "query todos --role o": "query todos --role owner",
    "query --role=o": "query --role=owner",
    "query todos@us-east-1 --format=ts": "query todos@us-east-1 --format=tsv",
    "query shop -c 'a; b' --ro": "query shop -c 'a; b' --role",
    "why shop --on public.i": "why shop --on public.items",
    "query shop --file=no": "query shop --file=notes.sql",
    "lint ~/no": "lint ~/notes.sql",
    "lint two": "lint two\\ words.sql",
}
"""What is typed, and what it is after a tab."""

ZSH = r"""
zmodload zsh/zpty
zpty typed zsh -f -i
zpty -w typed 'unset zle_bracketed_paste; cd; $LOAD; autoload -Uz compinit; compinit -u -D; $SOURCE'
zpty -w typed 'tab() { zle complete-word; print -r -- "$BUFFER" >&3; BUFFER=; print -n A''NSWERED }'
zpty -w typed 'zle -N tab; bindkey "^I" tab; exec 3>"$ANSWERS"; print REA''DY'
zpty -r typed output '*READY*'
for line in "$@"; do
    zpty -w -n typed "dsql-tui $line"$'\t'
    zpty -r typed output '*ANSWERED*'
done
"""


@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")
@pytest.mark.parametrize(("way", "count"), [("sourced", len(COMPLETED)), ("autoloaded", 2)])
def test_zsh_completes_words_in_place(
    way: str, count: int, shell_environment: dict[str, str], tmp_path: Path
) -> None:
    lines = list(COMPLETED)[:count]
    (tmp_path / "_dsql-tui").write_text(SCRIPTS["zsh"])
    answers = tmp_path / "answers"
    loads = {"sourced": ":", "autoloaded": f"fpath=({tmp_path} $fpath)"}
    sources = {"sourced": f"source {tmp_path}/_dsql-tui", "autoloaded": ":"}
    script = ZSH.replace("$LOAD", loads[way]).replace("$SOURCE", sources[way])
    subprocess.run(
        ["zsh", "-f", "-c", script, "zsh", *lines],
        env={**shell_environment, "ANSWERS": str(answers)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=120,
    )
    completed = [
        line.removeprefix("dsql-tui ").rstrip() for line in answers.read_text().splitlines()
    ]
    assert completed == [COMPLETED[line] for line in lines]


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_fish_completes_words_in_place(shell_environment: dict[str, str]) -> None:
    script = """
    cd; dsql-tui completion fish | source
    for line in $argv; complete -C "dsql-tui $line"; end
    """
    done = subprocess.run(
        ["fish", "--no-config", "-c", script, *COMPLETED],
        env=shell_environment,
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [line.partition("\t")[0] for line in done.stdout.splitlines()]
    assert answers == [shlex.split(completed)[-1] for completed in COMPLETED.values()]
