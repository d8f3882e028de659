"""The export with which WordPress's themes are tested: it holds what WordPress can hold, and is not ours to copy.

Whoever has it names the file in MASTHEAD_THEME_EXPORT; without it the tests that read it are left out.
"""

import os
from pathlib import Path
from typing import Final

import pytest

THEME_EXPORT: Final = Path(os.environ.get("MASTHEAD_THEME_EXPORT", "not here"))
on_theme_export = pytest.mark.skipif(not THEME_EXPORT.is_file(), reason="MASTHEAD_THEME_EXPORT names no file")
