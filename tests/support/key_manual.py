"""The manual's page of keys, written from the key table.

`python -m tests.support.key_manual` writes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from dsql_tui.console.shared.key import Key, Place, written_keys
from dsql_tui.console.shared.keys import FORMER_IDS, KEYS, QUIT

PAGE = Path(str(files("dsql_tui") / "manual" / "keys.md"))
HEAD = """\
# Keys

The palette (`ctrl+p`, or `:` when not typing) lists every action with its key. Type its name or
another word for it; `enter` runs it. An action of another screen is listed with where it lives;
choosing it goes there.

`F1` (or `?` when not typing) shows the keys of what is focused, as bound now, then all others.
Type to filter. `F1` once more opens this manual at the page about what has the focus; the palette
has it as "Manual".

The footer shows the keys that work where the focus is, as many as fit. It shortens them: `^p` is
`ctrl+p`, `⇧F6` is `shift+F6`.
"""
CHANGE = """\
## Change keys

Keys are changed by id in the section `[keys]` of the configuration file, separated by commas:

```toml
[keys]
"run.statement" = "F5, ctrl+g"
"tab.close" = "alt+x"
"run.all" = ""
```

- Every key in the tables can be changed except `ctrl+q`, which always quits.
- A key can be written as it is shown (`alt+.`, `^p`, `F5`) or as Textual names it
  (`alt+full_stop`). Write `comma` for the comma itself.
- `""` leaves an action without a key; the palette still starts it.
- The footer, the help and the palette show the keys as they are bound.
- When the console starts it reports unknown ids and keys, two actions on one key, and keys that
  hide another action's.
- Text fields, lists and buttons also have the usual keys (`tab`, `enter`, arrows, `home`, `end`,
  `ctrl+a`, `ctrl+e`, `ctrl+w`, `ctrl+k`, `ctrl+u`, `ctrl+x`, `ctrl+v`). These are fixed; a key of
  the workspace that is bound to one of them comes first.
"""
TERMINALS = """\
## What terminals send

- `F5` and `ctrl+j` arrive in every terminal. `ctrl+enter` arrives only where the terminal speaks
  the kitty keyboard protocol; tmux does not.
- `alt` with a letter needs "Use Option as Meta key" on macOS. Most terminals send `alt+f` and
  `alt+b` as a jump over a word: use `alt+shift+f` and `alt+z`.
- `ctrl+i`, `ctrl+m` and `ctrl+h` are `tab`, `enter` and `backspace` in most terminals and cannot
  be bound apart from them.
- Some terminals keep `F1`, `F10` or `F11` for themselves; `?` shows the help too.
"""


def written(key: Key) -> str:
    """Return the keys of an action as the page shows them."""
    keys = written_keys(filter(None, key.keys.split(",")))
    return " ".join(f"`{each}`" for each in keys) or "palette"


def sections() -> Iterator[str]:
    """Yield a table for each place, in the order of the help."""
    for place in Place:
        rows = [key for key in (*KEYS, QUIT) if key.place is place]
        if rows:
            lines = [f"## {place}", "", "| key | action | does | id |", "|---|---|---|---|"]
            lines += [
                f"| {written(key)} | {key.label} | {key.description} | `{key.id}` |" for key in rows
            ]
            yield "\n".join(lines) + "\n"


def former_ids() -> str:
    """Return the table of ids that were renamed."""
    lines = [f"| `{former}` | `{now}` |" for former, now in sorted(FORMER_IDS.items())]
    head = "## Former ids\n\nThey are still read.\n\n| before | now |\n|---|---|\n"
    return head + "\n".join(lines) + "\n"


def page() -> str:
    """Return the page."""
    return "\n".join((HEAD, CHANGE, TERMINALS, *sections(), former_ids()))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
