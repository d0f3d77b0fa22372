"""What several commands share: options and the profile they select, sessions, output, errors."""
