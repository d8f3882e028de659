"""Authors, and the letters readers write to them."""
