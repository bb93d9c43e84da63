from django.urls import URLPattern

app_name = "bartender"
urlpatterns: list[URLPattern] = []
