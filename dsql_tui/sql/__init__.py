"""SQL text processing; nothing here opens a connection."""
