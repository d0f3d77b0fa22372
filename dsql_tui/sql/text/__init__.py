"""Plain text: fuzzy and regular-expression search, line endings, files."""
