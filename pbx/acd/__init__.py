"""Who takes which queue call: agents, queues, strategies."""
