"""Widgets and dialogs that others are made of; they know no feature."""
