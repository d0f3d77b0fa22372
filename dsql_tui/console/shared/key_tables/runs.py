"""Keys of two sessions side by side, and of scripts and batches."""

from __future__ import annotations

from dsql_tui.console.shared.key import Key, Place

_B, _L = Place.BESIDE, Place.LONG_RUN

RUNS: tuple[Key, ...] = (
    Key("beside.again", "screen.again", "r", "Run again", "Run the statement on both sessions", _B,
        footer=True, synonyms="repeat refresh"),
    Key("beside.back", "screen.back", "escape", "Back", "Back to the workspace", _B, footer=True),
    Key("long.start", "screen.start", "f5,ctrl+j", "Run", "Run, or resume", _L, footer=True,
        synonyms="execute start continue"),
    Key("long.pause", "screen.pause", "space", "Pause", "Pause, or resume", _L, footer=True,
        synonyms="continue"),
    Key("long.stop", "screen.stop", "x", "Stop",
        "Stop after the current transaction; press again to cancel it", _L, footer=True,
        synonyms="cancel abort"),
    Key("long.again", "screen.run_unknown", "a", "Run it again",
        "Run the step or batch whose outcome is unknown again", _L, footer=True,
        synonyms="retry repeat"),
    Key("long.skip", "screen.skip_unknown", "k", "Mark as done",
        "Mark the unknown step or batch as done", _L, footer=True, synonyms="skip"),
    Key("long.start_over", "screen.anew", "n", "Start over", "Forget the checkpoint", _L,
        footer=True, synonyms="anew restart reset"),
    Key("long.back", "screen.back", "escape", "Back", "Back to the workspace", _L, footer=True),
)  # fmt: skip
