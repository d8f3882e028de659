"""The GraphQL face: one flat file for each feature. No rules and no SQL stand here."""
