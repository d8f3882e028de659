"""Sample content, and what reads it."""
