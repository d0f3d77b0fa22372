"""The line of a key in a TOML file, whatever is around it."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.config.lines import LineIndex

DOCUMENT = '''\
# theme = "none"
theme = "no # comment"   # theme = 2

[aws] # [token]
regions = [
  "us-east-1", # ]
  "]", 'us"',
]
profile = """
[results]
row_limit = 5
""\\""""
[ "results" ]
'row_limit' = 7
timezone = """"""
[clusters."tag:env=prod"]
role = 'app_rw'
price.million_dpu = "9"
[clusters."a.b\\u0022]"]
read_only = true
inline = { a = 1, b = "}" }
[[more]]
x = 1979-05-27 07:32:00
'''


def test_keys_are_found_between_strings_comments_and_lists() -> None:
    tomllib.loads(DOCUMENT)
    lines = LineIndex(DOCUMENT)
    assert lines.line_of("theme") == 2
    assert lines.line_of("aws") == 4
    assert lines.line_of("aws", "regions") == 5
    assert lines.line_of("aws", "profile") == 9
    assert lines.line_of("results") == 13
    assert lines.line_of("results", "row_limit") == 14
    assert lines.line_of("results", "timezone") == 15
    assert lines.line_of("clusters") == 16
    assert lines.line_of("clusters", "tag:env=prod", "role") == 17
    assert lines.line_of("clusters", "tag:env=prod", "price", "million_dpu") == 18
    assert lines.line_of("clusters", 'a.b"]', "read_only") == 20
    assert lines.line_of("clusters", 'a.b"]', "inline", "b") == 21
    assert lines.line_of("more", "x") == 23
    assert lines.line_of("token") is None


VALUES = st.sampled_from(
    [
        "1",
        '"a = 1"',
        "'''\nb = 2\n'''",
        '"""\n[t]\n\\""""',
        "[\n1, # c = 3\n]",
        "{ d = '}' }",
        "true",
    ]
)
BETWEEN = st.sampled_from(["", "# x = 1\n", "\n", "   \n", "#[y]\n", "\r\n"])


@given(st.lists(st.tuples(BETWEEN, st.booleans(), VALUES), min_size=1, max_size=12))
def test_every_key_is_found_at_the_line_it_was_written_in(
    parts: list[tuple[str, bool, str]],
) -> None:
    text, expected, table = "", {}, ""
    for number, (before, begins_table, value) in enumerate(parts):
        text += before
        if begins_table:
            table = f"t{number}"
            text += f'["{table}"]\n'
        expected[table, f"k{number}"] = text.count("\n") + 1
        text += f" k{number} = {value} # end\n"
    tomllib.loads(text)
    lines = LineIndex(text)
    for (table, key), line in expected.items():
        path = (table, key) if table else (key,)
        assert lines.line_of(*path) == line
