"""Conversion between the few units that intakes use, exact in decimals.

Units are UCUM codes. A unit that is not convertible to the expected one is refused by the caller, never guessed:
a weight in pounds read as kilograms is a patient half as heavy again.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_TO_BASE: dict[str, tuple[str, Decimal, Decimal]] = {
    # code: (dimension, factor, offset), value_in_base = value * factor + offset
    "kg": ("mass", Decimal(1), Decimal(0)),
    "g": ("mass", Decimal("0.001"), Decimal(0)),
    "[lb_av]": ("mass", Decimal("0.45359237"), Decimal(0)),
    "cm": ("length", Decimal(1), Decimal(0)),
    "m": ("length", Decimal(100), Decimal(0)),
    "mm": ("length", Decimal("0.1"), Decimal(0)),
    "[in_i]": ("length", Decimal("2.54"), Decimal(0)),
    "Cel": ("temperature", Decimal(1), Decimal(0)),
    "[degF]": ("temperature", Decimal(5) / Decimal(9), Decimal(-160) / Decimal(9)),
    "mm[Hg]": ("pressure", Decimal(1), Decimal(0)),
    "kPa": ("pressure", Decimal("7.50061683"), Decimal(0)),
    "10*3/uL": ("count", Decimal(1), Decimal(0)),
    "10*9/L": ("count", Decimal(1), Decimal(0)),
    "/uL": ("count", Decimal("0.001"), Decimal(0)),
    "/mm3": ("count", Decimal("0.001"), Decimal(0)),
}
WRITTEN: Final = {"mm[Hg]": "mmHg", "Cel": "°C", "10*9/L": "× 10⁹/L", "deg": "°", "deg/mo": "°/mo"}
"""Codes of units that are not what people write."""
_ALIASES = {
    **{said: code for code, said in WRITTEN.items()},
    "lb": "[lb_av]",
    "lbs": "[lb_av]",
    "in": "[in_i]",
    "C": "Cel",
    "degC": "Cel",
    "F": "[degF]",
    "°F": "[degF]",
    "degF": "[degF]",
    "degrees": "deg",
    "percent": "%",
    "years": "a",
    "months": "mo",
    "days": "d",
    "/mm^3": "/mm3",
    "/µL": "/uL",
}


def written(unit: str) -> str:
    """
    >>> written("mm[Hg]"), written("cm")
    ('mmHg', 'cm')
    """
    return WRITTEN.get(unit, unit)


def quantity(number: str, unit: str) -> str:
    """A number with its unit as people write it; an angle has no space between (the SI brochure, 5.4.3).

    >>> quantity("163.5", "cm"), quantity("15.0", "°"), quantity("37.5", "°C"), quantity("3", "")
    ('163.5 cm', '15.0°', '37.5 °C', '3')
    """
    angle = unit.partition("/")[0] == WRITTEN["deg"]
    return f"{number}{'' if angle else ' '}{unit}".strip()


def canonical(unit: str) -> str:
    """
    >>> canonical("mmHg"), canonical("cm")
    ('mm[Hg]', 'cm')
    """
    return _ALIASES.get(unit, unit)


def convert(value: Decimal, *, unit: str, to: str) -> Decimal | None:
    """`value` in `to`, or None where the two units do not measure the same thing.

    >>> convert(Decimal("100.4"), unit="[degF]", to="Cel").quantize(Decimal("0.1"))
    Decimal('38.0')
    >>> convert(Decimal(3), unit="kg", to="cm") is None
    True
    """
    source, target = canonical(unit), canonical(to)
    if source == target:
        return value
    if source not in _TO_BASE or target not in _TO_BASE or _TO_BASE[source][0] != _TO_BASE[target][0]:
        return None
    _, factor, offset = _TO_BASE[source]
    _, target_factor, target_offset = _TO_BASE[target]
    return (value * factor + offset - target_offset) / target_factor
