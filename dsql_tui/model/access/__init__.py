"""Roles, grants and policies of one database, and the resulting permissions."""
