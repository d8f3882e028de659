"""Tests of the reader: what an operation brings, to whom, in which order."""
