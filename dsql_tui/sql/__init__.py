"""SQL as text: nothing here opens a connection."""
