"""Made-up operations against a running server: what they may break and what they may not."""
