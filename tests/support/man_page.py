"""The manual page `dsql-tui(1)`, made from the tree of commands.

`python -m tests.support.man_page` writes it; a test fails while the file is another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc

import click

from dsql_tui.cli.root import group
from dsql_tui.cli.shared.exit_codes import EXIT_CODES
from dsql_tui.cli.shared.lazy import PROGRAM
from tests.unit.cli.test_command_tree import groups
from tests.unit.test_layers import PACKAGE

PATH = PACKAGE / "manual" / "dsql-tui.1"
_HEAD = r""".TH DSQL\-TUI 1 "" "dsql\-tui" "User Commands"
.SH NAME
dsql\-tui \- keyboard\-driven terminal console for Amazon Aurora DSQL
.SH SYNOPSIS
.B dsql\-tui
.I COMMAND
.RI [ OPTIONS ]
.RI [ ARGUMENTS ]
"""
_COMMON = {"verbose", "quiet", "local", "ephemeral", "data_dir", "aws_profile", "regions", "via"}
"""Options that many commands have; they are described once."""


def man_page() -> str:
    """Return the page in troff's `man` macros."""
    parts = [
        _HEAD,
        ".SH DESCRIPTION\n",
        _text(
            "The console is started with dsql-tui launch; the other commands are for scripts. What"
            " scripts can rely on is in dsql-tui manual contract."
        ),
        ".SH COMMANDS\n",
        *(_command(path, command) for path, command in _leaves()),
        ".SH COMMON OPTIONS\n",
        *(_option(option) for option in _common_options()),
        ".SH EXIT STATUS\n",
        *(f".TP\n.B {code.value}\n{_text(text)}" for code, text in EXIT_CODES.items()),
        ".SH SEE ALSO\n.BR psql (1),\n.BR aws (1)\n",
    ]
    return "".join(parts)


def _leaves() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command that does something, by its path, in the order of the help."""
    for path, parent in groups():
        context = click.Context(parent, info_name=PROGRAM)
        for name in parent.list_commands(context):
            command = parent.get_command(context, name)
            if command is not None and not isinstance(command, click.Group):
                yield (*path, name), command


def _command(path: tuple[str, ...], command: click.Command) -> str:
    arguments = [_metavar(each) for each in command.params if isinstance(each, click.Argument)]
    title = " ".join([PROGRAM, *path])
    usage = " ".join(["[OPTIONS]", *arguments])
    options = "".join(
        _option(each)
        for each in command.params
        if isinstance(each, click.Option) and not each.hidden and each.name not in _COMMON
    )
    return f'.SS "{_escaped(title)}"\n.B {_escaped(title)}\n{_escaped(usage)}\n.PP\n' + (
        _help(cleandoc(command.help or "")) + options
    )


def _metavar(argument: click.Argument) -> str:
    name = argument.metavar or (argument.name or "").upper()
    if argument.nargs == -1 and not argument.metavar:
        name += "..."
    return name if argument.required or name.startswith("[") else f"[{name}]"


def _help(text: str) -> str:
    """Return paragraphs; in a paragraph of separate lines, the line breaks are kept."""
    written = []
    for paragraph in re.split(r"\n\s*\n", text):
        if paragraph.startswith("\b\n"):
            lines = "".join(f"{_line(line)}\n" for line in paragraph.splitlines()[1:])
            written.append(f".nf\n{lines}.fi\n")
        else:
            written.append(_text(" ".join(paragraph.split())))
    return ".PP\n".join(written)


def _option(option: click.Option) -> str:
    record = option.get_help_record(click.Context(click.Command("x")))
    names, text = record or ("", "")
    return f".TP\n.B {_escaped(names)}\n{_text(' '.join(text.split()))}"


def _common_options() -> Iterator[click.Option]:
    context = click.Context(group, info_name=PROGRAM)
    command = group.get_command(context, "query")
    assert command is not None
    for option in command.params:
        if isinstance(option, click.Option) and option.name in _COMMON:
            yield option


def _text(text: str) -> str:
    return _line(text) + "\n"


def _line(text: str) -> str:
    """Return a line of text; at its beginning a full stop or an apostrophe would be a request."""
    escaped = _escaped(text)
    return rf"\&{escaped}" if escaped[:1] in {".", "'"} else escaped


def _escaped(text: str) -> str:
    return text.replace("\\", r"\e").replace("-", r"\-")


if __name__ == "__main__":
    PATH.write_text(man_page(), encoding="utf-8")
