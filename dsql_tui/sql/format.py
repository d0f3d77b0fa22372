"""Laying out one statement, without ever changing what it says.

sqlparse does the layout; our lexer reads the text before and after, and where the two do not say
the same the text stays as it was. sqlparse needs 3 ms for an ordinary statement and a second for
150 KB: call it off the event loop.
"""

from __future__ import annotations

from dsql_tui.errors import InputError
from dsql_tui.sql.lexer import TokenKind, tokenize
from dsql_tui.sql.split import split

SIZE_MAX = 200_000
"""Code points; a longer statement is data more than text, and would take sqlparse seconds."""


def format_script(text: str, *, keyword_case: str = "lower", indent: int = 2) -> str:
    """Lay out every statement of `text`; what stands between them stays.

    Raises:
        InputError: One of them cannot be laid out safely; nothing is changed then.
    """
    parts: list[str] = []
    position = 0
    for statement in split(text):
        laid_out = format_statement(statement.text, keyword_case=keyword_case, indent=indent)
        parts += [text[position : statement.start], laid_out]
        position = statement.end
    return "".join([*parts, text[position:]])


def format_statement(statement: str, *, keyword_case: str = "lower", indent: int = 2) -> str:
    """Return one statement laid out.

    Args:
        statement: Its text, without the `;`.
        keyword_case: `lower`, `upper`, or `keep`.
        indent: Columns a level is moved in by.

    Raises:
        InputError: It is too long, or sqlparse would change its meaning.
    """
    import sqlparse  # 16 ms that only formatting pays

    if len(statement) > SIZE_MAX:
        raise InputError(
            f"The statement is longer than {SIZE_MAX:,} characters; it stays as it is."
        )
    before = _said(statement)
    if TokenKind.UNTERMINATED in {kind for kind, _ in before}:
        raise InputError("The statement ends inside of a quote or comment; it stays as it is.")
    try:
        laid_out: str = sqlparse.format(
            statement,
            reindent=True,
            indent_width=indent,
            keyword_case=None if keyword_case == "keep" else keyword_case,
        ).strip()
    except (sqlparse.exceptions.SQLParseError, RecursionError):
        raise InputError("The statement is nested too deeply; it stays as it is.") from None
    if _said(laid_out) != before:
        raise InputError("Laying it out would change what the statement says; it stays as it is.")
    return laid_out


def _said(text: str) -> list[tuple[TokenKind, str]]:
    """Return what the text says: its tokens less space, words without regard to case."""
    said: list[tuple[TokenKind, str]] = []
    for token in tokenize(text):
        spelled = token.of(text)
        if token.kind is TokenKind.WORD:
            spelled = spelled.lower()
        elif token.kind is TokenKind.COMMENT:
            spelled = "\n".join(line.strip() for line in spelled.splitlines())
        if token.kind is not TokenKind.SPACE:
            said.append((token.kind, spelled))
    return said
