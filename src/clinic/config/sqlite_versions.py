"""Which versions of SQLite may keep a write-ahead log.

Before 3.51.3 a checkpoint that races with a reset of the log can lose committed pages (https://www.sqlite.org/wal.html,
"The WAL-Reset Bug"); the repair was carried back to 3.50.7 and 3.44.6.
"""

from __future__ import annotations

from typing import Final

MENDED: Final = (3, 51, 3)
CARRIED_BACK: Final = {(3, 50): 7, (3, 44): 6}
"""The older series that were mended too, each with the first sound release."""

Version = tuple[int, int, int]


def keeps_its_log(version: Version) -> bool:
    """Whether a write-ahead log of this version is safe.

    >>> [keeps_its_log(version) for version in ((3, 40, 1), (3, 44, 6), (3, 51, 2), (3, 51, 3))]
    [False, True, False, True]
    """
    series, release = version[:2], version[2]
    return version >= MENDED or (series in CARRIED_BACK and release >= CARRIED_BACK[series])


def read(text: str) -> Version:
    """A version as the library tells it.

    >>> read("3.53.4")
    (3, 53, 4)
    """
    major, minor, release = (int(part) for part in text.split(".")[:3])
    return (major, minor, release)
