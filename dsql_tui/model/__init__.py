"""Values that cross rooms: frozen, without I/O, without a clock, without globals."""
