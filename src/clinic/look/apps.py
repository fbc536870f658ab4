from __future__ import annotations

from django.apps import AppConfig


class LookConfig(AppConfig):
    name = "clinic.look"
    label = "look"
