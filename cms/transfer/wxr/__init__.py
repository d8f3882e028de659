"""WordPress exports (WXR). A file is read twice: once to know what it holds, once to bring it in, and never as a whole.

The one thing to know: everything that comes in is known by where it came from (`source`, `source_id`), so that an
import that was killed is finished by running it again, and one that was finished changes nothing when it is run again.
"""
