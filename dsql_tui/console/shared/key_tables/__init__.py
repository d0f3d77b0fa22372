"""Every action and its keys, one module for each part of the console."""
