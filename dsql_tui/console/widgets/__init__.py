"""Widgets and dialogs that others are built from; no feature is in them."""
