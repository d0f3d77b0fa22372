"""Measures what the program promises: `python -m tests.bench [--quick] [--check] [names…]`."""
