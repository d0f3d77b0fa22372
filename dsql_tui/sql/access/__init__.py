"""SQL of roles and grants, and which privileges a statement requires."""
