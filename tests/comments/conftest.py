"""What the tests of comments take for granted: the process has its secret."""

import pytest

from cms.kernel.secrecy import use_secret


@pytest.fixture(autouse=True)
def _secret() -> None:
    use_secret(b"a key for tests, thirty-two bytes")
