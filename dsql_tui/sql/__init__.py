"""SQL text without a wire. The only home of sqlparse and dsql-lint."""
