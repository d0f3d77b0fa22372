"""A database's definitions and rows in a folder: written, read back, and loaded into a cluster."""
