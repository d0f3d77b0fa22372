"""Modal dialogs; each returns a value or `None`."""
