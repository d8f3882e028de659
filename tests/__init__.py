"""The whole suite; it mirrors the source."""
