"""The toy's history. Its operations were written by `make_migrations`; those that run Python are by hand."""
