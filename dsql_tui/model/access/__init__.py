"""Roles, grants and policies of one database: what they amount to, and why."""
