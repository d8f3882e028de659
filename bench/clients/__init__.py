"""Subscriptions with the clients that apps use, from npm."""
