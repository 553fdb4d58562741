"""Which device to compute on."""

from __future__ import annotations

import ctypes
import sys
from typing import Literal, get_args

from ..errors import UsageError, nearest

__all__ = ["Device", "check_device", "has_cuda_driver", "torch_device"]

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
    library = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        driver = ctypes.CDLL(library)
    except OSError:
        return False
    count = ctypes.c_int(0)
    return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0


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
