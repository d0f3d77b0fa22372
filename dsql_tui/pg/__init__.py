"""The PostgreSQL wire: the only importer of psycopg."""
