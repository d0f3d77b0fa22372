"""PostgreSQL's wire protocol: messages as bytes and values, connections that carry them."""
