"""Killing servers while people write, and looking for what is not as they were told."""
