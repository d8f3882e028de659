"""The publication itself: its name, addresses, house rules and redirects."""
