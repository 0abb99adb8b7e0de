"""From a number to a destination: trunks, numbers, dialplan."""
