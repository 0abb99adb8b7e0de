"""The live WebSocket: who is in what state, now."""
