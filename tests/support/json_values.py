"""Random JSON as text: white space, doubled keys, escapes and numbers as people write them."""

from __future__ import annotations

import json

from hypothesis import strategies as st

SPACE = st.sampled_from(["", "", " ", "\t", "  "])
NUMBERS = st.sampled_from(
    ["0", "-0", "1.10", "1e400", "-1E-7", "12345678901234567890123", "0.0", "9" * 50, "1.0e+2"]
)
STRINGS = st.sampled_from(
    [
        r'"\u0041"',
        r'"\ud83d\ude00"',
        r'"\/"',
        r'"\b\f\n\r\t\"\\"',
        '""',
        '"null"',
        '" "',
        '"é\u2028"',
    ]
) | st.text(st.characters(blacklist_categories=["Cs"]), max_size=4).map(json.dumps)
SCALARS = NUMBERS | STRINGS | st.sampled_from(["true", "false", "null"])


@st.composite
def _list(draw: st.DrawFn, items: st.SearchStrategy[str]) -> str:
    members = draw(st.lists(st.builds("{}{}{}".format, SPACE, items, SPACE), max_size=3))
    return f"[{draw(SPACE) if not members else ''}{','.join(members)}]"


@st.composite
def _object(draw: st.DrawFn, items: st.SearchStrategy[str]) -> str:
    keys = st.sampled_from(['"a"', '"b"', r'"\u0061"', '""']) | STRINGS
    member = st.builds("{0}{1}{0}:{2}{3}{2}".format, SPACE, keys, SPACE, items)
    members = draw(st.lists(member, max_size=3))
    return f"{{{draw(SPACE) if not members else ''}{','.join(members)}}}"


JSON_TEXTS = st.builds(
    "{}{}{}".format,
    SPACE,
    st.recursive(SCALARS, lambda inner: _list(inner) | _object(inner), max_leaves=6),
    SPACE,
)
JSONB_TEXTS = JSON_TEXTS.map(lambda text: text.replace("\\u0000", "").replace("\\ud", "\\u0d"))
"""Without what jsonb refuses: NUL, and half a character that `replace` may have left."""
