"""Tokens and names of SQL, and where statements end."""
