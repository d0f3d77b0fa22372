"""dsql-tui: a keyboard-driven terminal console for Amazon Aurora DSQL."""

__version__ = "0.2.0"
