"""What leaves: webhooks, deliveries, stored documents."""
