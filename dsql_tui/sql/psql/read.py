r"""Reading the psql command in a statement: `\dt+ app.*`, or `select 1 \gx`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dsql_tui.errors import InputError
from dsql_tui.model.cells import inert
from dsql_tui.sql.lexing.lexer import TokenKind, tokenize
from dsql_tui.sql.lexing.string_constants import content
from dsql_tui.sql.psql.catalog import ListingRequest
from dsql_tui.sql.psql.commands import BY_NAME, KnownCommand
from dsql_tui.sql.psql.patterns import read_pattern

_NAME = re.compile(r"\\(!|\S*)\s*(.*)", re.DOTALL)
_ARGUMENT = re.compile(
    r"""(?: ' (?: [^'\\] | '' | \\. )*+ '? | " [^"]*+ "? | `[^`]*+`? | [^\s'"`] )++""",
    re.VERBOSE | re.DOTALL,
)
_PIECE = re.compile(r"""'(?:[^'\\]|''|\\.)*+'?|[^']++""", re.DOTALL)
_RELATION_LETTERS = re.compile(r"d([tvismE]+)")
_FUNCTION_LETTERS = re.compile(r"df([anptw]+)")
_PARTITION_LETTERS = re.compile(r"dP[itn]+")


@dataclass(frozen=True, slots=True)
class Command:
    r"""A command as it was written.

    Attributes:
        name: With its backslash, for messages.
        meaning: The command of psql that it is.
        rest: What follows the name, as written.
        kinds: The letters after the name that select kinds of objects: `tv` of `\dtv`.
        system: Whether the name ends in `S`.
        verbose: Whether it ends in `+`.
    """

    name: str
    meaning: KnownCommand
    rest: str = ""
    kinds: str = ""
    system: bool = False
    verbose: bool = False

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments, without the quotes of strings.

        Raises:
            InputError: One of them would run a program.
        """
        return tuple(_value(self.name, match.group()) for match in _ARGUMENT.finditer(self.rest))

    @property
    def request(self) -> ListingRequest:
        """What it asks the catalogs for.

        Raises:
            InputError: The pattern cannot be used.
        """
        words = self.rest.rstrip("; \t")
        pattern = next((match.group() for match in _ARGUMENT.finditer(words)), "")
        try:
            read = read_pattern(_value(self.name, pattern) if pattern[:1] == "'" else pattern)
        except InputError as error:
            raise InputError(f"{self.name}: {inert(error.message)}") from None
        return ListingRequest(read, self.system, self.verbose, self.kinds)


def read_command(text: str) -> tuple[str, Command | None]:
    """Return the SQL of a statement, and the command that ends it, if there is one.

    Raises:
        InputError: psql has no such command.
    """
    if "\\" not in text:
        return text, None
    for token in tokenize(text):
        if token.kind is TokenKind.COMMAND:
            return text[: token.start].rstrip(), _command(text[token.start :])
    return text, None


def command_offset(text: str) -> int:
    """Return where the command of a statement begins; 0 if it has none."""
    commands = (token.start for token in tokenize(text) if token.kind is TokenKind.COMMAND)
    return next(commands, 0)


def _command(text: str) -> Command:
    match = _NAME.match(text)
    spelled, rest = match.groups() if match else ("", "")
    name = spelled.rstrip(";")
    found = _find(name)
    if found is None:
        raise InputError(
            f"\\{inert(name[:40])} is not a command of psql.", remedy="\\? lists the commands."
        )
    key, kinds, ending = found
    return Command(f"\\{name}", BY_NAME[key], rest.rstrip(), kinds, "S" in ending, "+" in ending)


def _find(name: str) -> tuple[str, str, str] | None:
    """Return the name in the table, the letters of kinds, and the ending `S+`."""
    if name in BY_NAME:
        return name, _kinds_of(name), ""
    plain = name.rstrip("S+")
    ending = name[len(plain) :]
    if plain in BY_NAME and plain[:1] in {"d", "l", "s", "z"}:
        return plain, _kinds_of(plain), ending
    if match := _RELATION_LETTERS.fullmatch(plain):
        return "dt", match.group(1), ending
    if match := _FUNCTION_LETTERS.fullmatch(plain):
        return "df", match.group(1), ending
    return ("dP", "", ending) if _PARTITION_LETTERS.fullmatch(plain) else None


def _kinds_of(name: str) -> str:
    match = _RELATION_LETTERS.fullmatch(name)
    return match.group(1) if match else ""


def _value(name: str, argument: str) -> str:
    """Return an argument without the quotes of strings; double quotes stay, as in psql.

    Raises:
        InputError: It has backquotes, which in psql run a program.
    """
    if "`" in argument and "'" not in argument:
        raise InputError(f"{name}: programs in `backquotes` are not started from SQL.")
    return "".join(
        content(f"E{piece}") if piece[0] == "'" else piece for piece in _PIECE.findall(argument)
    )
