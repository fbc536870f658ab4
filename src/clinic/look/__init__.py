"""The one visual language: layouts, components, form renderer, type. `templatetags/look.py` lists what there is."""

from __future__ import annotations

from pathlib import Path

import effleurage.render

#: For STATICFILES_DIRS: the style that the printed pages of the core and the web share, from its one place.
SHARED_STYLE = ("look/core", Path(effleurage.render.__file__).parent / "templates" / "shared")
