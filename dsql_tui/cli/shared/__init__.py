"""Code shared by several commands: options, profiles, sessions, output, errors."""
