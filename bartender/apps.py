from django.apps import AppConfig


class BartenderConfig(AppConfig):
    name = "bartender"
