"""Highlighting, brackets and formatting for the editor."""
