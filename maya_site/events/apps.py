from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "maya_site.events"
    label = "events"
