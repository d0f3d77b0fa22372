"""PostgreSQL's wire protocol: messages and connections."""
