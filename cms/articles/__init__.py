"""Articles: revisions, publishing, and what is shown beside a text."""
