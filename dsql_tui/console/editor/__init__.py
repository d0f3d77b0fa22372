"""The SQL editor: its tabs, completion, find and replace, advice."""
