"""A database's definitions: read from the catalogs, printed as SQL, compared and applied."""
