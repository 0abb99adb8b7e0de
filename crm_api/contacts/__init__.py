"""Customers, their numbers, and who a caller is."""
