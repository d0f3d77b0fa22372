"""The database endpoint: TLS, SNI routing, token check, and the message loop of each session."""
