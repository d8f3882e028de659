"""Shared ground: settings, clock, ids, errors, viewer, event log, database. Knows no feature."""
