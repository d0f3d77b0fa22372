"""A session's two connections, what is known of it, and its transaction."""
