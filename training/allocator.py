"""Memory of the C library while a network is trained on a CPU."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Iterator

__all__ = ["freed_memory_kept"]

# mallopt(3): what to set, and to what afterwards. Until they are set by hand, glibc moves the threshold for mapping
# up to 32 MiB by itself and that for trimming to twice as much: the values at which a training would have left them.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4
_NEVER, _NONE = -1, 0
_MMAP_THRESHOLD_AFTER, _MMAP_MAX_AFTER = 32 << 20, 65_536


@contextlib.contextmanager
def freed_memory_kept() -> Iterator[bool]:
    """Let the C library keep, inside, what one step frees for the next one, instead of giving it back to the system.

    Every step takes and frees the same large tensors. By default glibc maps each of them anew, and the system clears
    and hands over page after page: about a tenth of the time of a step (``benchmarks/train_step.py``). Afterwards
    what is free is given back.

    Yields:
        Whether it has an effect here: glibc alone has these settings.
    """
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    mallopt, trim = getattr(library, "mallopt", None), getattr(library, "malloc_trim", None)
    if mallopt is None or trim is None:
        yield False
        return
    mallopt(_MMAP_MAX, _NONE)
    mallopt(_TRIM_THRESHOLD, _NEVER)
    try:
        yield True
    finally:
        mallopt(_MMAP_MAX, _MMAP_MAX_AFTER)
        mallopt(_MMAP_THRESHOLD, _MMAP_THRESHOLD_AFTER)
        mallopt(_TRIM_THRESHOLD, 2 * _MMAP_THRESHOLD_AFTER)
        trim(0)
