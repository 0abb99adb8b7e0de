"""Legs, calls and bridges: the B2BUA."""
