"""The tables, as they came to be. Written by Tortoise, applied by `cms.kernel.migrating`."""
