"""What tests of inputs need."""

from __future__ import annotations

import pytest
from helpers.inputs import Reading


@pytest.fixture
def reading() -> Reading:
    return Reading()
