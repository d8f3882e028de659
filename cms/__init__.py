"""Masthead, a headless CMS for publications. The content, its rules and its jobs; this package speaks no GraphQL."""
