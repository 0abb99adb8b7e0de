"""The messages that processes exchange; the only thing they know of each other."""
