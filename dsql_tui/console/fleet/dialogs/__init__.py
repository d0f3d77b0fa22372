"""Questions the fleet's screens ask before anything is changed."""
