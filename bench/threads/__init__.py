"""What a long thread costs: an article's page under a thousand comments against the same page under twenty."""
