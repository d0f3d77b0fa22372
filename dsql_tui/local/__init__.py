"""The embedded local DSQL: PostgreSQL 16, a gateway for TLS and tokens, and a control plane."""
