"""The embedded local DSQL: PostgreSQL 16 behind a TLS and token gateway, and a control plane."""
