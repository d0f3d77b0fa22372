"""Texts with many constructs that make reading SQL hard, for the property tests."""

from __future__ import annotations

from hypothesis import strategies as st

QUOTES = ["'", "''", '"', "$$", "$a$", "$", "\\", "e'", "E", "U&'", "/*", "*/", "--"]
SIGNS = [";", ":", "::", ".", "-", "+", "@", "(", ")", ",", " ", "\n", "\r", "\x00"]
WORDS = ["1", "a", "_", "é", "select", "begin atomic ", "begin", "atomic", "case", "end"]

SQL_TEXTS = st.one_of(
    st.text(), st.lists(st.sampled_from(QUOTES + SIGNS + WORDS), max_size=40).map("".join)
)

ENDINGS = ["\n", "\r\n", "\r"]
ODD_CHARACTERS = ["\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\ufeff", "\x00"]
"""Ordinary characters to PostgreSQL; `str.splitlines` ends a line at most of them, or a terminal
acts on them."""
