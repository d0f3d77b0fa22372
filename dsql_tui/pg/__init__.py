"""Sessions and catalogs over PostgreSQL's protocol; the only importer of psycopg."""
