"""Conversations: folded from events, read back as history."""
