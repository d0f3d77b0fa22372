"""The result grid: a line-API widget over kept row chunks."""
