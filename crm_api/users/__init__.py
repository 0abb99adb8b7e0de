"""Users, log-in, the first administrator."""
