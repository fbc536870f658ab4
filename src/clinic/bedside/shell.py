"""What a browser keeps so that the tablet works without a network: the shell, the worker, and the generated content.

None of it holds anything of a patient, and all of it is the same for everybody.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.staticfiles import finders
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from clinic.accounts.models import User
from clinic.actions.permissions import check, not_found
from clinic.bedside.door import answer, endpoint
from clinic.look.request import Request
from clinic.records.content import NoContent, built_in, library
from clinic.records.speech import spoken
from effleurage import __version__
from effleurage.engines import javascript
from effleurage.offline import module
from effleurage.offline.module import offline_module
from effleurage.render.bodymap import body_map

LANGUAGES: Final = tuple(code for code, _name in settings.LANGUAGES)
OWN: Final = Path(__file__).resolve().parent / "static" / "bedside"
STYLE: Final = (
    "bedside/bedside.css", "look/effleurage.css", "look/core/tokens.css", "look/core/bodymap.css", "look/icon.svg",
    *(f"look/fonts/source-sans-3-{name}.woff2" for name in ("latin", "latin-ext", "cyrillic", "cyrillic-ext")),
)  # fmt: skip
"""What the shell looks like: kept beside it, under the addresses by which it names them."""


@require_safe
@never_cache
@login_required
def home(request: Request) -> HttpResponse:
    """The shell of the session page: its words and the drawn body, and nobody's name."""
    check(request.doing.actor, "tablet.own")
    return render(request, "bedside/shell.html", {"build": build(), "drawings": drawings()})


def drawings() -> list[SafeString]:
    """The body from behind and in front, with nothing forbidden yet: the tablet colours it."""
    words = spoken(built_in()).protocols.vocabulary
    terms = {each.base: each.term for each in words.regions} | {term.name: term.term for term in words.levels}
    highest = max(int(term.name) for term in words.levels)
    return [
        mark_safe(  # noqa: S308 - our own drawing, whose texts it escapes
            body_map(
                ceilings={each.name: highest for each in words.regions},
                title=_("The body"),
                terms=terms,
                views=(view,),
                prefix="table",
                styled=False,
                language=words.language,
            )
        )
        for view in ("back", "front")
    ]


@endpoint(method="GET")
def token(request: Request) -> HttpResponse:
    """Who is signed in in this browser, and the token that the next request has to bring."""
    user: User = request.user  # type: ignore[assignment]
    return answer(request, {"user": {"public": user.public, "name": user.name}})


@require_safe
def manifest(_request: Request) -> HttpResponse:
    """How the page is installed."""
    icon = {"src": static("look/icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any maskable"}
    start = reverse("bedside:home")
    values = {
        "name": "Effleurage",
        "short_name": "Effleurage",
        "id": start,
        "start_url": start,
        "scope": start,
        "display": "standalone",
        "icons": [icon],
    }
    return JsonResponse(values, content_type="application/manifest+json")


@require_safe
def worker(_request: Request) -> HttpResponse:
    """The program that answers where there is no network: what it keeps, then its own text."""
    kept = json.dumps([reverse("bedside:home"), reverse("bedside:manifest"), *_modules(), *map(static, STYLE)])
    head = f'const VERSION = "{build()}";\nconst FILES = {kept};\n'
    found = HttpResponse(head + (OWN / "sw.js").read_text(), content_type="text/javascript; charset=utf-8")
    found["Service-Worker-Allowed"] = reverse("bedside:home")
    found["Cache-Control"] = "no-cache"
    return found


def _modules() -> list[str]:
    """The tablet's own programs by their plain addresses, since they import each other by name."""
    names = sorted(path_.relative_to(OWN).as_posix() for path_ in OWN.rglob("*.js"))
    return [f"{settings.STATIC_URL}bedside/{name}" for name in names if name != "sw.js"]


@require_safe
@login_required
def content(request: Request, content_hash: str, language: str) -> HttpResponse:
    """The content of this hash as the program that decides without a network."""
    check(request.doing.actor, "tablet.own")
    if language not in LANGUAGES:
        raise not_found()
    try:
        text = _module(content_hash, language)
    except NoContent:
        raise not_found() from None
    found = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    found["Cache-Control"] = "private, max-age=31536000, immutable"
    return found


@lru_cache(maxsize=6)
def _module(content_hash: str, language: str) -> bytes:
    """The text of the module, kept in the house's own cache: to write it anew takes a second. Raises NoContent."""
    found = library(content_hash)
    kept = settings.HOME.folder / "cache" / f"offline-{content_hash[:32]}-{language}-{build()}.js"
    if kept.exists():
        return bytes(kept.read_bytes())
    text = offline_module(spoken(found, language)).encode()
    _keep(kept, text)
    return text


def _keep(path_: Path, text: bytes) -> None:
    """Whole or not at all: another process may read it at this moment."""
    path_.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path_.with_suffix(f".{os.getpid()}.part")
    draft.write_bytes(text)
    draft.rename(path_)


@cache
def build() -> str:
    """Changes with everything that writes the module or is kept beside it, so that no browser keeps an old one."""
    told = hashlib.sha256(__version__.encode())
    looks = [Path(found) for name in STYLE if (found := finders.find(name))]
    here = Path(__file__).resolve().parent
    own = (*OWN.rglob("*"), *(here / "templates").rglob("*"))
    for path_ in (*sorted(module.HOME.iterdir()), Path(javascript.__file__), *sorted(own), *looks):
        if path_.is_file():
            told.update(path_.read_bytes())
    return told.hexdigest()[:12]


urlpatterns = [
    path("", home, name="home"),
    path("token/", token, name="token"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("sw.js", worker, name="worker"),
    path("content/<str:content_hash>/<str:language>.js", content, name="content"),
]
