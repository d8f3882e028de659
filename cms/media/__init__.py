"""Images and files: what is known of each, and what names them."""
