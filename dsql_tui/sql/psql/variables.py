r"""Variables of psql that change how statements run, of which only some values hold here."""

from __future__ import annotations

_OFF = frozenset({"off", "false", "no", "0", "f", "n"})
_FIXED = {
    "AUTOCOMMIT": (True, "Write BEGIN and COMMIT for a transaction of several statements."),
    "ON_ERROR_STOP": (True, "A run stops at the first error."),
    "ON_ERROR_ROLLBACK": (False, "Aurora DSQL has no savepoints."),
    "SINGLESTEP": (False, "Statements are not confirmed one by one."),
    "SINGLELINE": (False, "Statements end with ;."),
}
"""Variable → the value that it always has here, and why."""


def objection_to(name: str, value: str) -> str:
    """Return why a variable cannot have a value, as a sentence; empty if it can."""
    if name not in _FIXED:
        return ""
    is_on, why = _FIXED[name]
    if (value.lower() not in _OFF) is is_on:
        return ""
    return f"{name} is always {'on' if is_on else 'off'} here. {why}"
