"""State files: replaced atomically, appended durably, locked, and validated when read."""
