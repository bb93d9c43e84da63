from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class TasksConfig(AppConfig):
    name = "maya_site.tasks"

    def ready(self) -> None:
        autodiscover_modules("tasks")  # each app's own tasks.py
