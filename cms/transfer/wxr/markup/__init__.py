"""What WordPress writes into the text of a post: HTML, shortcodes, comments of blocks, and paragraphs of white space.

The one thing to know: `source` cuts the text into tokens, the rules of the other modules write each one again as plain
HTML into `paragraphs`, and nothing of the source is copied but its words.
"""
