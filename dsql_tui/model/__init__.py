"""Immutable values that packages exchange, without I/O, clock or globals."""
