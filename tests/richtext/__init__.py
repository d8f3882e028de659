"""Rich text: its doors, its forms, and what it refuses."""
