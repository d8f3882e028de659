"""A small app with a history of migrations, for trying the ways in which a migration can lose something."""
