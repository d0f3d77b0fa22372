"""Sessions and catalogs over PostgreSQL's protocol; the only package that imports psycopg."""
