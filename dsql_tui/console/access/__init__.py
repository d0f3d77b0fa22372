"""Roles, grants and IAM on one screen (F7): what is read, how it is drawn, how it is changed."""
