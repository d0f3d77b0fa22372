"""The screen of roles, grants and IAM mappings (F7)."""
