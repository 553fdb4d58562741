"""What is said of GPUs without torch."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any

import pytest

from counterframe.models import device as module
from counterframe.models.device import cuda_device_names, has_cuda_driver, physical_cores, usable_cores


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


@pytest.mark.parametrize(
    ("siblings", "granted", "cores"),
    [
        ({0: "0,4", 1: "1,5", 4: "0,4", 5: "1,5"}, None, 2),  # two threads a core
        ({0: "0", 1: "1", 4: "4", 5: "5"}, "max 100000", 4),
        ({0: "0", 1: "1", 4: "4", 5: "5"}, "150000 100000", 2),  # a container's share, rounded up
        ({0: "0", 1: "1", 4: "4", 5: "5"}, "900000 100000", 4),
        ({}, None, 4),  # nothing is told: each counts
    ],
)
def test_a_worker_for_each_physical_core(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, siblings: dict[int, str], granted: str | None, cores: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 4, 5}, raising=False)
    for number, text in siblings.items():
        place = tmp_path / f"devices/system/cpu/cpu{number}/topology"
        place.mkdir(parents=True)
        (place / "thread_siblings_list").write_text(f"{text}\n")
    if granted is not None:
        (tmp_path / "fs/cgroup").mkdir(parents=True)
        (tmp_path / "fs/cgroup/cpu.max").write_text(f"{granted}\n")
    assert physical_cores(tmp_path) == cores
    assert usable_cores() == 4
