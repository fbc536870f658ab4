from __future__ import annotations

from django.urls import URLPattern, path

from clinic.look import views

urlpatterns: list[URLPattern] = [path("style/", views.style, name="style")]
