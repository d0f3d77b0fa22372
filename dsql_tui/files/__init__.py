"""Files the program keeps state in: replaced atomically, appended durably, locked, read checked."""
