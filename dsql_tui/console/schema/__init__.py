"""The tree of schemas and relations."""
