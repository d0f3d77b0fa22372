"""Rows in memory, and finding, sorting, filtering, comparing and summarizing them."""
