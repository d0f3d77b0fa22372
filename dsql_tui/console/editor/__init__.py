"""The SQL editor: tabs, completion, find and replace, linter findings."""
