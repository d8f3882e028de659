"""Tests of comments: posting, moderation, counting, imports."""
