"""Whatever a file holds, reading it raises nothing and each finding is one sentence on one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.config import SETTINGS, Severity
from dsql_tui.config.files import FINDINGS_MAX, FileValues, parse

PATH = Path("config.toml")
NAMES = sorted({part for each in SETTINGS for part in each.path.split(".") if part != "*"})
FRAGMENTS = [
    *NAMES,
    *(
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "=",
        ".",
        ",",
        "\n",
        "\r\n",
        " ",
        "#",
        '"',
        "'",
        '"""',
        "'''",
    ),
    *("true", "nan", "-1", "1979-05-27", "\\", "\\u0000", "\0", "\x1b", "\u2028", "é", "shop", "*"),
]


def check(values: FileValues) -> None:
    assert len(values.findings) <= FINDINGS_MAX + 1
    for finding in values.findings:
        assert finding.message.isprintable()
        assert finding.message.startswith(("config.toml", "Cannot read", "There is"))
        assert finding.message.endswith(".")
        assert len(finding.message) < 500
    if values.is_unreadable:
        assert (values.values, values.sections) == ({}, [])
        assert values.findings


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused_in_a_sentence(data: bytes, is_repository: bool) -> None:
    values = parse(data, PATH, is_repository=is_repository)
    check(values)
    severity = Severity.WARNING if is_repository else Severity.ERROR
    assert all(each.severity is severity for each in values.findings)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30), st.booleans())
def test_any_text_of_settings_is_read_or_refused_in_a_sentence(
    parts: list[str], is_repository: bool
) -> None:
    check(parse("".join(parts).encode(), PATH, is_repository=is_repository))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", *NAMES, "clusters.shop", 'clusters."tag:a=b".price', "x"]),
            st.sampled_from([*NAMES, "x", '"\\u0000"', '"a\\u001b[31m"', "color", "read_only"]),
            st.sampled_from(
                ["1", "-1", "true", "nan", "[]", "{}", '""', '"x"', "[[1]]", "{ a = { b = 1 } }"]
            ),
        ),
        max_size=8,
    ),
    st.booleans(),
)
def test_any_tables_and_values_are_read_or_refused_in_a_sentence(
    lines: list[tuple[str, str, str]], is_repository: bool
) -> None:
    text = "".join(
        f"[{table}]\n{name} = {value}\n" if table else f"{name} = {value}\n"
        for table, name, value in lines
    )
    check(parse(text.encode(), PATH, is_repository=is_repository))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[[theme]]\na = 1", ":1: theme must be the name of a theme"),
        ("[results.row_limit]\na = 1", ":1: results.row_limit must be a whole number"),
        ("[theme.dark]\na = 1", ":1: theme must be the name of a theme"),
        ("[[clusters]]\nrole = 'a'", ':1: clusters must be tables such as [clusters."shop"]'),
        ("[clusters.shop.role]\na = 1", ":1: clusters.shop.role must be the name of a database"),
        ("[[token]]\nlifetime_s = 5", ':1: there is no setting "token".'),
        ("[token]\n[token]", ":2: The file is not valid TOML"),
        ("[token]\nlifetime_s = 1\nlifetime_s = 2", ":3: The file is not valid TOML"),
        ("theme = 'a\0b'", ":1: The file is not valid TOML"),
        ("[token]\nlifetime_s =", ":2: The file is not valid TOML"),
        ("theme = " + "9" * 5_000, " is not valid TOML"),
        ("theme = " + "[" * 50_000, " is not valid TOML: it is nested too deeply."),
    ],
)
def test_what_is_wrong_is_named_with_its_line(content: str, sentence: str) -> None:
    (finding, *_) = parse(content.encode(), PATH).findings
    assert finding.message.startswith(f"config.toml{sentence}")
