"""What is said of GPUs without torch."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from counterframe.models import device as module
from counterframe.models.device import cuda_device_names, has_cuda_driver


class Driver:
    """Stands for libcuda with two devices, of which the second does not tell its name."""

    def __init__(self, count: int, start: int = 0) -> None:
        self.count, self.start = count, start

    def cuInit(self, flags: int) -> int:  # noqa: N802
        return self.start

    def cuDeviceGetCount(self, place: Any) -> int:  # noqa: N802
        place._obj.value = self.count
        return 0

    def cuDeviceGet(self, place: Any, number: int) -> int:  # noqa: N802
        place._obj.value = number
        return 0

    def cuDeviceGetName(self, name: Any, size: int, device: ctypes.c_int) -> int:  # noqa: N802
        name.value = b"Orvania G1"
        return device.value  # an error for the second


def test_the_driver_names_its_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.ctypes, "CDLL", lambda name: Driver(2))
    assert has_cuda_driver()
    assert cuda_device_names() == ("Orvania G1", "a GPU that does not tell its name")


@pytest.mark.parametrize("driver", [Driver(0), Driver(2, start=100)])
def test_a_driver_without_a_device_is_none(monkeypatch: pytest.MonkeyPatch, driver: Driver) -> None:
    monkeypatch.setattr(module.ctypes, "CDLL", lambda name: driver)
    assert not has_cuda_driver()
    assert cuda_device_names() == ()


def test_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise OSError(name)

    monkeypatch.setattr(module.ctypes, "CDLL", absent)
    assert not has_cuda_driver()
    assert cuda_device_names() == ()
