"""Numbers, shares and times as people read them."""

import math
from datetime import UTC, datetime, timedelta

NONE = "\N{EN DASH}"
_DAY = 86_400.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GREAT = 1e6


def number(value: float | None) -> str:
    """Four digits that count, with thousands apart."""
    if value is None or math.isnan(value):
        return NONE
    if value == int(value) and abs(value) < _GREAT * _GREAT:
        return f"{int(value):,}"
    digits = max(0, 3 - math.floor(math.log10(abs(value))))
    small = digits > 6  # noqa: PLR2004  # more zeros than anybody counts
    if small or abs(value) >= _GREAT * _GREAT:
        return f"{value:.3g}"
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(part: float, whole: float) -> str:
    """A part in percent; a small one is never shown as none, nor a large one as all."""
    if not whole:
        return NONE
    percent = 100 * part / whole
    if 0 < percent < 0.1:  # noqa: PLR2004
        return "< 0.1 %"
    if 99.9 < percent < 100:  # noqa: PLR2004
        return "> 99.9 %"
    return f"{percent:.1f} %" if percent % 1 else f"{percent:.0f} %"


def moment(seconds: float, *, days: bool = False) -> str:
    """A time in UTC from its seconds since 1970."""
    try:
        found = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return number(seconds)
    return f"{found:%Y-%m-%d}" if days or not seconds % _DAY else f"{found:%Y-%m-%d %H:%M}"


def size(count: int) -> str:
    """Bytes in units of a thousand."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:  # noqa: PLR2004
            return f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def shorten(text: str, width: int = 40) -> str:
    """A text in one line of limited length."""
    plain = " ".join(text.split()) or repr(text)
    return plain if len(plain) <= width else plain[: width - 1] + "…"
