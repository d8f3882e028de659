"""Hostile strings through every verb, and what the API makes of them in a real browser (`make browser`)."""
