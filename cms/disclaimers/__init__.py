"""Disclaimers and policies: texts that are never edited in place."""
