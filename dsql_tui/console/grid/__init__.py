"""The result grid: a line-API widget over stored row chunks."""
