"""What an import shows and reads: its source, its report, its progress."""
