"""The same for readers: two servers are killed over their comments (`make crash-comments`)."""
