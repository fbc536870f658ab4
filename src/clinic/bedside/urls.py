"""Every address of the bedside."""

from __future__ import annotations

from clinic.bedside import pack, push, settle, shell, tablets

app_name = "bedside"
urlpatterns = [
    *shell.urlpatterns,
    *tablets.urlpatterns,
    *pack.urlpatterns,
    *push.urlpatterns,
    *settle.urlpatterns,
]
