"""What tests of pure code share: the tagger of names is loaded once, before anything is timed."""

from __future__ import annotations

import pytest

from servicedesk.language.person_model import person_chances


@pytest.fixture(scope="session")
def tagger() -> None:
    """The model is in memory: its first use takes a third of a second."""
    person_chances("预热")
