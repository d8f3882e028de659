"""A large WordPress export, made up, and what bringing it in takes."""
