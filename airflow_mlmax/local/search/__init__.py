"""What a tuning job tries next, and when it has seen enough."""
