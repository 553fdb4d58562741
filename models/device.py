"""Which device to compute on."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Any, Literal, get_args

from ..errors import UsageError, nearest

__all__ = [
    "Device",
    "check_device",
    "cuda_device_names",
    "has_cuda_driver",
    "physical_cores",
    "torch_device",
    "usable_cores",
]

Device = Literal["auto", "cuda", "mps", "cpu"]


def check_device(name: str) -> Device:
    """Return *name* if it is a device.

    Raises:
        UsageError: It is not; the message names the nearest one.
    """
    for known in get_args(Device):
        if name == known:
            return known  # type: ignore[no-any-return]
    raise UsageError(f"there is no device {name!r}{nearest(name, get_args(Device))}")


def has_cuda_driver() -> bool:
    """Return whether an NVIDIA driver with a device is present, without importing torch (which takes seconds)."""
    return _cuda_driver()[1] > 0


def cuda_device_names() -> tuple[str, ...]:
    """Return the names of the GPUs that the NVIDIA driver shows to this process, without importing torch."""
    driver, count = _cuda_driver()
    names = []
    for number in range(count):
        device, name = ctypes.c_int(0), ctypes.create_string_buffer(256)
        known = driver.cuDeviceGet(ctypes.byref(device), number) == 0
        known = known and driver.cuDeviceGetName(name, len(name), device) == 0
        names.append(name.value.decode(errors="replace") if known else "a GPU that does not tell its name")
    return tuple(names)


def _cuda_driver() -> tuple[Any, int]:
    """Return the NVIDIA driver's library, or None, and the number of its devices."""
    library = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        driver = ctypes.CDLL(library)
    except OSError:
        return None, 0
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return driver, 0
    return driver, count.value


def usable_cores() -> int:
    """Return the cores that this process may use, which in a container are fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def physical_cores(system: Path = Path("/sys")) -> int:
    """Return the cores on which a thread each computes at full speed.

    Two threads of one core share what multiplies, and a container may grant less time than it shows cores.

    Args:
        system: Where Linux tells of its processors and of the container's share; elsewhere logical cores count.
    """
    if not hasattr(os, "sched_getaffinity"):
        return usable_cores()
    logical = os.sched_getaffinity(0)
    places = (system / f"devices/system/cpu/cpu{number}/topology/thread_siblings_list" for number in logical)
    siblings = {_content(place) or str(place) for place in places}
    granted, _, period = _content(system / "fs/cgroup/cpu.max").partition(" ")
    if granted.isdigit() and period.isdigit() and int(period):
        return max(1, min(len(siblings), -(-int(granted) // int(period))))
    return max(1, len(siblings))


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def torch_device(name: Device) -> tuple[str, str]:
    """Return the torch device for *name*, and a sentence that says what was chosen and why.

    Raises:
        UsageError: A device was asked for by name that this machine or this torch lacks.
    """
    import torch

    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        for choice in ("cuda", "mps"):
            if present[choice]:
                return choice, f"device: {choice}"
        return "cpu", "device: cpu (no GPU that torch can use was found)"
    if not present[name]:
        raise UsageError(
            f"--device {name}: torch {torch.__version__} finds no such device here; use --device auto or cpu, or"
            " install a torch build for it"
        )
    return name, f"device: {name}"
