"""Dialogs of the fleet screens, shown before anything is changed."""
