"""Kept rows and the work done on them: no wire, no face."""
