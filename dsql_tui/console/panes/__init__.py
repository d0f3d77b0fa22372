"""Panes of the workspace; they do not know each other."""
