"""What all pages that people read have in common: escaping, the colours of frames, how numbers are written."""

from __future__ import annotations

import math
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined

__all__ = ["frame_tone", "number", "p_value", "page_environment", "percent", "score", "signed"]

#: What HTML or UTF-8 cannot carry, replaced one for one so that offsets stay true.
_UNPRINTABLE = dict.fromkeys(
    [*range(9), 0x0B, *range(0x0E, 0x20), 0x7F, *range(0xD800, 0xE000)], "\N{REPLACEMENT CHARACTER}"
)

#: Stands where there is nothing to measure.
_NOTHING = "–"


@lru_cache(maxsize=1)
def page_environment() -> Environment:
    """Return the environment of all pages: what is printed is escaped, nothing is left undefined."""
    environment = Environment(
        loader=PackageLoader("counterframe.evaluation"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: value.translate(_UNPRINTABLE) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, signed=signed, percent=percent, p_value=p_value, score=score)
    environment.filters["count"] = lambda value: f"{value:,}"
    return environment


def frame_tone(index: int, count: int) -> tuple[float, int]:
    """Return hue (degrees) and lift (0 or 1) of a frame's colour.

    Hues are as far apart as *count* allows. The stride puts neighbours in the codebook, which are often near
    in meaning too, far apart; neighbours on the wheel differ in lift.
    """
    first = max(1, round(count * 0.382))
    stride = next(step for step in range(first, count + 2) if math.gcd(step, count) == 1)
    slot = index * stride % count
    return round((25 + 360 * slot / count) % 360, 1), slot % 2


def score(value: float | None) -> str:
    """Return a probability with two decimals that never claim certainty."""
    if value is None:
        return _NOTHING
    if value >= 0.995:
        return ">0.99" if value < 1 else "1.00"
    return "<0.01" if 0 < value < 0.005 else f"{value:.2f}"


def number(value: float | None, decimals: int = 3) -> str:
    """Return *value* with so many decimals, a true minus sign and no negative zero."""
    if value is None:
        return _NOTHING
    text = f"{value:.{decimals}f}"
    # A value that rounds to zero has no sign.
    return text.replace("-", "" if float(text) == 0 else "\N{MINUS SIGN}")


def signed(value: float | None, decimals: int = 3) -> str:
    """Return a difference: as ``number``, with a plus sign where it is above zero."""
    text = number(value, decimals)
    return text if value is None or value <= 0 or float(text) == 0 else f"+{text}"


def percent(value: float | None, decimals: int = 1) -> str:
    """Return a share in percent."""
    return _NOTHING if value is None else f"{number(100 * value, decimals)} %"


def p_value(value: float | None) -> str:
    """Return a p-value with three decimals, never as zero."""
    if value is None:
        return _NOTHING
    return "<0.001" if value < 0.001 else f"{value:.3f}"
