"""Frozen values that packages exchange; no I/O, no clock, no globals."""
