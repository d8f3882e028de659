"""Readers' comments: threads, moderation, consent."""
