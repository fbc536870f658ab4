from django.apps import AppConfig


class BedsideConfig(AppConfig):
    name = "clinic.bedside"
    label = "bedside"
