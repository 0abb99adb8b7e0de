"""What a call can be sent to: ring an extension, wait in a queue."""
