"""Commands of psql that begin with a backslash: what they are, ask of the catalogs, and do here."""
