"""Wilson's score interval of a share, which is of use for few cases and where none or all of them count."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from .figure import Figure

__all__ = ["widened", "wilson"]

_Z = NormalDist().inv_cdf(0.975)

#: A share nearer to 0 or 1 than this is 0 or 1 but for the order in which it was summed up.
_MARGIN = 1e-12


def wilson(count: NDArray[np.float64], size: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of Wilson's score interval of ``count / size``; NaN where *size* is 0.

    Unlike most, it is of use for few sentences and for counts of 0.
    """
    if size <= 0:
        return np.full(count.shape, np.nan), np.full(count.shape, np.nan)
    share = count / size
    centre = share + _Z**2 / (2 * size)
    reach = _Z * np.sqrt(share * (1 - share) / size + _Z**2 / (4 * size**2))
    scale = 1 + _Z**2 / size
    # Rounding must not push an end past what was counted.
    low = np.clip(np.minimum((centre - reach) / scale, share), 0, 1)
    return low, np.clip(np.maximum((centre + reach) / scale, share), 0, 1)


def widened(figure: Figure, cases: float) -> Figure:
    """Return a share with an interval at least as wide as Wilson's where it is 0 or 1, else as it is.

    No bootstrap round can hold what the data does not, so there its interval has no width, however few the cases.

    Args:
        figure: The share with its bootstrap interval, where it has one.
        cases: Independent cases of which it is the share.
    """
    value = figure.value
    if value is None or figure.low is None or figure.high is None or cases <= 0:
        return figure
    if min(abs(value), abs(1 - value)) > _MARGIN:
        return figure
    low, high = wilson(np.array(round(value) * cases), cases)
    return replace(figure, low=min(figure.low, float(low)), high=max(figure.high, float(high)))
