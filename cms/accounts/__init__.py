"""Who is asking: the people who work here, their roles and tokens."""
