"""What all types of options and arguments share: how text is checked and how it is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dsql_tui.known_names import KnownNames, NameKind
from dsql_tui.model.cells import inert

TEXT_BYTES_MAX = 2_048

_SHOWN_MAX = 40


def shown(value: object) -> str:
    """Return a value as an error message quotes it: escaped, and cut when it is long."""
    text = str(value)
    cut = text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 1] + "…"
    return f"'{inert(cut)}'"


if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType


class Checked(ParamType):
    """The base class: text that is UTF-8, not empty and limited in length.

    Args:
        allowed: What a value must be, as it follows "must be".
        bytes_max: Longest value.
        may_be_empty: An empty value means something.
    """

    name = "text"

    def __init__(
        self,
        allowed: str = "text that is not empty",
        *,
        bytes_max: int = TEXT_BYTES_MAX,
        may_be_empty: bool = False,
    ) -> None:
        self.allowed = allowed
        self._bytes_max = bytes_max
        self._may_be_empty = may_be_empty

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Check a value of the command line and return the converted value."""
        if not isinstance(value, str):
            return value
        self._check_text(value, param, ctx)
        return self.read(value, param, ctx)

    def read(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ARG002 - types of values override it
        """Return the value of a checked text."""
        return value

    def refuse(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> NoReturn:
        """Raise a usage error with the allowed and the given value."""
        self.fail(f"must be {self.allowed}, not {shown(value)}.", param, ctx)

    def _check_text(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> None:
        if not value.strip() and not self._may_be_empty:
            self.refuse(value, param, ctx)
        try:
            size = len(value.encode())
        except UnicodeEncodeError:
            self.fail(f"must be UTF-8 text, not {shown(value)}.", param, ctx)
        if "\0" in value:
            self.fail("must not contain the character NUL.", param, ctx)
        if size > self._bytes_max:
            self.fail(f"has {size:,} bytes; at most {self._bytes_max:,} are allowed.", param, ctx)


class Matching(Checked):
    """Text that matches a pattern."""

    def __init__(self, pattern: str, allowed: str, *, bytes_max: int = TEXT_BYTES_MAX) -> None:
        super().__init__(allowed, bytes_max=bytes_max)
        self._pattern = re.compile(pattern)

    def read(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text."""
        if not self._pattern.fullmatch(value):
            self.refuse(value, param, ctx)
        return value


Reader = Callable[[str], Any]


class Reads(Checked):
    """Text that is parsed by a function, whose errors become usage errors."""

    def __init__(self, reader: Reader, name: str, *, bytes_max: int = TEXT_BYTES_MAX) -> None:
        super().__init__(bytes_max=bytes_max)
        self.name = name
        self._reader = reader

    def read(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the result of the function."""
        from dsql_tui.errors import DsqlTuiError

        try:
            return self._reader(value)
        except DsqlTuiError as error:
            self.fail(" ".join(filter(None, (error.message, error.remedy))), param, ctx)


@contextmanager
def refused_as_usage() -> Iterator[None]:
    """Turn errors about incompatible values into usage errors.

    Raises:
        click.UsageError: In the words of the refusal.
    """
    from dsql_tui.errors import InputError

    try:
        yield
    except InputError as error:
        raise click.UsageError(" ".join(filter(None, (error.message, error.remedy)))) from None


class Named(Checked):
    """Text with its own metavariable in the help: `ROLE`, `SQL`.

    Args:
        name: What help calls it.
        allowed: What a value must be, as it follows "must be".
        settings: As for `Checked`.
    """

    def __init__(self, name: str, allowed: str, **settings: Any) -> None:
        super().__init__(allowed, **settings)
        self.name = name


class Known(Named):
    """Text with a metavariable, completed from the names of earlier commands.

    Args:
        name: What help calls it.
        allowed: What a value must be, as it follows "must be".
        section: Which names.
        settings: As for `Checked`.
    """

    def __init__(self, name: str, allowed: str, *, section: NameKind, **settings: Any) -> None:
        super().__init__(name, allowed, **settings)
        self._section = section

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 - click's signature
        incomplete: str,
    ) -> list[Any]:
        """Return the known names that start with the typed text."""
        from click.shell_completion import CompletionItem

        # While a value is missing, click leaves the arguments unread.
        cluster = ctx.params.get("cluster") or next(iter(ctx.args), "")
        owner = "" if self._section is NameKind.CLUSTERS else cluster.partition("@")[0]
        return [*map(CompletionItem, KnownNames().names(self._section, owner, incomplete))]
