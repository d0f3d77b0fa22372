"""One relation: its rows page by page, its definition, what refers to it, and changes to it."""
