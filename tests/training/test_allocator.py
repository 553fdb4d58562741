"""Memory that a step frees stays at hand for the next one, and goes back afterwards."""

from __future__ import annotations

import resource
import sys

import pytest
import torch

from counterframe.training.allocator import freed_memory_kept

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the settings are those of glibc")


def _pages_handed_over() -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        torch.ones(16 << 20)  # 64 MiB: more than glibc ever keeps by itself
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_what_a_step_frees_is_kept_inside_and_given_back_afterwards() -> None:
    with freed_memory_kept() as kept:
        if not kept:
            pytest.skip("another C library")
        _pages_handed_over()
        inside = _pages_handed_over()
    outside = _pages_handed_over()
    assert inside < 100
    assert outside > 10_000


def test_an_error_inside_ends_it_too() -> None:
    with pytest.raises(ValueError, match="inside"), freed_memory_kept():
        raise ValueError("inside")
    assert _pages_handed_over() > 10_000
