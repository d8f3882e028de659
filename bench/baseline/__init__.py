"""The baseline: plain Strawberry, Tortoise and DataLoaders, put together as their documentation shows."""
