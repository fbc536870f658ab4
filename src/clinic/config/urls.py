"""All addresses. Staff pages, the patients' own pages, signing in, and the page of all components."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_safe

from clinic.desk.account_urls import accounts_urlpatterns


@require_safe
def alive(_request: HttpRequest) -> HttpResponse:
    """That the server answers; it tells nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns: list[URLPattern | URLResolver] = [
    path("alive/", alive, name="alive"),
    *accounts_urlpatterns,
    path("", include("clinic.look.urls")),
    path("", include("clinic.portal.urls")),
    path("table/", include("clinic.bedside.urls")),
    path("", include("clinic.desk.urls")),
]
