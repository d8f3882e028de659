"""What tests of accounts take for granted: the process has its secret, and passwords cost next to nothing."""

from collections.abc import Iterator

import pytest

from cms.accounts.passwords import Effort, use_effort
from cms.kernel.secrecy import use_secret
from tests.accounts.people import CHEAP


@pytest.fixture(autouse=True)
def _cheap_passwords() -> Iterator[None]:
    use_secret(b"a key for tests, thirty-two bytes")
    use_effort(CHEAP)
    yield
    use_effort(Effort())
