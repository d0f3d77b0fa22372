"""The YAML of the repository: files that GitHub reads, and whose mistakes show only there."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
import yaml

from tests.unit.test_layers import ROOT
from tests.unit.test_packaging import PROJECT

GITHUB = ROOT / ".github"
FILES = sorted([*GITHUB.rglob("*.yml"), *GITHUB.rglob("*.yaml"), *ROOT.glob(".*.yaml")])
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def jobs() -> dict[str, dict[str, Any]]:
    """Return every job of every workflow by `file: job`."""
    return {
        f"{path.stem}: {name}": job
        for path in sorted((GITHUB / "workflows").glob("*.yml"))
        for name, job in read(str(path.relative_to(ROOT)))["jobs"].items()
    }


@pytest.mark.parametrize("path", [str(path.relative_to(ROOT)) for path in FILES])
def test_every_file_is_yaml(path: str) -> None:
    assert isinstance(read(path), dict)


@pytest.mark.parametrize("name", ["tests", "release", "thorough"])
def test_a_workflow_has_what_github_requires_and_no_more_rights_than_it_needs(name: str) -> None:
    workflow = read(f".github/workflows/{name}.yml")
    # YAML 1.1 reads the key `on` as true.
    assert {"name", True, "permissions", "jobs"} <= set(workflow)
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert {"runs-on", "timeout-minutes", "steps"} <= set(job)
        assert (
            set(job.get("needs", [])) <= set(workflow["jobs"]) or job["needs"] in workflow["jobs"]
        )


def test_every_step_runs_a_script_or_an_action_of_a_named_version() -> None:
    steps = [step for job in jobs().values() for step in job["steps"]]
    assert len(steps) > 20
    for step in steps:
        assert ("run" in step) != ("uses" in step), step
        if "uses" in step:
            assert re.fullmatch(r"[\w./-]+@[\w./-]+", step["uses"]), step


def test_expressions_name_what_the_matrix_of_their_job_has() -> None:
    for name, job in jobs().items():
        matrix = set(job.get("strategy", {}).get("matrix", {})) - {"exclude", "include"}
        expressions = " ".join(EXPRESSION.findall(yaml.safe_dump(job, width=10_000)))
        assert set(re.findall(r"matrix\.(\w+)", expressions)) == matrix, name


@pytest.mark.parametrize("name", sorted(jobs()))
def test_every_script_is_one_that_a_shell_reads(name: str) -> None:
    for step in jobs()[name]["steps"]:
        if "run" in step:
            done = subprocess.run(
                ["sh", "-n"],
                input=EXPRESSION.sub("x", step["run"]),
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, ""), step["run"]


def test_scripts_name_files_that_exist() -> None:
    scripts = " ".join(
        step["run"] for job in jobs().values() for step in job["steps"] if "run" in step
    )
    named = set(re.findall(r"(?<![\w/])(?:\.github|\.ci|tests|dsql_tui)/[\w./]+", scripts))
    assert {".ci/run", ".github/lowest.txt", "tests/unit", "tests/pilot"} <= named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_each_python_that_the_package_declares_is_tested_on_linux_and_macos() -> None:
    declared = {
        version
        for each in PROJECT["classifiers"]
        if (version := each.removeprefix("Programming Language :: Python :: ")) != each
        and re.fullmatch(r"3\.\d+", version)
    }
    matrix = jobs()["tests: tests"]["strategy"]["matrix"]
    assert set(matrix["python"]) == declared
    assert set(matrix["os"]) == {"ubuntu-latest", "macos-latest"}
    checks = jobs()["tests: checks"]["steps"]
    assert matrix["exclude"] == [{"os": "ubuntu-latest", "python": "3.11"}]
    assert any(step.get("with", {}).get("python-version") == "3.11" for step in checks)


def test_a_release_waits_for_every_other_job_and_installs_with_each_installer() -> None:
    release = {name: job for name, job in jobs().items() if name.startswith("release: ")}
    others = {name.removeprefix("release: ") for name in release} - {"publish"}
    assert set(release["release: publish"]["needs"]) == others
    install = release["release: install"]
    matrix = install["strategy"]["matrix"]
    assert set(matrix["installer"]) == {"pip", "pipx", "uv"}
    (script,) = (step["run"] for step in install["steps"] if step.get("name") == "Install")
    assert set(re.findall(r"^ *(\w+)\) ", script, re.MULTILINE)) == set(matrix["installer"])


def test_the_job_of_the_lowest_versions_installs_each_of_them() -> None:
    pinned = {
        line.partition("==")[0]
        for line in (GITHUB / "lowest.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    }
    extras = PROJECT["optional-dependencies"]
    (script,) = (
        step["run"]
        for step in jobs()["tests: lowest"]["steps"]
        if "lowest.txt" in step.get("run", "")
    )
    names = r"[A-Za-z][\w.-]*"
    brought = [*PROJECT["dependencies"], *extras["lint"], *extras["local"]]
    brought += [*extras["parquet"], *extras["xlsx"]]
    named = {match[0] for each in brought if (match := re.match(names, each))}
    named |= set(re.findall(names, re.sub(r"\[[^\]]*\]", "", script)))
    assert pinned - {"psycopg-binary"} <= named


@pytest.mark.parametrize("path", sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml"), key=str))
def test_an_issue_form_asks_for_the_output_of_doctor(path: Any) -> None:
    form = read(str(path.relative_to(ROOT)))
    if path.stem == "config":
        assert set(form) == {"blank_issues_enabled", "contact_links"}
        return
    assert {"name", "description", "body"} <= set(form)
    labels = [part["attributes"]["label"] for part in form["body"] if "id" in part]
    assert any("dsql-tui doctor" in label for label in labels)
    identifiers = [part["id"] for part in form["body"] if "id" in part]
    assert len(identifiers) == len(set(identifiers))
