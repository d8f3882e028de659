"""Measuring Masthead beside what it replaces and beside what is possible; see README.md."""
