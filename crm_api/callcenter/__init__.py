"""Agents, devices, and the directory that pbx works from."""
