"""Media workers: RTP, SRTP, prompts, recording."""
